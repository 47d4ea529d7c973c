"""Names of an expression to Python: one comprehension along a path whose types are known.

A tree that has one value where a list belongs, or the reverse, is read all the same.
Source: https://hl7.org/fhirpath/N1/#path-selection
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hub.mapping.fhirpath import table
from hub.mapping.fhirpath.code import Choice, Code, Focus, Scope
from hub.mapping.fhirpath.kinds import Kinds
from hub.mapping.fhirpath.parse import Node
from hub.mapping.findings import Wrong

#: functions and names that see a primitive's id and extensions
_SIBLINGS = {"hasValue", "getValue", "extension", "children", "descendants"}


class PathNames:
    """Writes names, variables and literals."""

    def __init__(self, scope: Scope) -> None:
        self.scope, self.count = scope, 0
        self.kinds = Kinds(scope.schema)
        self.defined: dict[str, str] = {}  #: by defineVariable, where the chain has come to
        self.siblings = False

    def code(self, node: Node, focus: Focus | None) -> Code:
        """Python for a node, with what is known of its types."""
        raise NotImplementedError

    def emit(self, node: Node, focus: Focus | None) -> str:
        """Python source of a list expression.

        Raises:
            Wrong: an unknown name or function, with the offset in the expression.
        """
        raise NotImplementedError

    def fresh(self) -> str:
        """A Python name nothing else in the expression has."""
        self.count += 1
        return f"_{self.count}"

    def apart(self, node: Node, focus: Focus | None) -> Code:
        """As code(); variables the node defines end with it."""
        before = dict(self.defined)
        made = self.code(node, focus)
        self.defined = before
        return made

    def looped(self, code: Code) -> tuple[str, str]:
        """(item, loops) to go on from every item of the code."""
        if code.loops:
            return code.text, code.loops
        if code.item:
            return code.item, ""
        name = self.fresh()
        return name, f"for {name} in {code.text}"

    @staticmethod
    def own(focus: Focus) -> Code:
        """The item itself."""
        return Code(f"[{focus.item}]", focus.kinds, single=True, item=focus.item)

    def _this(self, node: Node, focus: Focus | None) -> Code:
        if node.value in ("$this", "$focus"):
            if node.args:
                return self.code(node.args[0], focus)
            return self.own(focus) if focus else Code("[]")
        if node.value == "$index":
            return Code(f"[{focus.index}]" if focus and focus.index else "[]", single=True)
        return Code(focus.total if focus and focus.total else "[]")

    def _variable(self, node: Node, focus: Focus | None) -> Code:
        name = node.value
        if name in self.defined:
            return Code(f"R.defined[{self.defined[name]!r}]")
        if name in self.scope.variables or name in self.scope.specials:
            return self._bound_to(name)
        if name in table.CONSTANTS:
            return Code(f"[{table.CONSTANTS[name]!r}]")
        for prefix, base in (("vs-", "ValueSet/"), ("ext-", "StructureDefinition/")):
            if name.startswith(prefix):
                return Code(f"[{'http://hl7.org/fhir/' + base + name.removeprefix(prefix)!r}]")
        raise Wrong(
            node.offset,
            f"unknown variable %{name}",
            f"Variable inconnue : %{name} ; vérifiez son nom",
        )

    def _name(self, node: Node, focus: Focus | None) -> Code:
        name = node.value
        if node.args:
            return self.child(node, self.code(node.args[0], focus))
        known_name = name in self.scope.variables or name in self.scope.specials
        bound = self._bound_to(name) if known_name else None
        if focus is None:
            if bound is None:
                raise Wrong(
                    node.offset,
                    f"unknown name {name}; only variables can be used here",
                    f"Nom inconnu : {name} ; seules les variables sont visibles ici",
                )
            return bound
        own = self.own(focus)
        known = focus.known if focus.known is not None else self.kinds.names(focus.kinds)
        if bound is None:
            return self._start(node, own, focus, known)
        if known is not None:
            return self.child(node, own) if name in known else bound
        return Code(f"(V.get({focus.item}, {name!r}) or {bound.list})")

    def _bound_to(self, name: str) -> Code:
        kinds = self.scope.kinds.get(name, ())
        expr = self.scope.variables.get(name)
        if expr is None:
            return Code(self.scope.specials[name], kinds)
        if name in self.scope.sole and self.kinds.complex(kinds):
            return Code(f"[{expr}]", kinds, single=True, item=expr)
        return Code(f"V.many({expr})", kinds)

    def _start(self, node: Node, own: Code, focus: Focus, known: frozenset[str] | None) -> Code:
        """`Patient.name`: the type's name at the start stands for the item itself."""
        name = node.value
        if not name[:1].isupper() or (known is not None and name in known):
            return self.child(node, own)
        made = self.kinds.type(name)
        if made is not None and self.kinds.settled(focus.kinds):
            if all(self.kinds.fits(kind, made.key, False) for kind in focus.kinds):
                return own
            if self.scope.strict:
                raise Wrong(
                    node.offset,
                    f"this is no {name}, it is {', '.join(focus.kinds)}",
                    f"Ceci n’est pas un {name}, mais : {', '.join(focus.kinds)}",
                )
        return Code(f"F.root({focus.item}, {name!r})", single=True)

    def child(self, node: Node, owner: Code) -> Code:
        """The elements of a name below every item of the owner."""
        name = node.value
        if name in ("id", "extension") and node.args and self.kinds.primitive(owner.kinds):
            return Code(f"V.child({self.beside(node.args[0], owner) or '[]'}, {name!r})")
        if name == "value" and self.kinds.primitive(owner.kinds):
            return owner
        if not self.kinds.settled(owner.kinds) or owner.kinds[0].startswith("System."):
            return self._general(owner, name, ())
        found = [e for kind in owner.kinds if (e := self.kinds.element(kind, name)) is not None]
        if not found:
            self._absent(node, owner)
            return self._general(owner, name, ())
        kinds = tuple(dict.fromkeys(t for e in found for t in e.types))
        if len(owner.kinds) > 1:
            if owner.choice is None:
                return self._general(owner, name, kinds)
            owner = self._narrowed_to(owner, owner.choice, name)
            if len(owner.kinds) > 1:
                return self._general(owner, name, kinds)
        item, loops = self.looped(owner)
        element = found[0]
        single = owner.single and not element.many
        if element.choice:
            forms = tuple(self.kinds.type(owner.kinds[0]).keys(element))  # type: ignore[union-attr]
            return self.formed(Choice(item, loops, name, forms), single)
        of = owner.list
        made = self.fresh()
        loops = f"{loops} {self._step(item, name, made, kinds, element.many)}".lstrip()
        return Code(made, kinds, loops, single, owner.ordered, of=of)

    def _narrowed_to(self, owner: Code, choice: Choice, name: str) -> Code:
        """The choice in those of its forms that have an element of this name."""
        forms = tuple(f for f in choice.forms if self.kinds.element(f[1], name) is not None)
        return self.formed(replace(choice, forms=forms), owner.single)

    def _step(self, item: str, name: str, made: str, kinds: tuple[str, ...], many: bool) -> str:
        leaf = self.kinds.primitive(kinds)
        if leaf and self.siblings:
            return f"for {made} in V.nodes({item}, {name!r})"
        if self.scope.trusting and not many:
            shape = f" and (type({made}) is not list or V.misshapen())" if leaf else ""
            return f"for {made} in ({item}.get({name!r}),) if {made} is not None{shape}"
        value = self.fresh()
        every = f"{value} if type({value}) is list else () if {value} is None else ({value},)"
        null = f" if {made} is not None" if leaf else ""
        return f"for {value} in ({item}.get({name!r}),) for {made} in ({every}){null}"

    @staticmethod
    def _general(owner: Code, name: str, kinds: tuple[str, ...]) -> Code:
        read = f"V.get({owner.item}" if owner.item else f"V.child({owner.list}"
        return Code(f"{read}, {name!r})", kinds, ordered=owner.ordered, of=owner.list)

    def formed(self, choice: Choice, single: bool) -> Code:
        """A choice element in any of the forms left to it."""
        made = self.fresh()
        if self.scope.trusting and len(choice.forms) == 1:
            (key, kind), item = choice.forms[0], choice.item
            step = self._step(item, key, made, (kind,), False)
            return Code(made, (kind,), f"{choice.loops} {step}".lstrip(), single)
        names = self.scope.hoist(repr(tuple(name for name, _ in choice.forms)))
        loops = f"{choice.loops} for {made} in C.form({choice.item}, {choice.name!r}, {names})"
        return Code(
            made,
            tuple(kind for _, kind in choice.forms),
            loops.lstrip(),
            single,
            choice=choice,
            of=f"[{choice.item} {choice.loops}]",
        )

    @staticmethod
    def beside(node: Node, code: Code) -> str | None:
        """What stands beside the primitives that a name gave: `_birthDate`."""
        if node.kind != "name" or not code.of:
            return None
        return f"V.beside({code.of}, {node.value!r})"

    def _absent(self, node: Node, owner: Code) -> None:
        """No type of the owner has such an element: refuse it, or tell of the doubt."""
        if self.scope.strict:
            raise self._unknown(node, owner)
        if self.scope.doubt is not None and not self.kinds.anywhere(owner.kinds, node.value):
            wrong = self._unknown(node, owner)
            self.scope.doubt(wrong.en, wrong.fr)

    def _unknown(self, node: Node, owner: Code) -> Wrong:
        types = ", ".join(owner.kinds[:3])
        return Wrong(
            node.offset,
            f"{types} has no element {node.value}",
            f"{types} n’a pas d’élément {node.value} : vérifiez son nom",
        )

    def sees_siblings(self, node: Node) -> bool:
        """Does the expression look at what stands beside a primitive?"""
        return any(n.kind in ("call", "name") and n.value in _SIBLINGS for n in walk(node))


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += each.args


def unordered(code: Code) -> Code:
    """The same, its order not defined."""
    return replace(code, ordered=False)
