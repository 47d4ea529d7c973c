<!-- The quickest form found for libxslt: no named tables, no modes, tables as xsl:choose. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:f="http://hl7.org/fhir" exclude-result-prefixes="f">
  <xsl:template match="/f:Claim">
    <ClaimMsg>
      <xsl:for-each select="f:identifier[1]/f:value/@value"><number><xsl:value-of select="."/></number></xsl:for-each>
      <xsl:for-each select="f:type/f:coding[1]/f:code/@value">
        <xsl:choose>
          <xsl:when test=". = 'oral'"><claimType>DEN</claimType></xsl:when>
          <xsl:when test=". = 'pharmacy'"><claimType>PHA</claimType></xsl:when>
          <xsl:when test=". = 'vision'"><claimType>OPH</claimType></xsl:when>
          <xsl:when test=". = 'institutional'"><claimType>HOS</claimType></xsl:when>
          <xsl:when test=". = 'professional'"><claimType>AMB</claimType></xsl:when>
        </xsl:choose>
      </xsl:for-each>
      <xsl:for-each select="f:use/@value"><use><xsl:value-of select="."/></use></xsl:for-each>
      <xsl:for-each select="f:status/@value"><status><xsl:value-of select="."/></status></xsl:for-each>
      <xsl:for-each select="f:created/@value"><created><xsl:value-of select="."/></created></xsl:for-each>
      <xsl:for-each select="f:patient/f:reference/@value"><patientId><xsl:value-of select="substring-after(., '/')"/></patientId></xsl:for-each>
      <xsl:for-each select="f:insurer/f:reference/@value"><insurerId><xsl:value-of select="substring-after(., '/')"/></insurerId></xsl:for-each>
      <xsl:for-each select="f:provider/f:reference/@value"><providerId><xsl:value-of select="substring-after(., '/')"/></providerId></xsl:for-each>
      <xsl:for-each select="f:priority/f:coding[1]/f:code/@value"><priority><xsl:value-of select="."/></priority></xsl:for-each>
      <xsl:for-each select="f:payee/f:type/f:coding[1]/f:code/@value"><payee><xsl:value-of select="."/></payee></xsl:for-each>
      <xsl:for-each select="f:insurance[f:focal/@value = 'true'][1]/f:coverage/f:reference/@value"><coverageId><xsl:value-of select="substring-after(., '/')"/></coverageId></xsl:for-each>
      <xsl:for-each select="f:careTeam/f:provider/f:reference/@value"><careTeam><xsl:value-of select="substring-after(., '/')"/></careTeam></xsl:for-each>
      <xsl:for-each select="f:diagnosis/f:diagnosisCodeableConcept/f:coding[1]/f:code/@value"><diagnosis><xsl:value-of select="."/></diagnosis></xsl:for-each>
      <xsl:choose>
        <xsl:when test="f:total"><total><xsl:value-of select="f:total/f:value/@value"/></total></xsl:when>
        <xsl:otherwise><total><xsl:value-of select="sum(f:item/f:net/f:value/@value)"/></total></xsl:otherwise>
      </xsl:choose>
      <xsl:for-each select="f:item">
        <line>
          <number><xsl:value-of select="f:sequence/@value"/></number>
          <xsl:call-template name="service"/>
          <xsl:for-each select="f:servicedDate/@value"><date><xsl:value-of select="."/></date></xsl:for-each>
          <xsl:for-each select="f:locationCodeableConcept/f:coding[1]/f:code/@value"><place><xsl:value-of select="."/></place></xsl:for-each>
          <xsl:for-each select="f:quantity/f:value/@value"><quantity><xsl:value-of select="."/></quantity></xsl:for-each>
          <xsl:for-each select="f:unitPrice/f:value/@value"><unitPrice><xsl:value-of select="."/></unitPrice></xsl:for-each>
          <xsl:for-each select="f:factor/@value"><factor><xsl:value-of select="."/></factor></xsl:for-each>
          <xsl:for-each select="f:net/f:value/@value"><amount><xsl:value-of select="."/></amount></xsl:for-each>
          <xsl:for-each select="f:net/f:currency/@value"><currency><xsl:value-of select="."/></currency></xsl:for-each>
          <xsl:for-each select="f:detail">
            <detail>
              <number><xsl:value-of select="f:sequence/@value"/></number>
              <xsl:call-template name="service"/>
              <xsl:for-each select="f:unitPrice/f:value/@value"><unitPrice><xsl:value-of select="."/></unitPrice></xsl:for-each>
              <xsl:for-each select="f:factor/@value"><factor><xsl:value-of select="."/></factor></xsl:for-each>
              <xsl:for-each select="f:net/f:value/@value"><amount><xsl:value-of select="."/></amount></xsl:for-each>
            </detail>
          </xsl:for-each>
        </line>
      </xsl:for-each>
    </ClaimMsg>
  </xsl:template>

  <xsl:template name="service">
    <xsl:for-each select="f:productOrService/f:coding[1]/f:code/@value">
      <xsl:choose>
        <xsl:when test=". = '1200'"><code>D-1200</code></xsl:when>
        <xsl:when test=". = '67221'"><code>D-BRIDGE</code></xsl:when>
        <xsl:when test=". = '21211'"><code>D-COMP</code></xsl:when>
        <xsl:when test=". = '27211'"><code>D-CROWN</code></xsl:when>
        <xsl:when test=". = 'lab'"><code>D-LAB</code></xsl:when>
        <xsl:when test=". = '1205'"><code>D-1205</code></xsl:when>
        <xsl:when test=". = '99555'"><code>D-XRAY</code></xsl:when>
      </xsl:choose>
    </xsl:for-each>
  </xsl:template>
</xsl:stylesheet>
