"""XSLT 1.0 by libxslt (lxml) on FHIR XML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lxml import etree

from benchmarks.mapping.process import Form
from hub.formats import exact_json
from hub.mapping.library import Library
from hub.mapping.schema import Schema

SHEET = etree.XSLT(etree.parse(str(Path(__file__).with_name("claim-msg.xsl"))))
_MANY = {"line", "detail", "careTeam", "diagnosis"}
_NUMBERS = {"number", "quantity", "unitPrice", "factor", "amount", "total"}


def _xml(body: bytes) -> bytes:
    return Library([]).write_xml(exact_json.loads(body), Schema().type("Claim"))


def _tree(node: Any) -> Any:
    made: dict[str, Any] = {}
    for child in node:
        value = _tree(child) if len(child) else child.text
        inside = node.tag != "ClaimMsg"
        if child.tag in _NUMBERS and (inside or child.tag == "total"):
            value = float(value)
        if child.tag in _MANY:
            made.setdefault(child.tag, []).append(value)
        else:
            made[child.tag] = value
    return made


FORMS = {
    "tree to tree": Form(
        lambda body: etree.fromstring(_xml(body)), SHEET, lambda made: _tree(made.getroot())
    ),
    "bytes (FHIR XML to XML)": Form(
        _xml,
        lambda body: etree.tostring(SHEET(etree.fromstring(body)), encoding="utf-8"),
        lambda body: _tree(etree.fromstring(body)),
    ),
}
