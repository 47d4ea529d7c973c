"""What a compiled rule can never do, though each of its words is known.

A value of another type than its element takes, a filter nothing passes, a default of another type.
Source: https://hl7.org/fhir/R5/mapping-language.html#rules
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.mapping.emit import Resource, Writer
from hub.mapping.fhirpath import parse as paths
from hub.mapping.findings import TRANSFORMS, Failure, Wrong
from hub.mapping.names import Names
from hub.mapping.suits import apart, suits
from hub.mapping.transforms import cast
from hub.mapping.types import Type, tail


class DoubtWriter(Writer):
    """Says so: an error in `check` and in the hub, a warning in a run."""

    def fitting(self, target: Resource, made: Type | None, wanted: Sequence[str]) -> None:
        """Say that a value of this type has no place in the element a target names."""
        if made is None or suits(self.module.schema, made, wanted):
            return
        place = f"{target.get('context')}.{target.get('element', '')}".rstrip(".")
        listed = _few(wanted)
        refers = made.kind == "resource" and "Reference" in map(tail, wanted)
        en = "write reference(…)" if refers else "set its elements one by one"
        fr = "écrivez reference(…)" if refers else "remplissez ses éléments un à un"
        self.unknown(
            target,
            f"{place} takes {listed}, not {made.name}: {en}",
            f"{place} attend {listed} et non {made.name} : {fr}",
        )

    def filtered(self, part: object, name: str, typed: Type | None, wanted: Type | None) -> None:
        """Say that an element never has the type a source asks for."""
        if typed is None or wanted is None or not apart(self.module.schema, typed, wanted):
            return
        self.unknown(
            part,
            f"{name} is {typed.name}, never {wanted.name}: the rule never runs",
            f"{name} est de type {typed.name}, jamais {wanted.name} : la règle ne sert jamais",
        )

    def defaulted(self, part: object, text: str, typed: Type | None, names: Names) -> None:
        """Say that a default is no value of the element's type."""
        if typed is None or typed.open or typed.kind == "logical":
            return
        given = self.kind(text, part, names)
        if not typed.primitive:
            if given is not None and given.primitive:
                self.unknown(
                    part,
                    f"default ({text[:60]}): {typed.name} is not a primitive type",
                    f"default ({text[:60]}) : {typed.name} n’est pas un type primitif ; "
                    "remplissez l’élément dans une autre règle",
                )
            return
        literal = _literal(text)
        try:
            cast(literal, typed.name)
        except Failure as failure:
            self.unknown(part, f"default: {failure.en}", f"default : {failure.fr}")

    def resource_needed(self, target: Resource, transform: str, given: Type | None) -> None:
        """Say that reference() and pointer() are asked for what is no resource."""
        if given is None or given.open or given.kind not in ("primitive-type", "complex-type"):
            return
        self.wrong(
            target,
            f"{transform}() needs a resource, not {given.name}",
            f"{transform}() a besoin d’une ressource et non de {given.name}",
            f"{TRANSFORMS}#fn-{transform}",
        )


def undecided(types: Sequence[str]) -> tuple[str, str]:
    """Which of several types an element is to take, nobody says."""
    listed = _few(types)
    return (
        f"several types are possible ({listed}): write create('Type')",
        f"Plusieurs types sont possibles ({listed}) : écrivez create('Type')",
    )


def _few(types: Sequence[str]) -> str:
    return ", ".join(map(tail, types[:5])) + (", …" if len(types) > 5 else "")


def _literal(text: str) -> str | None:
    """The text of a literal, None for any other expression."""
    try:
        node = paths.parse(text)
    except Wrong:
        return None
    return str(node.value[1]) if node.kind == "literal" and node.value else None
