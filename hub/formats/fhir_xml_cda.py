"""How CDA writes moments and section texts, and what FHIR calls the same.

Source: https://hl7.org/cda/stds/core/ (TS, StrucDoc.Text), https://hl7.org/fhir/R4/narrative.html
"""

from __future__ import annotations

import re

from lxml import etree

XHTML = "http://www.w3.org/1999/xhtml"
_MOMENT = re.compile(r"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\.\d+)?(Z|[+-]\d{4})?")
_TO_XHTML = {
    "text": "div",
    "paragraph": "p",
    "content": "span",
    "linkHtml": "a",
    "item": "li",
    "renderMultiMedia": "img",
    "list": "ul",
}
_FROM_XHTML = {name: cda for cda, name in _TO_XHTML.items()} | {"ol": "list", "div": "content"}
_ATTRIBUTES = {"styleCode": "class", "ID": "id", "referencedObject": "src"}
_BACK = {name: cda for cda, name in _ATTRIBUTES.items()}


def moment(text: str) -> str:
    """`20130202201303-0500` as FHIR writes it; a text of another form stays as it is.

    What FHIR requires beside an hour, minutes and seconds, is zero when CDA left it out.
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        return text
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    made = "-".join(part for part in (year, month, day) if part)
    if hour is None:
        return made
    made += f"T{hour}:{minute or '00'}:{second or '00'}{fraction or ''}"
    if zone and zone != "Z":
        zone = f"{zone[:3]}:{zone[3:]}"
    return made + (zone or "")


def compact(text: str) -> str:
    """The reverse of `moment`."""
    day, _, clock = text.partition("T")
    if not clock:
        return day.replace("-", "")
    return day.replace("-", "") + clock.replace(":", "")


def to_xhtml(node: etree._Element) -> str:
    """A CDA section text as the narrative div FHIR holds."""
    return etree.tostring(_renamed(node, "div"), encoding="unicode")


def _renamed(node: etree._Element, name: str) -> etree._Element:
    made = etree.Element(f"{{{XHTML}}}{name}", nsmap={None: XHTML})
    made.text = node.text
    for key, value in node.attrib.items():
        made.set(_ATTRIBUTES.get(str(key), etree.QName(key).localname), str(value))
    for child in node:
        if isinstance(child.tag, str):
            local = etree.QName(child).localname
            ordered = local == "list" and child.get("listType") == "ordered"
            inner = _renamed(child, "ol" if ordered else _TO_XHTML.get(local, local))
            inner.tail = child.tail
            made.append(inner)
    return made


def from_xhtml(div: etree._Element, tag: str) -> etree._Element:
    """A narrative div as a CDA section text of this name."""
    made = etree.Element(tag)
    made.text = div.text
    space = etree.QName(tag).namespace
    for key, value in div.attrib.items():
        made.set(_BACK.get(str(key), str(key)), str(value))
    for child in div:
        if isinstance(child.tag, str):
            local = etree.QName(child).localname
            local = _FROM_XHTML.get(local, local)
            inner = from_xhtml(child, f"{{{space}}}{local}" if space else local)
            if etree.QName(child).localname == "ol":
                inner.set("listType", "ordered")
            inner.tail = child.tail
            made.append(inner)
    return made
