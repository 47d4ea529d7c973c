"""May a value of one type stand where another is declared?

Only what is certain is refused: FHIR's data types, and resources where none belongs. Backbone
elements and logical models of another name are copied, as published maps and the tutorial expect.
Source: https://hl7.org/fhir/R5/mapping-language.html#rules
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.mapping.placing import HOLDER
from hub.mapping.schema import Schema
from hub.mapping.types import Type, tail

#: Members by which a value with elements becomes a plain one: see placing.unwrapped.
HELD = ("value", "data", "dataString", "xmlText")
#: given → wanted: what is converted on the way.
_BECOMES = {("Coding", "CodeableConcept")}


def suits(schema: Schema, given: Type, wanted: Sequence[str]) -> bool:
    """Does a value of this type suit one of the types an element declares?"""
    return not wanted or any(_one(schema, given, schema.type(key)) for key in wanted)


def apart(schema: Schema, typed: Type, wanted: Type) -> bool:
    """Are these two data types of FHIR of which no value is both?"""
    if typed.open or wanted.open or not (_plain(typed) and _plain(wanted)):
        return False
    return not (schema.is_a(typed, wanted) or schema.is_a(wanted, typed))


def _plain(kind: Type) -> bool:
    return kind.kind in ("primitive-type", "complex-type") and "." not in kind.name


def _one(schema: Schema, given: Type, wanted: Type | None) -> bool:
    if wanted is None or wanted.open or given.open or (given.primitive and wanted.primitive):
        return True
    if given.primitive:
        text = any(each.form in ("text", "xhtml") for each in wanted.elements.values())
        return wanted.kind == "logical" or wanted.name in HOLDER or text
    if given.kind not in ("complex-type", "resource") or "." in given.name:
        return True
    if wanted.primitive:
        return given.kind != "resource" and any(name in given.elements for name in HELD)
    if wanted.kind == "resource" or given.kind == "resource":
        return wanted.kind != "complex-type" or "." in wanted.name
    if wanted.kind != "complex-type" or "." in wanted.name:
        return True
    if (tail(given.name), tail(wanted.name)) in _BECOMES:
        return True
    return schema.is_a(given, wanted) or schema.is_a(wanted, given)
