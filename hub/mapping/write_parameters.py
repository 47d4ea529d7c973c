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


#: transform → how many parameters it takes, in English and French
_COUNTS = {
    "append": ("at least 1", "au moins 1"),
    "cast": ("1 to 2", "1 à 2"),
    "copy": ("1", "1"),
    "evaluate": ("1 to 2", "1 à 2"),
    "pointer": ("1", "1"),
    "reference": ("1", "1"),
    "translate": ("2, 3, 5, 7…", "2, 3, 5, 7…"),
    "truncate": ("2", "2"),
    "uuid": ("no", "0"),
}


class ParameterWriter(ExpressedWriter):
    """Turns literals, variables and paths into values."""

    def _counts(self, transform: str) -> tuple[str, str] | None:
        return _COUNTS.get(transform)

    def _unknown_transform(self, transform: str, count: int, target: Resource) -> None:
        counts = self._counts(transform)
        en = f"unknown transform {transform}"
        fr = f"Transformation inconnue : {transform} ; voyez la liste des transformations"
        if counts is not None:
            en = f"{transform} takes {counts[0]} parameters, not {count}"
            fr = f"{transform} prend {counts[1]} paramètre(s), et non {count}"
        self.wrong(target, en, fr, f"{TRANSFORMS}#fn-{transform.lower()}")

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
