"""`is`, `as`, ofType() and type(), decided while compiling where the types are known.

Source: https://hl7.org/fhirpath/N1/#types and #reflection
"""

from __future__ import annotations

from dataclasses import replace

from hub.mapping.fhirpath.code import BOOLEAN, Code, Focus
from hub.mapping.fhirpath.navigate import PathNames
from hub.mapping.fhirpath.parse import Node
from hub.mapping.findings import Wrong


class PathTypes(PathNames):
    """Writes what asks for types."""

    def _type(self, node: Node, focus: Focus | None) -> Code:
        operator, name = node.value
        return self.typed(node, operator, node.args[0], name, focus)

    def typed(self, node: Node, operator: str, left: Node, name: str, focus: Focus | None) -> Code:
        """operator: is, as or ofType."""
        owner = self.code(left, focus)
        wanted = self.kinds.named(name)
        if wanted is None and self.scope.strict:
            raise Wrong(node.offset, f"unknown type {name}", f"Type inconnu : {name}")
        if wanted is None or not self.kinds.settled(owner.kinds):
            return self._at_run_time(operator, left, owner, name, wanted)
        exact = operator != "is"
        fitting = [kind for kind in owner.kinds if self.kinds.fits(kind, wanted, exact)]
        if operator == "is":
            return self._is(owner, wanted, fitting, name)
        if self.scope.strict and operator == "as":
            owner = Code(f"F.single({owner.list})", owner.kinds, "", True, choice=owner.choice)
        if len(fitting) == len(owner.kinds):
            return replace(owner, kinds=self._narrowed(owner, wanted))
        if not fitting:
            return Code("[]", (wanted,), single=True)
        return self._chosen(owner, wanted, fitting, name)

    def _narrowed(self, owner: Code, wanted: str) -> tuple[str, ...]:
        return owner.kinds if len(owner.kinds) == 1 else (wanted,)

    def _is(self, owner: Code, wanted: str, fitting: list[str], name: str) -> Code:
        if len(fitting) in (0, len(owner.kinds)):
            return Code(f"C.settled({owner.list}, {bool(fitting)})", BOOLEAN, single=True)
        if owner.choice is None:
            return Code(f"C.is_type({owner.list}, {name!r})", BOOLEAN, single=True)
        found = self._chosen(owner, wanted, fitting, name)
        return Code(f"C.is_among({owner.list}, {found.list})", BOOLEAN, single=True)

    def _chosen(self, owner: Code, wanted: str, fitting: list[str], name: str) -> Code:
        choice = owner.choice
        if choice is None:
            return Code(f"C.of_type({owner.list}, {name!r})", (wanted,), single=owner.single)
        made = self.fresh()
        forms = tuple(form for form in choice.forms if form[1] in fitting)
        names = self.scope.hoist(repr(tuple(form for form, _ in forms)))
        call = f"C.chosen({choice.item}, {choice.name!r}, {names}, {name!r})"
        loops = f"{choice.loops} for {made} in {call}".lstrip()
        kinds = tuple(fitting) if len(fitting) == 1 else (wanted,)
        return Code(made, kinds, loops, owner.single)

    def _at_run_time(
        self,
        operator: str,
        left: Node,
        owner: Code,
        name: str,
        wanted: str | None,
    ) -> Code:
        """The JSON name of a choice tells its type better than the value does."""
        kinds = () if operator == "is" or wanted is None else (wanted,)
        kinds = BOOLEAN if operator == "is" else kinds
        if left.kind == "name" and owner.of and not owner.kinds:
            function = "C.is_choice" if operator == "is" else "C.choice"
            return Code(f"{function}({owner.of}, {left.value!r}, {name!r})", kinds)
        function = "C.is_type" if operator == "is" else "C.of_type"
        return Code(f"{function}({owner.list}, {name!r})", kinds, single=owner.single)

    def reflected(self, owner: Code) -> Code:
        """type()"""
        known = owner.kinds if self.kinds.settled(owner.kinds) else ()
        if len(known) == 1:
            info = repr(self._info(known[0]))
            return Code(f"[{info} for {self.fresh()} in {owner.list}]", single=owner.single)
        options = self.scope.hoist(repr(known))
        return Code(f"C.types_of({owner.list}, {options})", single=owner.single)

    def _info(self, kind: str) -> dict[str, str]:
        space, _, name = kind.rpartition(".") if kind.startswith("System.") else ("FHIR", "", kind)
        made = self.kinds.type(kind)
        if made is not None and "." in made.name:
            name = made.base
        return {"namespace": space, "name": name}
