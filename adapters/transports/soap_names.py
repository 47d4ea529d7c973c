"""Names of SOAP 1.1 and WS-Security, and how long a message lives.

Specs: https://www.w3.org/TR/2000/NOTE-SOAP-20000508/; OASIS WS-Security 1.1.
"""

from __future__ import annotations

from datetime import timedelta

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
X509V3 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
BASE64 = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
)
#: seconds a message may be under way before it must be refused
LIFETIME = 300
#: how far two clocks may be apart
SKEW = timedelta(seconds=60)
