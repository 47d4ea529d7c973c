"""Type filters, where, check and log of a source, as Python.

Source: https://hl7.org/fhir/R5/mapping-language.html#rules
"""

from __future__ import annotations

from hub.mapping.emit import Resource
from hub.mapping.fhirpath import parse as paths
from hub.mapping.names import Names, Var, bind
from hub.mapping.types import Type
from hub.mapping.write_doubts import DoubtWriter


class ConditionWriter(DoubtWriter):
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
        """The names a condition may use: the item's own variable, and what stands beside it."""
        names = {**self._around(variable, clauses), **names}
        return bind(names, str(clauses["variable"]), variable) if clauses.get("variable") else names

    def _around(self, variable: Var, clauses: Resource) -> Names:
        """The elements beside a primitive: old maps name them barely, `src.i as i where m < 2`."""
        if self.around is None or self.around.leaf:
            return {}
        owner = self.around.type
        if variable.type is None and (owner is None or owner.open):
            item, held = variable.expr, self.around.expr
            return {
                name: Var(f"G.around({item}, {held}, {name!r})", mode="value", maybe=True)
                for name in _bare(clauses)
            }
        if variable.type is None or not variable.type.primitive or owner is None:
            return {}
        if owner.primitive:
            return {}
        return {
            name: Var(f"{self.around.expr}.get({name!r})", mode="value", maybe=True)
            for name, element in owner.elements.items()
            if not element.choice and name not in variable.type.elements
        }

    def _conditions(self, variable: Var, clauses: Resource, part: Resource, names: Names) -> None:
        names = self._bind(variable, clauses, names)
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


def _bare(clauses: Resource) -> set[str]:
    """The bare names in the conditions of a source."""
    texts = (str(clauses.get(key, "")) for key in ("condition", "check", "logMessage"))
    nodes = [paths.parse(text) for text in texts if paths.is_path(text)]
    found: set[str] = set()
    while nodes:
        node = nodes.pop()
        if node.kind == "name" and not node.args:
            found.add(str(node.value))
        nodes += node.args
    return found
