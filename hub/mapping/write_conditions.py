"""Type filters, where, check and log of a source, as Python.

Source: https://hl7.org/fhir/R5/mapping-language.html#rules
"""

from __future__ import annotations

from hub.mapping.emit import Resource, Writer
from hub.mapping.names import Names, Var, bind
from hub.mapping.types import Type


class ConditionWriter(Writer):
    """Writes the conditions of one source."""

    around: Var | None = None  #: what the present source is an element of

    def _type_test(self, typed: Type | None, wanted: Type | None) -> str:
        """The condition of a type filter; "" when the declared type already fulfils it."""
        schema = self.module.schema
        if wanted is None or wanted.open or (typed is not None and schema.is_a(typed, wanted)):
            return ""
        if wanted.kind != "logical":
            return f"G.typed({{}}, {wanted.name!r})"
        return f"G.named({{}}, {self.module.object(schema.below(wanted))})"

    def _bind(self, variable: Var, clauses: Resource, names: Names) -> Names:
        return bind(names, str(clauses["variable"]), variable) if clauses.get("variable") else names

    def _around(self, variable: Var) -> Names:
        """The elements beside a primitive: old maps name them barely, `src.i as i where m < 2`."""
        owner = self.around.type if self.around is not None else None
        if variable.type is None or not variable.type.primitive or owner is None:
            return {}
        if owner.primitive or self.around is None or self.around.leaf:
            return {}
        return {
            name: Var(f"{self.around.expr}.get({name!r})", mode="value", maybe=True)
            for name, element in owner.elements.items()
            if not element.choice and name not in variable.type.elements
        }

    def _conditions(self, variable: Var, clauses: Resource, part: Resource, names: Names) -> None:
        names = self._bind(variable, clauses, {**self._around(variable), **names})
        if "condition" in clauses:
            self.line(f"if {self.condition(str(clauses['condition']), part, names, variable)}:")
            self.indent += 1
        if "check" in clauses:
            text = str(clauses["check"])
            self.line(f"if not {self.condition(text, part, names, variable)}:")
            self.line(f"    # rule {self.place}")
            self.line(f"    G.refuse({text!r})")
        if "logMessage" in clauses:
            self.line(f"R.log({self.path(str(clauses['logMessage']), part, names, variable)})")

    @staticmethod
    def _needs_list(clauses: Resource) -> bool:
        return any(k in clauses for k in ("defaultValue", "listMode", "min", "max"))
