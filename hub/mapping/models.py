"""StructureDefinitions as rows the schema builds types from.

Source: https://hl7.org/fhir/R4/structuredefinition.html, https://hl7.org/fhir/R5/types.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from hub.mapping.types import FHIR_NAMESPACE, Row

_XML_NAMES = (
    "http://hl7.org/fhir/tools/StructureDefinition/xml-name",
    "http://hl7.org/fhir/StructureDefinition/elementdefinition-xml-name",
)
_XML_NAMESPACES = (
    "http://hl7.org/fhir/tools/StructureDefinition/xml-namespace",
    "http://hl7.org/fhir/StructureDefinition/elementdefinition-namespace",
)
_FORMS = {"xmlAttr": "attribute", "xmlText": "text", "xhtml": "xhtml", "cdaText": "cda"}
_GROUPS = ("http://hl7.org/fhir/tools/StructureDefinition/xml-choice-group",)
_DATES = (
    "http://hl7.org/fhir/tools/StructureDefinition/elementdefinition-date-format",
    "http://hl7.org/fhir/StructureDefinition/elementdefinition-date-format",
)
_FIELD = "https://benkan.example/fhir/StructureDefinition/record-field"
_TOTAL = "https://benkan.example/fhir/StructureDefinition/record-total"


#: FHIR's versions beside R4, by the prefix of their keys; the nearest to R4 first
TABLES = {"5.0": "r5", "4.3": "r4b", "3.0": "stu3", "1.0": "dstu2"}
NAMES = {"5.0": "R5", "4.3": "R4B", "3.0": "STU3", "1.0": "DSTU2", "": "R4"}


@cache
def table(version: str) -> Mapping[str, Mapping[str, Any]]:
    """Every type of a FHIR version: kind, base, abstract, its own elements."""
    text = files("hub.mapping").joinpath(TABLES[version] + ".json").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, Any]] = json.loads(text, parse_float=Decimal)
    return found


@cache
def table_rows(version: str, name: str) -> tuple[Row, ...]:
    """The own elements of a type of a version."""
    return tuple(
        Row(path, most, least, types, *reference)
        for path, least, most, types, *reference in table(version)[name]["elements"]
    )


def rows(model: Mapping[str, Any]) -> tuple[list[Row], bool]:
    """The elements of a StructureDefinition, and whether they include those of its base."""
    whole = bool((model.get("snapshot") or {}).get("element"))
    listed = (model.get("snapshot" if whole else "differential") or {}).get("element", [])
    return [_row(each) for each in listed], whole


def _row(element: Mapping[str, Any]) -> Row:
    forms = [_FORMS[r] for r in element.get("representation", ()) if r in _FORMS]
    types = [str(kind.get("code", "")) for kind in element.get("type", ())]
    binding = element.get("binding", {})
    required = binding.get("valueSet", "") if binding.get("strength") == "required" else ""
    return Row(
        str(element.get("path", "")),
        str(element.get("max", element.get("base", {}).get("max", "1"))),
        int(element.get("min", 0)),
        [t for t in types if t],
        str(element.get("contentReference", "")).rpartition("#")[2],
        forms[0] if forms else "",
        "typeAttr" in element.get("representation", ()),
        extension(element, _XML_NAMES),
        extension(element, _XML_NAMESPACES),
        str(required).split("|")[0],
        bool(extension(element, _DATES)),
        extension(element, _GROUPS) == "True",
        _computed(element),
    )


def _computed(element: Mapping[str, Any]) -> bool:
    """Does the writer of records fill it in when a tree leaves it out? docs/record-formats.md"""
    told = {each.get("url") for each in element.get("extension", ())}
    constant = any(name.startswith("fixed") for name in element)
    return _TOTAL in told or (constant and _FIELD in told)


def namespace(model: Mapping[str, Any]) -> str:
    """The XML namespace of a model's elements; that of FHIR when it names none."""
    return extension(model, _XML_NAMESPACES) or FHIR_NAMESPACE


def root_name(model: Mapping[str, Any]) -> str:
    """The name of a model's root element in XML."""
    listed: Sequence[Mapping[str, Any]] = (model.get("snapshot") or {}).get("element") or ()
    named = extension(model, _XML_NAMES) or (extension(listed[0], _XML_NAMES) if listed else "")
    return named or str(model.get("type") or model.get("name", "")).rpartition("/")[2]


def extension(part: Mapping[str, Any], urls: Sequence[str]) -> str:
    """The value of the first of these extensions; "" for none."""
    for each in part.get("extension", ()):
        if each.get("url") in urls:
            return str(next((v for k, v in each.items() if k.startswith("value")), ""))
    return ""
