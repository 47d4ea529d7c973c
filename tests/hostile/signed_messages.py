"""Signed SOAP messages as an attacker would change them, and as a careless partner would make them.

Source: McIntosh and Austel, "XML Signature Element Wrapping Attacks and Countermeasures" (2005);
https://www.w3.org/TR/xmldsig-bestpractices/
"""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from adapters.transports import xml_signature
from adapters.transports.soap_names import SOAP, WSU
from adapters.transports.wssecurity_sign import Signer
from adapters.transports.xml_signature import DS

NOW = datetime.now(UTC)
SIGNER = Signer.make("organisme", NOW)
RSA = Signer.make("organisme", NOW, rsa.generate_private_key(65537, 2048))
STRANGER = Signer.make("organisme", NOW)
ID = f"{{{WSU}}}Id"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
HMAC = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"

#: An envelope, and the content the attacker wants to be read in place of the honest one.
Form = Callable[[etree._Element, etree._Element], bytes | None]


def signed(content: bytes, now: datetime = NOW, signer: Signer = SIGNER) -> etree._Element:
    """An honest message."""
    envelope = etree.fromstring(b'<s:Envelope xmlns:s="%s"><s:Body/></s:Envelope>' % SOAP.encode())
    envelope[0].append(etree.fromstring(content))
    signer.sign(envelope, now)
    return envelope


def part(envelope: etree._Element, name: str) -> etree._Element:
    """The first element of this name."""
    return next(envelope.iter(f"{{*}}{name}"))


def again(envelope: etree._Element, signer: Signer = SIGNER) -> None:
    """Sign what SignedInfo says now: the right key, for something it should not have signed."""
    text = xml_signature.canonical(part(envelope, "SignedInfo"))
    part(envelope, "SignatureValue").text = b64(xml_signature.sign(signer.key, text))


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def refer(envelope: etree._Element) -> None:
    """Digests of what stands in the envelope now, signed anew."""
    for reference in envelope.iter(f"{{{DS}}}Reference"):
        id = reference.get("URI", "").removeprefix("#")
        for element in envelope.iter():
            if element.get(ID) == id:
                part(reference, "DigestValue").text = b64(xml_signature.digest(element))
    again(envelope)


def fake(envelope: etree._Element, evil: etree._Element, id: bool = False) -> etree._Element:
    """A Body of the attacker's."""
    real = part(envelope, "Body")
    made = etree.Element(real.tag, {ID: real.get(ID, "")} if id else {})
    made.append(copy.deepcopy(evil))
    return made


def moved(place: str, id: bool) -> Form:
    """The signed Body is put into another element; the forged one stands in its place."""

    def change(envelope: etree._Element, evil: etree._Element) -> None:
        real, forged = part(envelope, "Body"), fake(envelope, evil, id)
        envelope.replace(real, forged)
        home = forged if place == "Body" else part(envelope, place)
        wrapper = etree.SubElement(home, "{urn:x}Wrapper")
        wrapper.append(real)

    return change


def two_bodies(first: bool) -> Form:
    def change(envelope: etree._Element, evil: etree._Element) -> None:
        envelope.insert(1 if first else 2, fake(envelope, evil))

    return change


def swallowed(envelope: etree._Element, evil: etree._Element) -> None:
    """The whole signed envelope inside the forged Body, its header beside it."""
    whole = copy.deepcopy(envelope)
    body = fake(envelope, evil)
    envelope.replace(part(envelope, "Body"), body)
    body.append(whole)


def wrapped_time(envelope: etree._Element, evil: etree._Element) -> None:
    """An old signed Timestamp kept aside, a fresh one in its place."""
    old = part(envelope, "Timestamp")
    fresh = copy.deepcopy(old)
    del fresh.attrib[ID]
    old.getparent().replace(old, fresh)
    etree.SubElement(part(envelope, "Header"), "{urn:x}Wrapper").append(old)


def at(created: str, expires: str) -> Form:
    """The partner itself signs these times."""

    def change(envelope: etree._Element, evil: etree._Element) -> None:
        part(envelope, "Created").text, part(envelope, "Expires").text = created, expires
        refer(envelope)

    return change


def later(seconds: int, lasts: int = 300) -> Form:
    began = NOW + timedelta(seconds=seconds)
    ends = began + timedelta(seconds=lasts)
    return at(f"{began:%Y-%m-%dT%H:%M:%SZ}", f"{ends:%Y-%m-%dT%H:%M:%SZ}")


def without(name: str, resigned: bool = True) -> Form:
    def change(envelope: etree._Element, evil: etree._Element) -> None:
        gone = part(envelope, name)
        gone.getparent().remove(gone)
        if resigned:
            refer(envelope)

    return change


def only(kept: str) -> Form:
    """Signed by the right key, over one part alone."""

    def change(envelope: etree._Element, evil: etree._Element) -> None:
        name = f"#{part(envelope, kept).get(ID)}"
        info = part(envelope, "SignedInfo")
        for reference in info.findall(f"{{{DS}}}Reference"):
            if reference.get("URI") != name:
                info.remove(reference)
        again(envelope)

    return change


def twice(name: str) -> Form:
    def change(envelope: etree._Element, evil: etree._Element) -> None:
        one = part(envelope, name)
        one.addnext(copy.deepcopy(one))

    return change


def text(name: str, value: str | None) -> Form:
    def change(envelope: etree._Element, evil: etree._Element) -> None:
        part(envelope, name).text = value

    return change


def algorithm(name: str, value: str) -> Form:
    """The right key signs, and says this of how."""

    def change(envelope: etree._Element, evil: etree._Element) -> None:
        part(envelope, name).set("Algorithm", value)
        again(envelope)

    return change


def child(name: str, made: str, resigned: bool = True) -> Form:
    def change(envelope: etree._Element, evil: etree._Element) -> None:
        part(envelope, name).append(etree.fromstring(made))
        if resigned:
            refer(envelope)

    return change


def key_info(made: str) -> Form:
    def change(envelope: etree._Element, evil: etree._Element) -> None:
        info = part(envelope, "KeyInfo")
        info[:] = [etree.fromstring(made)]

    return change


def attribute(name: str, key: str, value: str, resigned: bool = True) -> Form:
    def change(envelope: etree._Element, evil: etree._Element) -> None:
        part(envelope, name).set(key, value)
        if resigned:
            again(envelope)

    return change


def bytes_of(change: Callable[[bytes], bytes]) -> Form:
    return lambda envelope, evil: change(etree.tostring(envelope))


def by_sha1(envelope: etree._Element, evil: etree._Element) -> None:
    """What zeep accepted: rsa-sha1 by the right key."""
    refer_sha1 = part(envelope, "SignatureMethod")
    refer_sha1.set("Algorithm", RSA_SHA1)
    part(envelope, "BinarySecurityToken").text = der(RSA)
    info = xml_signature.canonical(part(envelope, "SignedInfo"))
    signature = RSA.key.sign(info, padding.PKCS1v15(), hashes.SHA1())
    part(envelope, "SignatureValue").text = b64(signature)


def sha1_digests(envelope: etree._Element, evil: etree._Element) -> None:
    for reference in envelope.iter(f"{{{DS}}}Reference"):
        part(reference, "DigestMethod").set("Algorithm", SHA1)
        id = reference.get("URI", "").removeprefix("#")
        element = next(e for e in envelope.iter() if e.get(ID) == id)
        told = hashlib.sha1(xml_signature.canonical(element)).digest()
        part(reference, "DigestValue").text = b64(told)
    again(envelope)


def by_hmac(envelope: etree._Element, evil: etree._Element) -> None:
    """The public certificate as the secret of an HMAC."""
    part(envelope, "SignatureMethod").set("Algorithm", HMAC)
    public = base64.b64decode(der(SIGNER))
    info = xml_signature.canonical(part(envelope, "SignedInfo"))
    part(envelope, "SignatureValue").text = b64(hmac.digest(public, info, "sha256"))


def der(signer: Signer) -> str:
    return b64(signer.certificate.public_bytes(serialization.Encoding.DER))


def another(token: Signer) -> Form:
    """Signed by somebody else, under this certificate."""

    def change(envelope: etree._Element, evil: etree._Element) -> None:
        part(envelope, "BinarySecurityToken").text = der(token)
        again(envelope, STRANGER)

    return change


def more_reference(uri: str) -> Form:
    def change(envelope: etree._Element, evil: etree._Element) -> None:
        info = part(envelope, "SignedInfo")
        made = copy.deepcopy(info[-1])
        made.set("URI", uri)
        info.append(made)
        again(envelope)

    return change


def instead(uri: str) -> Form:
    def change(envelope: etree._Element, evil: etree._Element) -> None:
        part(envelope, "SignedInfo")[-1].set("URI", uri)
        again(envelope)

    return change


def swapped(envelope: etree._Element, evil: etree._Element) -> None:
    """The ids of Body and Timestamp exchanged after signing."""
    body, timestamp = part(envelope, "Body"), part(envelope, "Timestamp")
    first, second = body.get(ID, ""), timestamp.get(ID, "")
    body.set(ID, second)
    timestamp.set(ID, first)


def same_id(name: str) -> Form:
    """Another element has the Body's id too, by another attribute's name."""

    def change(envelope: etree._Element, evil: etree._Element) -> None:
        part(envelope, name).set("ID", part(envelope, "Body").get(ID, ""))
        refer(envelope)

    return change
