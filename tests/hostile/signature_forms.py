"""The table of hostile signatures: a name, and what is done to an honest message."""

from __future__ import annotations

from lxml import etree
from signed_messages import (
    NOW,
    RSA_SHA1,
    SHA1,
    SIGNER,
    STRANGER,
    Form,
    algorithm,
    another,
    at,
    attribute,
    by_hmac,
    by_sha1,
    bytes_of,
    child,
    instead,
    key_info,
    later,
    more_reference,
    moved,
    only,
    same_id,
    sha1_digests,
    signed,
    swallowed,
    swapped,
    text,
    twice,
    two_bodies,
    without,
    wrapped_time,
)

from adapters.transports.soap_names import SOAP, WSSE, WSU
from adapters.transports.xml_signature import DS

XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
COMMENTS = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"
_DS = f'xmlns="{DS}"'
_INCLUSIVE = (
    '<e:InclusiveNamespaces xmlns:e="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="s"/>'
)

FORMS: dict[str, Form] = {
    # the five wrappings, and their cousins
    "body moved to the header, forged without id": moved("Header", False),
    "body moved to the header, forged with the same id": moved("Header", True),
    "body moved into Security": moved("Security", False),
    "body moved into the signature": moved("Signature", False),
    "body moved into KeyInfo": moved("KeyInfo", False),
    "body moved into the forged body": moved("Body", False),
    "body moved into the forged body, same id": moved("Body", True),
    "forged body first": two_bodies(True),
    "forged body last": two_bodies(False),
    "whole envelope in the forged body": swallowed,
    "old timestamp aside, fresh one in its place": wrapped_time,
    "ids of body and timestamp exchanged": swapped,
    # what is signed
    "signature over the timestamp only": only("Timestamp"),
    "signature over the body only": only("Body"),
    "a third reference": more_reference("#x"),
    "a third reference to the body": more_reference(""),
    "reference to the whole document": instead(""),
    "reference to an address": instead("http://127.0.0.1:9/x"),
    "reference to a file": instead("file:///etc/hostname"),
    "reference by xpointer": instead("#xpointer(/)"),
    "reference by xpointer to an id": instead("#xpointer(id('a'))"),
    "no reference at all": without("Reference"),
    # algorithms
    "rsa-sha1": by_sha1,
    "sha1 digests": sha1_digests,
    "hmac with the certificate": by_hmac,
    "signature method sha1": algorithm("SignatureMethod", RSA_SHA1),
    "signature method of the other kind of key": algorithm(
        "SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    ),
    "signature method unknown": algorithm("SignatureMethod", "urn:none"),
    "signature method empty": algorithm("SignatureMethod", ""),
    "digest method sha1": algorithm("DigestMethod", SHA1),
    "digest method md5": algorithm("DigestMethod", "http://www.w3.org/2001/04/xmldsig-more#md5"),
    "inclusive canonical form": algorithm("CanonicalizationMethod", C14N),
    "canonical form with comments": algorithm("CanonicalizationMethod", COMMENTS),
    "transform xpath": algorithm("Transform", XPATH),
    "transform xslt": algorithm("Transform", XSLT),
    "transform base64": algorithm("Transform", f"{DS}base64"),
    "transform enveloped": algorithm("Transform", f"{DS}enveloped-signature"),
    "transform of replies": algorithm(
        "Transform",
        "http://docs.oasis-open.org/wss/2004/01/"
        "oasis-200401-wss-soap-message-security-1.0#STR-Transform",
    ),
    "two transforms": twice("Transform"),
    "no transform": without("Transform"),
    "no transforms": without("Transforms"),
    "xpath inside a transform": child("Transform", f"<XPath {_DS}>true()</XPath>"),
    "inclusive namespaces": child("Transform", _INCLUSIVE),
    "inclusive namespaces of the signature": child("CanonicalizationMethod", _INCLUSIVE),
    "length of an hmac": child("SignatureMethod", f"<HMACOutputLength {_DS}>0</HMACOutputLength>"),
    # keys
    "another certificate": another(STRANGER),
    "our certificate, another key": another(SIGNER),
    "no certificate": text("BinarySecurityToken", ""),
    "certificate cut": text("BinarySecurityToken", "MIIB"),
    "certificate is no base64": text("BinarySecurityToken", "*é*"),
    "no token": without("BinarySecurityToken"),
    "two tokens": twice("BinarySecurityToken"),
    "token of another kind": attribute("BinarySecurityToken", "ValueType", "urn:x"),
    "token points elsewhere": attribute("BinarySecurityToken", f"{{{WSU}}}Id", "other"),
    "key by value": key_info(f"<KeyValue {_DS}><RSAKeyValue/></KeyValue>"),
    "key by name": key_info(f"<KeyName {_DS}>organisme</KeyName>"),
    "key to be fetched": key_info(f'<RetrievalMethod {_DS} URI="http://127.0.0.1:9/k"/>'),
    "key as X509Data": key_info(f"<X509Data {_DS}><X509Certificate/></X509Data>"),
    "key elsewhere": key_info(
        f'<w:SecurityTokenReference xmlns:w="{WSSE}"><w:Reference URI="http://127.0.0.1:9/k"/>'
        "</w:SecurityTokenReference>"
    ),
    "key embedded": key_info(
        f'<w:SecurityTokenReference xmlns:w="{WSSE}"><w:Embedded/></w:SecurityTokenReference>'
    ),
    "no KeyInfo": without("KeyInfo"),
    "two KeyInfos": twice("KeyInfo"),
    # values
    "empty signature": text("SignatureValue", ""),
    "no signature value": without("SignatureValue", False),
    "zero signature": text("SignatureValue", "A" * 86 + "=="),
    "short signature": text("SignatureValue", "AAAA"),
    "signature is no base64": text("SignatureValue", "\u00e9" * 88),
    "empty digest": text("DigestValue", ""),
    "digest of nothing": text("DigestValue", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
    "short digest": text("DigestValue", "47DE"),
    "no digest": without("DigestValue", False),
    # the header
    "no signature": without("Signature", False),
    "no timestamp": without("Timestamp", False),
    "no header": without("Header", False),
    "no Security": without("Security", False),
    "no body": without("Body", False),
    "no SignedInfo": without("SignedInfo", False),
    "two signatures": twice("Signature"),
    "two timestamps": twice("Timestamp"),
    "two Security headers": twice("Security"),
    "two headers": twice("Header"),
    "two SignedInfos": twice("SignedInfo"),
    "something else in Security": child("Security", "<x/>"),
    "a UsernameToken beside": child("Security", f'<w:UsernameToken xmlns:w="{WSSE}"/>'),
    "an object in the signature": child("Signature", f"<Object {_DS}/>"),
    "a second body inside the first": child("Body", f'<s:Body xmlns:s="{SOAP}"/>', False),
    "text in Security": text("Security", "x"),
    "the id of the body twice": same_id("Envelope"),
    "the id of the body once more, on the content": same_id("montant"),
    # times, signed by the partner itself
    "expired": later(-3600),
    "just expired": later(-361),
    "from tomorrow": later(86400),
    "lives for a day": later(0, 86400),
    "lives for ever": at(f"{NOW:%Y-%m-%dT%H:%M:%SZ}", "9999-12-31T23:59:59Z"),
    "from the year one": at("0001-01-01T00:00:00Z", "0001-01-01T00:05:00Z"),
    "until before it began": later(0, -10),
    "without a zone": at(f"{NOW:%Y-%m-%dT%H:%M:%S}", f"{NOW:%Y-%m-%dT%H:%M:%S}"),
    "not a time": at("aujourd'hui", "demain"),
    "an impossible day": at("2026-02-30T00:00:00Z", "2026-02-30T00:05:00Z"),
    "empty times": at("", ""),
    "no end": without("Expires"),
    "no beginning": without("Created"),
    "two ends": twice("Expires"),
    # content
    "another amount": bytes_of(lambda raw: raw.replace(b"12500", b"99500")),
    "a comment inside the amount": bytes_of(lambda raw: raw.replace(b"12500", b"12<!-- -->500")),
    "an instruction inside the amount": bytes_of(
        lambda raw: raw.replace(b"12500", b"12<?x y?>500")
    ),
    "an entity inside the amount": bytes_of(
        lambda raw: b'<!DOCTYPE s [<!ENTITY z "">]>' + raw.replace(b"12500", b"12&z;500")
    ),
    "a space in the amount": bytes_of(lambda raw: raw.replace(b"12500", b"12500 ")),
    "a zero more": bytes_of(lambda raw: raw.replace(b"12500", b"125000")),
    "another currency": bytes_of(lambda raw: raw.replace(b"XOF", b"EUR")),
    "an element more": child("Body", "<x/>", False),
    "a namespace without canonical form": child("Body", '<x xmlns="relative"/>', False),
    "the same in SignedInfo": child("SignedInfo", '<x xmlns="relative"/>', False),
    "an attribute more": attribute("Body", "x", "y", False),
    "cut in the middle": bytes_of(lambda raw: raw[: len(raw) // 2]),
    "cut before the end": bytes_of(lambda raw: raw[:-1]),
    "a doctype": bytes_of(lambda raw: b"<!DOCTYPE s>" + raw),
    "a comment at the end": bytes_of(lambda raw: raw + b"<!-- -->"),
    "in UTF-16": bytes_of(lambda raw: raw.decode().encode("utf-16")),
    "in UTF-32": bytes_of(lambda raw: raw.decode().encode("utf-32")),
    "in UTF-7": bytes_of(lambda raw: b'<?xml version="1.0" encoding="UTF-7"?>' + raw),
    "nothing": bytes_of(lambda raw: b""),
    "SOAP 1.2": bytes_of(
        lambda raw: raw.replace(SOAP.encode(), b"http://www.w3.org/2003/05/soap-envelope")
    ),
    "only the content": bytes_of(
        lambda raw: b"<montant>99500</montant>",
    ),
}


def hostile(name: str, content: bytes, evil: bytes) -> bytes:
    """The message of this form: honest `content`, of which the attacker would make `evil`."""
    envelope = signed(content)
    changed = FORMS[name](envelope, etree.fromstring(evil))
    return changed if changed is not None else etree.tostring(envelope)
