"""The words of XML signatures that we speak: exclusive canonical form, SHA-256, RSA or ECDSA.

Specs: https://www.w3.org/TR/xmldsig-core1/, https://www.w3.org/TR/xml-exc-c14n/,
https://www.rfc-editor.org/rfc/rfc4050 and RFC 6931 section 2.3.6 (form of an ECDSA signature).
"""

from __future__ import annotations

import hashlib
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from lxml import etree

DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
SMALLEST_RSA = 2048

PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def canonical(element: etree._Element) -> bytes:
    """The exclusive canonical form, without comments, of an element and all it holds."""
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def digest(element: etree._Element) -> bytes:
    """SHA-256 of the canonical form."""
    return hashlib.sha256(canonical(element)).digest()


def algorithm(key: PublicKey) -> str:
    """The one algorithm this key is used with; "" for a key that is too weak or unusual."""
    if isinstance(key, rsa.RSAPublicKey):
        return RSA_SHA256 if key.key_size >= SMALLEST_RSA else ""
    return ECDSA_SHA256 if isinstance(key.curve, ec.SECP256R1) else ""


def sign(key: PrivateKey, text: bytes) -> bytes:
    """The signature of a text as XML carries it: an ECDSA one is its two numbers, 32 bytes each."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(text, padding.PKCS1v15(), hashes.SHA256())
    first, second = decode_dss_signature(key.sign(text, ec.ECDSA(hashes.SHA256())))
    return first.to_bytes(32, "big") + second.to_bytes(32, "big")


def signed(key: PublicKey, text: bytes, signature: bytes) -> bool:
    """Is this the key's signature of the text?"""
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
            return True
        if len(signature) != 64:
            return False
        numbers = (int.from_bytes(signature[at : at + 32], "big") for at in (0, 32))
        key.verify(encode_dss_signature(*numbers), text, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
