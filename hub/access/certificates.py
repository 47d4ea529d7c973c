"""TLS certificates of clients, as a proxy in front tells them, and their thumbprints.

Sources: https://www.rfc-editor.org/rfc/rfc8705#section-3.1 (x5t#S256),
https://www.rfc-editor.org/rfc/rfc9440#section-2 (Client-Cert: :base64 of DER:),
https://nginx.org/en/docs/http/ngx_http_ssl_module.html ($ssl_client_escaped_cert)
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

LONGEST = 16_384  #: characters of a header with a certificate


def thumbprint(pem: bytes) -> str:
    """x5t#S256 of a certificate in PEM: SHA-256 of its DER, base64url without padding.

    Raises:
        ValueError: it is no certificate.
    """
    return _digest(x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER))


def of_header(value: str) -> str:
    """The thumbprint of the certificate in a header, RFC 9440's or nginx's; "" when it has none."""
    if not value or len(value) > LONGEST:
        return ""
    try:
        if value.startswith(":") and value.endswith(":") and len(value) > 2:
            der = base64.b64decode(value[1:-1], validate=True)
            return _digest(x509.load_der_x509_certificate(der).public_bytes(Encoding.DER))
        return thumbprint(unquote(value).encode("ascii"))
    except (ValueError, binascii.Error):
        return ""


def _digest(der: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")
