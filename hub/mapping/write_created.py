"""What a target creates: its type, and the primitives that later rules add something to.

Source: https://hl7.org/fhir/R5/mapping-language.html#rules
"""

from __future__ import annotations

from hub.mapping.emit import Resource
from hub.mapping.types import Element, Type, tail
from hub.mapping.write_doubts import undecided
from hub.mapping.write_values import ValueWriter


class CreatedWriter(ValueWriter):
    """Finds out what a target has to become."""

    def hints(self, target: Resource) -> list[str]:
        """Names of types a new value may have: what the rest of its rule says of it."""
        return []

    def added_to(self, variable: str) -> bool:
        """Do the targets of the present rule write into what this variable holds?"""
        return False

    def _created_type(self, target: Resource, element: Element | None) -> Type | None:
        given = list(target.get("parameter", ()))
        only = element.types[0] if element is not None and len(element.types) == 1 else ""
        if given:
            named = self.type(str(next(iter(given[0].values()))), target, "target")
            general = named is not None and named.name in ("BackboneElement", "Element")
            if element is not None and not general:
                self.fitting(target, named, element.types)
            general = general or named is None  # create('simpleQuantity')
            return self.module.schema.type(only) if general and only else named
        if only:
            return self.module.schema.type(only)
        if element is not None and element.types:
            for name in self.hints(target):
                fitting = [key for key in element.types if tail(key) == name]
                if fitting:
                    return self.module.schema.type(fitting[0])
        if element is not None and target.get("transform") == "create":
            self.wrong(target, *undecided(element.types))
        elif element is not None and element.choice and target.get("variable"):
            self.unknown(target, *undecided(element.types))
        return None

    def _kept_leaf(self, target: Resource, typed: Type | None) -> str:
        """The local of a primitive to which later rules add something, "" for any other."""
        variable = str(target.get("variable", ""))
        if not variable or typed is None or not typed.primitive or not self.added_to(variable):
            return ""
        self.rough()
        local = self.module.fresh(variable)
        self.line(f"{local} = None")
        return local


def is_resource(made: Type) -> bool:
    """Does an instance say its own type?"""
    return made.kind == "resource" and not made.abstract


def tells_type(element: Element | None, made: Type) -> bool:
    """Does an instance say by xsi:type that it is not just what the element declares?"""
    if element is None or not element.tagged or made.open or made.primitive:
        return False
    return made.kind != "resource" and element.types[:1] != (made.key,)


def empty(made: Type | None) -> str:
    """Python for a new value of a type."""
    if made is not None and is_resource(made):
        return f"{{'resourceType': {made.name!r}}}"
    return "{}"
