"""XML from outside is nothing but elements, attributes and text."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub import errors
from hub.formats import xml_strict

HOSTILE = {
    "a DOCTYPE": b"<!DOCTYPE a><a>1</a>",
    "an internal entity": b'<!DOCTYPE a [<!ENTITY z "500">]><a>12&z;</a>',
    "an external entity": b'<!DOCTYPE a [<!ENTITY z SYSTEM "file:///etc/hostname">]><a>&z;</a>',
    "a parameter entity": b'<!DOCTYPE a [<!ENTITY % z SYSTEM "http://127.0.0.1:1/x">%z;]><a/>',
    "a billion laughs": b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><a>&b;</a>',
    "an undeclared entity": b"<a>12&z;</a>",
    "a comment in an amount": b"<a>12<!-- -->500</a>",
    "a comment before the root": b"<!-- x --><a>12</a>",
    "a comment after the root": b"<a>12</a><!-- x -->",
    "a processing instruction": b"<a>12<?x y?>500</a>",
    "a processing instruction before the root": b"<?x y?><a>12</a>",
    "UTF-16 with a mark": "<a>12</a>".encode("utf-16"),
    "UTF-16 without a mark": "<a>12</a>".encode("utf-16-le"),
    "UTF-32": "<a>12</a>".encode("utf-32"),
    "UTF-7 by declaration": b'<?xml version="1.0" encoding="UTF-7"?><a>12</a>',
    "an encoding nobody has": b'<?xml version="1.0" encoding="x-rot13"?><a>12</a>',
    "bytes that are not its encoding": b"<a>\xe9</a>",
    "half a document": b"<a><b>",
    "two roots": b"<a/><a/>",
    "no XML at all": b"12500",
    "nothing": b"",
    "a NUL": b"<a>12\x00</a>",
    "deep nesting": b"<a>" * 5000 + b"</a>" * 5000,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_xml_is_unreadable(body: bytes) -> None:
    with pytest.raises(errors.Unreadable) as refusal:
        xml_strict.parse(body)
    assert "demandez" in refusal.value.text


@pytest.mark.parametrize(
    "body",
    [
        b"<a>12</a>",
        b"\xef\xbb\xbf<a>12</a>",
        b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>',
        b"<a>&#603; &amp;</a>",
        b"<a><![CDATA[1 < 2]]></a>",
    ],
)
def test_ordinary_xml_is_read(body: bytes) -> None:
    assert xml_strict.parse(body).tag == "a"


def test_a_schema_may_only_include_what_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "x.xsd"
    path.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        '<xs:include schemaLocation="http://127.0.0.1:1/y.xsd"/></xs:schema>'
    )
    with pytest.raises(ValueError, match="not beside it"):
        xml_strict.schema(path)


def test_a_schema_says_what_is_wrong_without_namespaces(tmp_path: Path) -> None:
    path = tmp_path / "x.xsd"
    path.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://x/y">'
        '<xs:element name="a" type="xs:integer"/></xs:schema>'
    )
    good = xml_strict.parse(b'<a xmlns="http://x/y">1</a>')
    bad = xml_strict.parse(b'<a xmlns="http://x/y">douze</a>')
    schema = xml_strict.schema(path)
    assert schema.findings(good) == []
    [finding] = schema.findings(bad)
    assert "Element 'a'" in finding.fr
    assert "douze" in finding.fr
    assert finding.fr.startswith("ligne 1")


@pytest.mark.parametrize(
    "body",
    [
        b'<s:a xmlns:s=""/>',
        b"<s:a/>",
        b'<a s:b="1"/>',
        b'<a:b:c xmlns:a="urn:x"/>',
        b'<a xmlns="u}v"/>',
    ],
)
def test_a_name_that_cannot_be_is_refused(body):
    with pytest.raises(errors.Unreadable):
        xml_strict.parse(body)
