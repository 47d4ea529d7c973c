"""What a map may read and write: types, their elements, cardinalities, choices and XML forms.

Source: https://hl7.org/fhir/R4/structuredefinition.html and, for the XML forms,
https://hl7.org/fhir/tools/ (xml-name, xml-namespace), ElementDefinition.representation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

FHIR_PREFIX = "http://hl7.org/fhir/StructureDefinition/"
FHIR_NAMESPACE = "http://hl7.org/fhir"
_OPEN = frozenset({"Resource", "DomainResource", "Element", "BackboneElement", "Base", "*"})
_OPEN |= {"DataType", "BackboneType", "PrimitiveType", "ANY", "Any"}


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a type."""

    name: str  #: without [x]
    many: bool
    types: tuple[str, ...]  #: type keys, see Schema.type
    least: int = 0
    choice: bool = False
    form: str = ""  #: in XML: attribute | text | xhtml | "" (an element)
    tagged: bool = False  #: says its type by xsi:type
    written: str = ""  #: name in XML
    namespace: str = ""  #: in XML, "" for that of its type
    binding: str = ""  #: required value set
    dates: bool = False  #: written in XML as CDA writes moments: 20261122010500+0000
    group: bool = False  #: in XML its children stand in its place
    computed: bool = False  #: its format fills it in: a control total, a constant of a record


@dataclass(frozen=True, slots=True)
class Type:
    """One type; `key` finds it again, `name` is what a map calls it."""

    key: str
    name: str
    kind: str  #: primitive-type | complex-type | resource | logical
    base: str
    abstract: bool = False
    elements: dict[str, Element] = field(default_factory=dict)
    namespace: str = FHIR_NAMESPACE
    written: str = ""  #: name of the root element in XML
    loose: bool = False  #: stands for a version whose definitions are not known

    @property
    def primitive(self) -> bool:
        """Is a value of this type a leaf?"""
        return self.kind == "primitive-type"

    @property
    def open(self) -> bool:
        """Does it leave to the value what type it has?"""
        return self.name in _OPEN

    def find(self, name: str) -> tuple[Element, str | None] | None:
        """(element, chosen type) for `value`, `value[x]` or `valueQuantity`."""
        element = self.elements.get(name.removesuffix("[x]"))
        if element is not None:
            return element, None
        for candidate in self.elements.values():
            if candidate.choice and name.startswith(candidate.name):
                for type_key in candidate.types:
                    if candidate.name + suffix(type_key) == name:
                        return candidate, type_key
        return None

    def keys(self, element: Element) -> list[tuple[str, str]]:
        """(JSON name, type) for every form a choice can take."""
        return [(element.name + suffix(t), t) for t in element.types]


class Row(NamedTuple):
    """One element as a definition lists it."""

    path: str
    most: str
    least: int
    types: Sequence[str]
    reference: str = ""
    form: str = ""
    tagged: bool = False
    written: str = ""
    namespace: str = ""
    binding: str = ""
    dates: bool = False
    group: bool = False
    computed: bool = False


def suffix(type_key: str) -> str:
    """What a choice's name takes for this type: `string` → `String`."""
    name = type_key.rsplit("/", 1)[-1]
    return name[:1].upper() + name[1:]


def tail(type_key: str) -> str:
    """The name of a type without its version: `5.0/Quantity` → `Quantity`."""
    return type_key[4:] if type_key[:1].isdigit() and type_key[3:4] == "/" else type_key


def version_of(type_key: str) -> str:
    """The version of a key, "" for R4: `5.0/Quantity` → `5.0`."""
    return "" if tail(type_key) == type_key else type_key[:3]


def code_key(code: str) -> str:
    """The key of a type code of an ElementDefinition."""
    if code.startswith(("http://hl7.org/fhirpath/System.", "System.")):
        name = code.rsplit(".", 1)[-1]
        return name[:1].lower() + name[1:]
    return code.removeprefix(FHIR_PREFIX)


def elements(
    path: str, rows: Sequence[Row], inner: str, version: str = "", known: Mapping[str, Any] = {}
) -> dict[str, Element]:
    """The elements directly below a path; `inner` begins the key of those with children here."""
    parents = {row.path.rpartition(".")[0] for row in rows}
    found: dict[str, Element] = {}
    for row in rows:
        parent, _, name = row.path.rpartition(".")
        if parent != path or row.most == "0":
            continue
        choice = name.endswith("[x]") and row.form != "text"
        name = name.removesuffix("[x]")
        if row.reference:
            keys: tuple[str, ...] = (inner + row.reference,)
        elif row.path in parents and not _primitive(row.types):
            keys = (inner + row.path,)
        else:
            keys = tuple(dict.fromkeys(version + code_key(t) for t in row.types))
            keys = keys[:1] if row.form in ("text", "attribute") else keys
        form = row.form or ("xhtml" if keys and tail(keys[0]) == "xhtml" else "")
        made = Element(
            name,
            row.most not in ("0", "1"),
            keys,
            row.least,
            choice or (len(keys) > 1 and not row.tagged),
            form,
            row.tagged,
            row.written or name,
            row.namespace,
            row.binding,
            row.dates,
            row.group,
            row.computed,
        )
        found.setdefault(name, made)
    return found


def _primitive(types: Sequence[str]) -> bool:
    return bool(types) and types[0][:1].islower() and "/" not in types[0]
