"""Function calls of an expression to Python, but for those that run a criterion on every item.

Source: https://hl7.org/fhirpath/N1/#functions
"""

from __future__ import annotations

from hub.mapping.fhirpath import table
from hub.mapping.fhirpath.code import BOOLEAN, INTEGER, STRING, Code, Focus
from hub.mapping.fhirpath.conditions import PathConditions
from hub.mapping.fhirpath.kinds import TEXTS
from hub.mapping.fhirpath.navigate import unordered
from hub.mapping.fhirpath.parse import Node
from hub.mapping.findings import Wrong

_PRECISE = {("dateTime",), ("instant",)}  #: even when their text is a date only


class PathFunctions(PathConditions):
    """Writes calls; a function with rules of its own has a method _on_<name>."""

    def ordered(self, node: Node, items: Code) -> None:
        """Refuse what depends on an order that is not defined."""
        if self.scope.strict and not items.ordered:
            raise Wrong(
                node.offset,
                "the order of these items is not defined",
                "L’ordre de ces éléments n’est pas défini : filtrez avec where",
            )

    def _on_aggregate(self, node: Node, items: Code, focus: Focus | None) -> Code:
        return self.aggregate(node, items, focus)

    def _on_sort(self, node: Node, items: Code, focus: Focus | None) -> Code:
        return self.sort(node, items)

    def _on_type(self, node: Node, items: Code, focus: Focus | None) -> Code:
        self.arity(node, 0, 0)
        return self.reflected(items)

    def _on_trace(self, node: Node, items: Code, focus: Focus | None) -> Code:
        self.arity(node, 1, 2)
        return items

    def _on_extension(self, node: Node, items: Code, focus: Focus | None) -> Code:
        self.arity(node, 1, 1)
        url = self.apart(node.args[1], focus).list
        owner = items.list
        beside = None if self.kinds.complex(items.kinds) else self.beside(node.args[0], items)
        if beside is not None:
            owner = beside if self.kinds.primitive(items.kinds) else f"{owner} + {beside}"
        found = self.kinds.type("Extension")
        kinds = (found.key,) if found is not None else ()
        return Code(f"F.extension({owner}, {url})", kinds)

    def _on_defineVariable(self, node: Node, items: Code, focus: Focus | None) -> Code:
        self.arity(node, 1, 2)
        given = node.args[1]
        if given.kind != "literal" or given.value[0] != "string":
            raise Wrong(
                given.offset, "a text is expected", "Un texte entre apostrophes est attendu"
            )
        name = given.value[1]
        if name in {*self.defined, *self.scope.variables, *self.scope.specials, *table.CONSTANTS}:
            raise Wrong(
                given.offset, f"%{name} is already defined", f"%{name} est déjà défini : renommez"
            )
        mark = self.fresh()
        body = "None"
        if len(node.args) == 3:
            inner = Focus("i" + mark, kinds=items.kinds)
            body = f"lambda i{mark}, n{mark}: {self.apart(node.args[2], inner).list}"
        self.defined = {**self.defined, name: mark}
        return Code(f"F.define(R, {mark!r}, {items.list}, {body})", items.kinds)

    def _on_memberOf(self, node: Node, items: Code, focus: Focus | None) -> Code:
        self.arity(node, 1, 1)
        given = self.apart(node.args[1], focus).list
        return Code(f"N.member_of(R.terms, {items.list}, {given})", BOOLEAN, single=True)

    def _on_subsumes(self, node: Node, items: Code, focus: Focus | None) -> Code:
        """Of a coding with another one, or of %terminologies with a system and two codes."""
        self.arity(node, 1, 3)
        given = ", ".join(self.apart(arg, focus).list for arg in node.args[1:])
        if len(node.args) == 4:
            return Code(f"N.compare(R.terms, {given})", STRING, single=True)
        self.arity(node, 1, 1)
        return Code(f"N.subsumes(R.terms, {items.list}, {given})", BOOLEAN, single=True)

    def _on_subsumedBy(self, node: Node, items: Code, focus: Focus | None) -> Code:
        self.arity(node, 1, 1)
        given = self.apart(node.args[1], focus).list
        return Code(f"N.subsumes(R.terms, {given}, {items.list})", BOOLEAN, single=True)

    def _on_validateVS(self, node: Node, items: Code, focus: Focus | None) -> Code:
        self.arity(node, 2, 3)
        given = ", ".join(self.apart(arg, focus).list for arg in node.args[1:3])
        return Code(f"N.validate(R.terms, {given})", single=True)

    def plain(self, node: Node, items: Code, given: list[str]) -> Code:
        """A call whose arguments are evaluated before it."""
        name = node.value
        self._suits(node, items)
        kinds = table.GIVES.get(name, ())
        if name in table.SLICES:
            self.ordered(node, items)
            self.arity(node, 0, 0)
            text = f"{items.list}{table.SLICES[name]}"
            return Code(text, items.kinds, single=items.single or name != "tail")
        if name in ("count", "empty"):
            self.arity(node, 0, 0)
            text = f"[len({items.list})]" if name == "count" else f"[{items.list} == []]"
            return Code(text, kinds, single=True)
        if name in table.PLAIN:
            function, least, most = table.PLAIN[name]
            self.arity(node, least, most)
            kept = name in table.KEEPS
            if kept and name in ("skip", "take"):
                self.ordered(node, items)
            owner = items.list
            if name in ("lowBoundary", "highBoundary") and items.kinds in _PRECISE:
                owner = f"V.moments({owner}, 'dateTime')"
            made = Code(
                f"{function}({', '.join([owner, *given])})",
                items.kinds if kept else kinds,
                single=name in table.GIVES or name == "single",
                ordered=items.ordered,
            )
            return unordered(made) if name == "children" else made
        return self._by_table(node, items, given, kinds)

    def _by_table(self, node: Node, items: Code, given: list[str], kinds: tuple[str, ...]) -> Code:
        name, owner = node.value, items.list
        if name in table.TEXT or name in table.MATH:
            action, count = table.TEXT.get(name) or table.MATH[name]
            self.arity(node, count, count)
            plain = self._on_text(node, items, action) if name in table.TEXT else None
            if plain is not None:
                return plain
            function = "S.text_function" if name in table.TEXT else "S.math"
            return Code(f"{function}({', '.join([action, owner, *given])})", kinds)
        if name in table.FIELDS:
            self.arity(node, 0, 0)
            return Code(f"E.component({owner}, {table.FIELDS[name]!r})", INTEGER, single=True)
        if name in table.TEMPORAL:
            return Code(f"S.to_temporal({owner}, {table.TEMPORAL[name]!r})", kinds, single=True)
        if name in table.CONVERTS:
            to = Node("call", "to" + name[10:], (node,), node.offset)
            mark = self.fresh()
            made = self.plain(to, Code(mark), []).list
            return Code(f"F.converts({owner}, lambda {mark}: {made})", BOOLEAN, single=True)
        if name in table.EXTREMES:
            return Code(f"L.extreme({owner}, {table.EXTREMES[name]!r})", items.kinds, single=True)
        if name == "descendants":
            return Code(f"F.descendants(R, {owner})", ordered=False)
        if name == "resolve":
            self.arity(node, 0, 0)
            return Code(f"N.resolve(R, {owner})")
        return Code(f"F.has_value({owner})", BOOLEAN) if name == "hasValue" else items

    def _on_text(self, node: Node, items: Code, action: str) -> Code | None:
        """A function of one text known to be one, with literal arguments."""
        args = node.args[1:]
        literal = all(a.kind == "literal" and a.value[0] == "string" and a.value[1] for a in args)
        if not (items.loops and items.single and literal and set(items.kinds) <= TEXTS):
            return None
        made = self.fresh()
        call = f"{action}({', '.join([f'str({items.text})', *(repr(a.value[1]) for a in args)])})"
        every = call if node.value in ("split", "toChars") else f"({call},)"
        single = node.value not in ("split", "toChars")
        kinds = table.GIVES.get(node.value, ())
        return Code(made, kinds, f"{items.loops} for {made} in {every}", single)

    def _suits(self, node: Node, items: Code) -> None:
        """A function of texts or numbers on what certainly is neither."""
        single = node.value in table.TEXT or node.value in table.PLAIN_TEXT
        if self.scope.strict and single and self.kinds.complex(items.kinds):
            raise Wrong(
                node.offset,
                f"{node.value}() works on text, not on {items.kinds[0]}",
                f"{node.value}() s’applique à un texte, non à : {items.kinds[0]}",
            )
