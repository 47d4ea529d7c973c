"""Signs SOAP messages as `wssecurity` verifies them; for sandboxes.

Spec: OASIS WS-Security X.509 Certificate Token Profile 1.1, section 3.
"""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from adapters.transports import xml_signature
from adapters.transports.soap_names import BASE64, LIFETIME, SOAP, WSSE, WSU, X509V3
from adapters.transports.xml_signature import DS, EXCLUSIVE, SHA256, PrivateKey

_YEARS = timedelta(days=3650)


class Signer:
    """One key and its certificate."""

    def __init__(self, key: PrivateKey, certificate: x509.Certificate) -> None:
        self.key = key
        self.certificate = certificate

    @classmethod
    def make(cls, name: str, now: datetime, key: PrivateKey | None = None) -> Signer:
        """A key (P-256 when none is given) with a certificate it signed itself."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = x509.CertificateBuilder(
            subject,
            subject,
            key.public_key(),
            x509.random_serial_number(),
            now - timedelta(days=1),
            now + _YEARS,
        )
        return cls(key, made.sign(key, hashes.SHA256()))

    @classmethod
    def kept(cls, path: Path, name: str, now: datetime) -> Signer:
        """The signer of this file, made when there is none; beside it a .crt for the other side.

        Raises:
            ValueError: the file holds no key and certificate of the right kind.
        """
        if not path.exists():
            made = cls.make(name, now)
            part = path.with_suffix(".part")
            part.touch(0o600)
            part.write_bytes(made._private() + made.public())
            path.with_suffix(".crt").write_bytes(made.public())
            part.replace(path)
        text = path.read_bytes()
        key = serialization.load_pem_private_key(text, None)
        if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise ValueError(f"{path.name} holds no RSA or elliptic-curve key")
        return cls(key, x509.load_pem_x509_certificate(text))

    def public(self) -> bytes:
        """The certificate in PEM, for whoever is to believe us."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def sign(self, envelope: etree._Element, now: datetime) -> None:
        """Give an envelope without a header one with token, time and signature."""
        body = envelope.find(f"{{{SOAP}}}Body")
        if body is None or len(envelope) != 1:
            raise ValueError("not an envelope with nothing but a Body")
        header = etree.Element(f"{{{SOAP}}}Header")
        envelope.insert(0, header)
        security = etree.SubElement(
            header, f"{{{WSSE}}}Security", nsmap={"wsse": WSSE, "wsu": WSU, "ds": DS}
        )
        security.set(f"{{{SOAP}}}mustUnderstand", "1")
        token = self._token(security)
        timestamp = _timestamp(security, now.astimezone(UTC).replace(microsecond=0))
        signature = etree.SubElement(security, f"{{{DS}}}Signature")
        info = etree.SubElement(signature, f"{{{DS}}}SignedInfo")
        _says(info, "CanonicalizationMethod", EXCLUSIVE)
        _says(info, "SignatureMethod", xml_signature.algorithm(self.key.public_key()))
        for element in (timestamp, body):
            _refer(info, element)
        value = etree.SubElement(signature, f"{{{DS}}}SignatureValue")
        value.text = _text(xml_signature.sign(self.key, xml_signature.canonical(info)))
        key_info = etree.SubElement(signature, f"{{{DS}}}KeyInfo")
        pointer = etree.SubElement(key_info, f"{{{WSSE}}}SecurityTokenReference")
        etree.SubElement(
            pointer, f"{{{WSSE}}}Reference", {"URI": f"#{_id(token)}", "ValueType": X509V3}
        )

    def _token(self, security: etree._Element) -> etree._Element:
        kinds = {"ValueType": X509V3, "EncodingType": BASE64}
        token = etree.SubElement(security, f"{{{WSSE}}}BinarySecurityToken", kinds)
        token.text = _text(self.certificate.public_bytes(serialization.Encoding.DER))
        return token

    def _private(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


def _timestamp(security: etree._Element, now: datetime) -> etree._Element:
    timestamp = etree.SubElement(security, f"{{{WSU}}}Timestamp")
    for name, instant in (("Created", now), ("Expires", now + timedelta(seconds=LIFETIME))):
        etree.SubElement(timestamp, f"{{{WSU}}}{name}").text = f"{instant:%Y-%m-%dT%H:%M:%SZ}"
    return timestamp


def _refer(info: etree._Element, element: etree._Element) -> None:
    reference = etree.SubElement(info, f"{{{DS}}}Reference", URI=f"#{_id(element)}")
    _says(etree.SubElement(reference, f"{{{DS}}}Transforms"), "Transform", EXCLUSIVE)
    _says(reference, "DigestMethod", SHA256)
    value = etree.SubElement(reference, f"{{{DS}}}DigestValue")
    value.text = _text(xml_signature.digest(element))


def _id(element: etree._Element) -> str:
    name = element.get(f"{{{WSU}}}Id")
    if name is None:
        name = f"id-{secrets.token_hex(8)}"
        element.set(f"{{{WSU}}}Id", name)
    return name


def _says(parent: etree._Element, name: str, algorithm: str) -> None:
    etree.SubElement(parent, f"{{{DS}}}{name}", Algorithm=algorithm)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
