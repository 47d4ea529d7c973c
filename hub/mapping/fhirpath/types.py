"""Which FHIRPath type a value has: by resourceType, by the Python type, else by shape.

Source: https://hl7.org/fhirpath/N1/#types
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hub.formats import definitions
from hub.mapping.fhirpath.temporal import Quantity, Temporal, temporal

_STRINGS = {"string", "code", "id", "markdown", "uri", "url", "canonical", "oid", "uuid"}
_STRINGS |= {"base64Binary", "xhtml"}
_INTEGERS = {"integer", "positiveInt", "unsignedInt", "integer64"}
_SHAPES: tuple[tuple[str, set[str], set[str]], ...] = (
    ("Quantity", {"value", "unit", "system", "code", "comparator"}, {"value"}),
    ("Money", {"value", "currency"}, {"currency"}),
    ("CodeableConcept", {"coding", "text"}, set()),
    ("Reference", {"reference", "type", "identifier", "display"}, set()),
    ("Coding", {"system", "version", "code", "display", "userSelected"}, {"code"}),
    ("Period", {"start", "end"}, set()),
    ("Identifier", {"use", "type", "system", "value", "period", "assigner"}, {"value"}),
    ("HumanName", {"use", "text", "family", "given", "prefix", "suffix", "period"}, set()),
)


def name_of(item: Any) -> str:
    """The most likely FHIR type of a value."""
    if isinstance(item, bool):
        return "boolean"
    if isinstance(item, int):
        return "integer"
    if isinstance(item, Decimal):
        return "decimal"
    if isinstance(item, Temporal):
        return item.kind
    if isinstance(item, Quantity):
        return "Quantity"
    if isinstance(item, str):
        return "string"
    if "resourceType" in item:
        return str(item["resourceType"])
    keys = set(item) - {"id", "extension"}
    for name, allowed, required in _SHAPES:
        if keys and keys <= allowed and required <= keys:
            return name
    return "Element"


def info(item: Any, options: Sequence[str] = ()) -> dict[str, str]:
    """type(): namespace and name; of an element's allowed types the first that fits."""
    for name in options:
        if conforms(item, name):
            return {"namespace": "FHIR", "name": name}
    if type(item) is dict:
        return {"namespace": "FHIR", "name": name_of(item)}
    name = name_of(item)
    return {"namespace": "System", "name": name[:1].upper() + name[1:]}


def inherits(name: str, ancestor: str) -> bool:
    """Is `name` this type or one derived from it?"""
    while name:
        if name == ancestor:
            return True
        table = definitions.definition(name)
        name = str(table["base"]) if table else ""
    return False


def conforms(item: Any, wanted: str) -> bool:
    """`is`: does the value have this type, as far as its form tells?"""
    space, _, plain = wanted.rpartition(".")
    system = {"String": "string", "Boolean": "boolean", "Integer": "integer"}
    system |= {"Decimal": "decimal", "Date": "date", "DateTime": "dateTime", "Time": "time"}
    if space != "FHIR":
        plain = system.get(plain, plain)
    if isinstance(item, str) and not isinstance(item, Temporal):
        if plain in ("date", "dateTime", "instant", "time"):
            moment = temporal(item)
            return moment is not None and (moment.kind == plain or plain == "instant")
        return plain in _STRINGS
    if isinstance(item, int) and not isinstance(item, bool):
        return plain in _INTEGERS
    return inherits(name_of(item), plain)
