"""The parameters of transforms as Python expressions.

Source: https://hl7.org/fhir/R5/mapping-language.html#transforms
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from hub.mapping.emit import Resource
from hub.mapping.findings import TRANSFORMS
from hub.mapping.forms import constant
from hub.mapping.names import Names
from hub.mapping.types import Type
from hub.mapping.write_expressed import ExpressedWriter


@dataclass(frozen=True, slots=True)
class Value:
    """A Python expression for a value; `several` when it gives a list."""

    expr: str
    type: Type | None = None
    tag: str = '""'
    several: bool = False
    maybe: bool = True
    owned: bool = True  #: made here, so that it needs no copy


class ParameterWriter(ExpressedWriter):
    """Turns literals, variables and paths into values."""

    def _unknown_transform(self, transform: str, count: int, target: Resource) -> None:
        self.wrong(
            target,
            f"unknown transform {transform} with {count} parameters",
            f"Transformation inconnue : {transform} avec {count} paramètre(s) ; "
            "voyez la liste des transformations",
            f"{TRANSFORMS}#fn-{transform.lower()}",
        )

    def _parameter(self, parameter: Resource, part: Resource, names: Names) -> Value | None:
        if "valueId" in parameter:
            return self._variable(str(parameter["valueId"]), part, names)
        key, literal = next(iter(parameter.items()))
        name = key.removeprefix("value")
        name = name[:1].lower() + name[1:]
        text = (
            self.module.hoist(f"Decimal({str(literal)!r})")
            if isinstance(literal, Decimal)
            else constant(literal)
        )
        made = self.module.schema.type(name)
        return Value(text, made, repr(name), maybe=False)

    def _variable(self, name: str, part: Resource, names: Names) -> Value | None:
        if name not in names:
            head = name.partition(".")[0]
            simple = head.isidentifier()
            if simple and head not in names and head not in self._constants():
                self.wrong(
                    part,
                    f"unknown variable {head}",
                    f"Variable inconnue : {head} ; déclarez-la dans le groupe ou par « as »",
                )
                return None
            local = self.module.fresh(head)
            self.line(f"{local} = {self.path(name, part, names)}")
            self.line(f"{local} = V.one({local})")
            return Value(local, owned=False)
        variable = names[name]
        tag = variable.tag or repr(variable.type.name if variable.type is not None else "")
        return Value(variable.held(), variable.type, tag, maybe=variable.maybe, owned=False)

    def bound(self, value: Value, name: str) -> tuple[str, Value]:
        """The value in a local variable."""
        local = self.module.fresh(name)
        self.line(f"{local} = {value.expr}")
        return local, replace(value, expr=local)
