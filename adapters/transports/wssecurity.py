"""Strict verification of signed SOAP messages: WS-Security with an X.509 token.

Specs: OASIS WS-Security X.509 Certificate Token Profile 1.1, section 3; WS-Security 1.1, sections
8 and 10; https://www.w3.org/TR/xmldsig-core1/ section 3.2.

What is signed is found by its place in the envelope, never looked up by an id: a signature over a
Body that somebody moved aside proves nothing about the Body that is read. Whatever this profile
does not name is refused.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

from adapters.transports import xml_signature
from adapters.transports.soap_names import LIFETIME, SKEW, SOAP, WSSE, WSU, X509V3
from adapters.transports.xml_signature import DS, EXCLUSIVE, SHA256
from hub.errors import Issue, Unreadable

_SECURITY = {f"{{{WSSE}}}BinarySecurityToken", f"{{{WSU}}}Timestamp", f"{{{DS}}}Signature"}
_ID = f"{{{WSU}}}Id"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,200}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")
#: There is one of each in a message, wherever one looks.
_UNIQUE = (
    *(f"{{{SOAP}}}{name}" for name in ("Envelope", "Header", "Body")),
    *(f"{{{WSSE}}}{name}" for name in ("Security", "BinarySecurityToken")),
    *(f"{{{DS}}}{name}" for name in ("Signature", "SignedInfo", "KeyInfo")),
    f"{{{WSU}}}Timestamp",
)


@dataclass(frozen=True, slots=True)
class Trust:
    """The certificates a partner may sign with: these themselves, not whoever signed them."""

    certificates: Sequence[x509.Certificate] = ()

    @classmethod
    def read(cls, path: Path | None) -> Trust:
        """From a file of PEM certificates; none: nobody is believed.

        Raises:
            OSError: the file cannot be read.
            ValueError: it holds no certificate, or one with a key that is too weak.
        """
        if path is None:
            return cls()
        found = x509.load_pem_x509_certificates(path.read_bytes())
        for certificate in found:
            _algorithm(certificate)
        return cls(tuple(found))

    def certificate(self, der: bytes, now: datetime) -> x509.Certificate:
        """The trusted certificate with these bytes, valid now.

        Raises:
            Unreadable: none is.
        """
        for one in self.certificates:
            if hmac.compare_digest(one.public_bytes(serialization.Encoding.DER), der):
                if not one.not_valid_before_utc <= now <= one.not_valid_after_utc:
                    raise _refused("le certificat n'est plus valable", "the certificate expired")
                return one
        raise _refused(
            "le certificat n'est aucun de ceux qui sont convenus",
            "the certificate is none of those agreed upon",
        )


def verified(envelope: etree._Element, trust: Trust, now: datetime) -> etree._Element:
    """The Body of an envelope that the partner signed, together with its time.

    Args:
        envelope: the root of the message, from `xml_strict.parse`.
        trust: who may have signed it.
        now: UTC.

    Raises:
        Unreadable: code `security`; anything else than exactly one signature of a trusted
            certificate over this Body and the one Timestamp, by exclusive canonical form and
            SHA-256, made lately.
    """
    header, body = _parts(envelope, f"{{{SOAP}}}Envelope", (f"{{{SOAP}}}Header", f"{{{SOAP}}}Body"))
    (security,) = _parts(header, f"{{{SOAP}}}Header", (f"{{{WSSE}}}Security",))
    _once(envelope)
    inside = {str(child.tag): child for child in security}
    if set(inside) != _SECURITY or len(security) != len(_SECURITY):
        raise _refused(
            "l'en-tête Security ne porte pas exactement un jeton, un horodatage et une signature",
            "the Security header holds not exactly one token, one Timestamp and one Signature",
        )
    _no_text(security)
    timestamp, token = inside[f"{{{WSU}}}Timestamp"], inside[f"{{{WSSE}}}BinarySecurityToken"]
    _fresh(timestamp, now)
    certificate = trust.certificate(_token(token), now)
    try:
        _signed(inside[f"{{{DS}}}Signature"], certificate, token, (timestamp, body))
    except etree.C14NError:  # a relative namespace, for one
        raise _refused("il n'a pas de forme canonique", "it has no canonical form") from None
    return body


def _once(envelope: etree._Element) -> None:
    """Each part stands once in the whole document, and no two elements have the same id."""
    for tag in _UNIQUE:
        if sum(1 for _ in envelope.iter(tag)) > 1:
            raise _refused(f"{_local(tag)} y est deux fois", f"{_local(tag)} is there twice")
    ids = [
        str(value)
        for node in envelope.iter()
        for name, value in node.attrib.items()
        if _local(str(name)).lower() == "id"
    ]
    if len(ids) != len(set(ids)):
        raise _refused("un identifiant y est deux fois", "an id is there twice")


def _signed(
    signature: etree._Element,
    certificate: x509.Certificate,
    token: etree._Element,
    whole: Sequence[etree._Element],
) -> None:
    names = ("SignedInfo", "SignatureValue", "KeyInfo")
    info, value, key_info = _parts(signature, f"{{{DS}}}Signature", _ds(*names))
    _points_to(key_info, token)
    form = _ds("CanonicalizationMethod", "SignatureMethod", *["Reference"] * len(whole))
    method, signing, *references = _parts(info, f"{{{DS}}}SignedInfo", form)
    _is_plain(method, "CanonicalizationMethod", EXCLUSIVE)
    _is_plain(signing, "SignatureMethod", _algorithm(certificate))
    wanted = {f"#{_id(element)}": element for element in whole}
    named = [str(reference.get("URI")) for reference in references]
    if sorted(named) != sorted(wanted):
        raise _refused(
            "la signature ne porte pas exactement sur le corps et l'horodatage",
            "the signature is not over exactly the Body and the Timestamp",
        )
    for reference in references:
        _same_digest(reference, wanted[str(reference.get("URI"))])
    key = _key(certificate)
    if not xml_signature.signed(key, xml_signature.canonical(info), _decoded(value)):
        raise _refused("la signature est fausse", "the signature is wrong")


def _same_digest(reference: etree._Element, element: etree._Element) -> None:
    names = _ds("Transforms", "DigestMethod", "DigestValue")
    transforms, method, value = _parts(reference, f"{{{DS}}}Reference", names, {"URI"})
    (transform,) = _parts(transforms, f"{{{DS}}}Transforms", _ds("Transform"))
    _is_plain(transform, "Transform", EXCLUSIVE)
    _is_plain(method, "DigestMethod", SHA256)
    if not hmac.compare_digest(_decoded(value), xml_signature.digest(element)):
        raise _refused(
            f"{_local(str(element.tag))} n'est pas ce qui a été signé",
            f"{_local(str(element.tag))} is not what was signed",
        )


def _points_to(key_info: etree._Element, token: etree._Element) -> None:
    """The key is the token of this header: nothing is fetched, nothing else is looked up."""
    reference = f"{{{WSSE}}}SecurityTokenReference"
    (pointer,) = _parts(key_info, f"{{{DS}}}KeyInfo", (reference,))
    (target,) = _parts(pointer, reference, (f"{{{WSSE}}}Reference",))
    if target.get("URI") != f"#{_id(token)}" or target.get("ValueType", X509V3) != X509V3:
        raise _refused("KeyInfo désigne une autre clé", "KeyInfo names another key")
    _parts(target, f"{{{WSSE}}}Reference", (), {"URI", "ValueType"})


def _fresh(timestamp: etree._Element, now: datetime) -> None:
    names = (f"{{{WSU}}}Created", f"{{{WSU}}}Expires")
    created, expires = (
        _instant(_text(one)) for one in _parts(timestamp, f"{{{WSU}}}Timestamp", names)
    )
    lasts = timedelta(seconds=LIFETIME)
    lately = created <= now + SKEW and now - SKEW < expires
    if not lately or not timedelta() < expires - created <= lasts:
        raise _refused(
            "le message a expiré, ou son heure est fausse ; vérifiez les horloges",
            "the message has expired, or its time is wrong; check the clocks",
        )


def _instant(text: str) -> datetime:
    try:
        if _INSTANT.fullmatch(text):
            return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise _refused("son heure est illisible", "its time is unreadable")


def _token(token: etree._Element) -> bytes:
    if token.get("ValueType") != X509V3:
        raise _refused(
            "le jeton n'est pas un certificat X.509", "the token is no X.509 certificate"
        )
    return _decoded(token)


def _parts(
    node: etree._Element, tag: str, wanted: Sequence[str], attributes: set[str] | None = None
) -> list[etree._Element]:
    """The children, when the element is this one and holds exactly these, in this order."""
    children = list(node)
    other = attributes is not None and set(map(str, node.attrib)) - attributes
    if node.tag != tag or [str(child.tag) for child in children] != list(wanted) or other:
        names = ", ".join(map(_local, wanted)) or "rien"
        raise _refused(
            f"{_local(tag)} doit contenir : {names}", f"{_local(tag)} must hold: {names}"
        )
    _no_text(node)
    return children


def _no_text(node: etree._Element) -> None:
    if any((text or "").strip() for text in (node.text, *(child.tail for child in node))):
        raise _refused("du texte y est entre les éléments", "there is text between elements")


def _is_plain(node: etree._Element, name: str, value: str) -> None:
    """An element that says one algorithm and has no parameter."""
    _parts(node, f"{{{DS}}}{name}", (), {"Algorithm"})
    if not value or node.get("Algorithm") != value:
        raise _refused(f"{name} n'est pas admis", f"{name} is not accepted")


def _decoded(node: etree._Element) -> bytes:
    try:
        found = base64.b64decode("".join(_text(node).split()), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not found:
        name = _local(str(node.tag))
        raise _refused(f"{name} est vide ou illisible", f"{name} is empty or unreadable")
    return found


def _text(node: etree._Element) -> str:
    if len(node):
        raise _refused("un élément y est de trop", "there is one element too many")
    return (node.text or "").strip()


def _id(node: etree._Element) -> str:
    name = node.get(_ID) or ""
    if not _NAME.fullmatch(name):
        raise _refused("un identifiant manque", "an id is missing")
    return name


def _ds(*names: str) -> tuple[str, ...]:
    return tuple(f"{{{DS}}}{name}" for name in names)


def _key(certificate: x509.Certificate) -> xml_signature.PublicKey:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise ValueError("neither an RSA nor an elliptic-curve key")
    return key


def _algorithm(certificate: x509.Certificate) -> str:
    found = xml_signature.algorithm(_key(certificate))
    if not found:
        raise ValueError("the certificate's key is neither RSA of 2048 bits or more, nor P-256")
    return found


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _refused(fr: str, en: str) -> Unreadable:
    return Unreadable(
        Issue(
            "security",
            f"la signature du message n'est pas acceptée : {fr}. Rien n'en est cru ; il est mis en "
            "quarantaine. Voyez avec l'organisme.",
            f"the message's signature is not accepted: {en}. Nothing of it is believed; it is "
            "quarantined. See with the institution.",
        )
    )
