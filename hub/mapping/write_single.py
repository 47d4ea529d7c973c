"""Sources that have one value at most, as plain conditions instead of loops.

Source: https://hl7.org/fhir/R5/mapping-language.html#rules
"""

from __future__ import annotations

from hub.mapping.emit import Resource
from hub.mapping.names import Names, Var
from hub.mapping.types import Element
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
        self.line(f"if {variable.expr} is not None:")
        self.indent += 1
        self._conditions(variable, clauses, part, names)
