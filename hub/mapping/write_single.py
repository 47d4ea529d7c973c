"""Sources of which one value counts, as plain conditions; primitives with what stands beside.

Source: https://hl7.org/fhir/R5/mapping-language.html#rules
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hub.mapping.emit import Resource
from hub.mapping.names import Names, Var
from hub.mapping.types import Element, Type
from hub.mapping.write_conditions import ConditionWriter


class SingleWriter(ConditionWriter):
    """Writes the sources of which only one value counts."""

    def _first(
        self, variable: Var, context: Var, key: str, clauses: Resource, part: Resource, names: Names
    ) -> tuple[Var, bool]:
        """`src.a first as x` of an element that may repeat."""
        local, owner = variable.expr, context.expr
        self.line(f"{local} = {owner}.get({key!r}) if type({owner}) is dict else None")
        head = f"{local}[0] if {local} and {local}[0] is not None else G.head({local})"
        self.line(f"if type({local}) is list: {local} = {head}")
        self._when_there(variable, clauses, part, names)
        return variable, False

    def _first_fitting(
        self, variable: Var, items: str, clauses: Resource, part: Resource, names: Names
    ) -> tuple[Var, bool]:
        """`src.a first as x where (…)`: the items after the first that fits are not looked at."""
        bound = self._bind(variable, clauses, names)
        test = self.condition(str(clauses["condition"]), part, bound, variable)
        self.line(f"for {variable.expr} in {items}:")
        self.line(f"    if {test}: break")
        self.line("else:")
        self.line(f"    {variable.expr} = None")
        rest = {name: clause for name, clause in clauses.items() if name != "condition"}
        self._when_there(variable, rest, part, names)
        return variable, False

    def _only_form(
        self,
        variable: Var,
        context: Var,
        element: Element,
        key: str,
        clauses: Resource,
        part: Resource,
        names: Names,
    ) -> tuple[Var, bool]:
        """A choice of which one form is looked for, under this JSON name."""
        local, owner = variable.expr, context.expr
        odd = f"{local} is None and {element.name!r} in {owner} or type({local}) is list"
        self.line(f"{local} = {owner}.get({key!r})")
        self.line(f"if {odd}: {local} = G.sole({local}, {owner}, {element.name!r})")
        self._when_there(variable, clauses, part, names)
        return variable, False

    def _when_there(self, variable: Var, clauses: Resource, part: Resource, names: Names) -> None:
        alone = f" or {variable.beside} is not None" if variable.beside else ""
        self.line(f"if {variable.expr} is not None{alone}:")
        self.indent += 1
        self._conditions(variable, clauses, part, names)

    def _keeps(self, context: Var, typed: Type | None, clauses: Resource) -> bool:
        """Does a rule only copy this primitive, so that its id and extensions go with it?"""
        plain = self.keeping and typed is not None and typed.primitive and not context.leaf
        owner = context.type
        fhir = owner is not None and owner.kind != "logical" and not owner.primitive
        return plain and fhir and not self._needs_list(clauses)

    def _keeps_form(self, context: Var, kinds: Sequence[str], clauses: Resource) -> bool:
        """The same for a choice, of which some forms are primitives."""
        types = [self.module.schema.type(kind) for kind in kinds]
        return any(self._keeps(context, typed, clauses) for typed in types)

    def _kept(
        self,
        variable: Var,
        context: Var,
        key: str,
        many: bool,
        clauses: Resource,
        part: Resource,
        names: Names,
    ) -> tuple[Var, bool]:
        beside = f"{variable.expr}_x" if many else f"{context.expr}.get({'_' + key!r})"
        if many:
            self.line(f"for {variable.expr}, {beside} in G.numbered({context.expr}, {key!r}):")
            self.line("    R.spend(1)")
        else:
            self.line(f"{variable.expr} = {context.expr}.get({key!r})")
            self.line(f"if {variable.expr} is not None or {beside} is not None:")
        self.indent += 1
        if "condition" in clauses:  # a criterion looks at the value
            self.line(f"if {variable.expr} is not None:")
            self.indent += 1
        variable = replace(variable, beside=beside, maybe=not many and "condition" not in clauses)
        self._conditions(variable, clauses, part, names)
        return variable, many
