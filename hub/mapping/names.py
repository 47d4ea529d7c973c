"""The variables of a map: a source and a target may have the same name, as in the reference engine.

Source: https://hl7.org/fhir/R5/mapping-language.html#rules
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub.mapping.types import Type

_TARGET = "> "  #: begins the key of a target whose name is also that of a source


@dataclass(frozen=True, slots=True)
class Var:
    """A variable of a map: the Python local that holds it, and what is known of its value."""

    expr: str
    type: Type | None = None
    mode: str = "source"  #: source | target | value
    path: str = ""  #: where it stands in the source, for the report of missing codes
    tag: str = ""  #: Python expression of its type's name, when only the run knows it
    maybe: bool = False  #: may be None
    leaf: bool = False  #: holds a placing.Leaf
    kinds: tuple[str, ...] = ()  #: type keys a choice element may have
    binding: str = ""  #: required value set of a source element
    beside: str = ""  #: Python for the id and extensions of a primitive

    def held(self) -> str:
        """Python for its value."""
        if not self.leaf:
            return self.expr
        value = f"{self.expr}.value()"
        return f"({value} if {self.expr} is not None else None)" if self.maybe else value


Names = dict[str, Var]


def bind(names: Mapping[str, Var], name: str, variable: Var) -> Names:
    """The names with one more; it hides one of its own side only."""
    old = names.get(name)
    if old is None or (old.mode == "source") == (variable.mode == "source"):
        return {**names, name: variable}
    if variable.mode == "source":
        return {_TARGET + name: old, **names, name: variable}
    return {**names, _TARGET + name: variable}


def written_to(names: Mapping[str, Var], name: str) -> Var | None:
    """What a target names; None also for a source, which nothing writes to."""
    found = names.get(_TARGET + name) or names.get(name)
    return found if found is not None and found.mode != "source" else None


def readable(names: Mapping[str, Var]) -> Names:
    """What expressions may name: sources before targets."""
    return {name: var for name, var in names.items() if not name.startswith(_TARGET)}
