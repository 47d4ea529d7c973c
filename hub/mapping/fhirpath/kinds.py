"""Types while compiling: what a name means, what fits what, where an element leads.

Source: https://hl7.org/fhirpath/N1/#types and https://hl7.org/fhir/R4/fhirpath.html#types
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.mapping.schema import Schema
from hub.mapping.types import Element, Type

SYSTEM = {"Boolean", "String", "Integer", "Long", "Decimal", "Date", "DateTime", "Time", "Quantity"}
MOMENTS = frozenset({"date", "dateTime", "instant", "time"})
TEXTS = frozenset(
    {"string", "code", "id", "markdown", "uri", "url", "canonical", "oid", "uuid", "base64Binary"}
)
NUMBERS = frozenset({"integer", "positiveInt", "unsignedInt", "decimal"})


class Kinds:
    """Answers about types; without a schema every type is unknown."""

    def __init__(self, schema: Schema | None) -> None:
        self.schema = schema

    def type(self, key: str) -> Type | None:
        """The FHIR type of a key; None for FHIRPath's own, for logical models and unknown ones."""
        if self.schema is None or key.startswith("System."):
            return None
        found = self.schema.type(key)
        return None if found is None or found.loose or found.kind == "logical" else found

    def named(self, name: str) -> str | None:
        """The key of a type name in an expression; None when no such type is known."""
        space, _, plain = name.rpartition(".")
        if space == "System" or (space == "" and plain in SYSTEM and self.type(plain) is None):
            return f"System.{plain}"
        found = self.type(plain if space == "FHIR" else name)
        return found.key if found is not None else None

    def fits(self, kind: str, wanted: str, exact: bool) -> bool:
        """Is a type the wanted one or derived from it (primitives: only itself, if `exact`)?"""
        if kind == wanted or (wanted == "Quantity" and kind == "System.Quantity"):
            return True
        made, other = self.type(kind), self.type(wanted)
        if made is None or other is None or self.schema is None or (exact and made.primitive):
            return False
        return self.schema.is_a(made, other)

    def settled(self, kinds: Sequence[str]) -> bool:
        """Do the types say all there is to know, without looking at the values?"""
        types = [self.type(kind) for kind in kinds if not kind.startswith("System.")]
        return bool(kinds) and all(t is not None and not t.open and not t.abstract for t in types)

    def primitive(self, kinds: Sequence[str]) -> bool:
        """Are the values leaves of a FHIR tree?"""
        types = [self.type(kind) for kind in kinds]
        return bool(kinds) and all(t is not None and t.primitive for t in types)

    def complex(self, kinds: Sequence[str]) -> bool:
        """Are the values certainly no leaves?"""
        types = [self.type(kind) for kind in kinds]
        return bool(kinds) and all(t is not None and not t.primitive for t in types)

    def element(self, kind: str, name: str) -> Element | None:
        """The element of a type, by its own name only: `value`, not `valueQuantity`."""
        made = self.type(kind)
        return made.elements.get(name) if made is not None else None

    def anywhere(self, kinds: Sequence[str], name: str) -> bool:
        """Is it an element spelt as in JSON (`valueQuantity`), or one of a later version?"""
        return any(
            name == "resourceType"
            or ((made := self.type(kind)) is not None and made.find(name) is not None)
            or (self.schema is not None and self.schema.elsewhere(kind, name) is not None)
            for kind in kinds
        )

    def names(self, kinds: Sequence[str]) -> frozenset[str] | None:
        """All element names, None when the types leave them open."""
        if not self.settled(kinds):
            return None
        types = [self.type(kind) for kind in kinds]
        return frozenset(name for t in types if t is not None for name in t.elements)
