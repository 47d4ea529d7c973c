"""Criteria as Python conditions, and the functions that run them on every item.

Source: https://hl7.org/fhirpath/N1/#filtering-and-projection
"""

from __future__ import annotations

from hub.mapping.fhirpath import table
from hub.mapping.fhirpath.code import BOOLEAN, Code, Focus
from hub.mapping.fhirpath.kinds import NUMBERS, TEXTS
from hub.mapping.fhirpath.navigate import walk
from hub.mapping.fhirpath.parse import Node
from hub.mapping.fhirpath.type_tests import PathTypes
from hub.mapping.findings import Wrong

#: functions whose work stays within the item they start from
_WITHIN = {*table.PLAIN, *table.TEXT, *table.MATH, "where", "exists", "all", "is", "as", "ofType"}
_WITHIN -= {"children", "combine", "union", "replaceMatches", "toChars", "split"}
_LOOPS = {"where", "exists", "all", "select"}
_LITERALS = {"string": TEXTS, "integer": NUMBERS, "decimal": NUMBERS, "boolean": {"boolean"}}


class PathConditions(PathTypes):
    """Writes where, select, all, exists, repeat, sort, iif and aggregate."""

    def test(self, node: Node, focus: Focus | None) -> str:
        """A Python condition: does the criterion hold?"""
        if node.kind == "binary" and node.value in ("and", "or"):
            left, right = (self.test(arg, focus) for arg in node.args)
            return f"({left} {node.value} {right})"
        if node.kind == "binary" and node.value == "=":
            plain = self._plain_equality(node, focus)
            if plain:
                return plain
        if node.kind == "call" and node.value in ("exists", "empty") and len(node.args) == 1:
            found = self.apart(node.args[0], focus).list
            return f"({found} != [])" if node.value == "exists" else f"({found} == [])"
        made = self.apart(node, focus)
        if made.text in ("[True]", "[False]"):
            return made.text[1:-1]
        return f"V.true({made.list})"

    def _plain_equality(self, node: Node, focus: Focus | None) -> str | None:
        """`sequence = 1`, where the type says that it is one number."""
        left, right = node.args
        if left.kind != "name" or left.args or right.kind != "literal" or focus is None:
            return None
        if left.value in self.scope.variables:
            return None
        kind, text = right.value
        value = {"string": repr(text), "boolean": text.capitalize()}.get(kind, text)
        if not self.kinds.settled(focus.kinds):
            plain = kind in ("string", "integer") and not self._bound(left.value)
            return f"L.holds({focus.item}, {left.value!r}, {value})" if plain else None
        for owner in focus.kinds:
            element = self.kinds.element(owner, left.value)
            if element is None or element.choice or len(focus.kinds) > 1:
                return None
            if not set(element.types) <= _LITERALS.get(kind, set()):
                return None
        if kind == "decimal":
            value = f"Decimal({text!r})"
        both = self.scope.hoist(f"({value}, [{value}])")
        return f"({focus.item}.get({left.value!r}) in {both})"

    def within(self, node: Node) -> bool:
        """Does a criterion only look at its own item? Then its work needs no counting."""
        for each in walk(node):
            if each.kind in ("variable", "this") and each.value not in ("$this", "$focus"):
                return False
            if each.kind == "call" and each.value not in _WITHIN:
                return False
            if each.kind == "call" and each.value in _LOOPS and not _rooted(each.args[0]):
                return False
            if each.kind == "name" and not each.args and self._bound(each.value):
                return False
        return True

    def _bound(self, name: str) -> bool:
        return name in self.scope.variables or name in self.scope.specials

    def each(self, node: Node, owner: Code, focus: Focus | None) -> Code:
        """where, select, all, exists, repeat."""
        name = node.value
        self.arity(node, 0 if name == "exists" else 1, 1)
        if len(node.args) == 1:
            return Code(f"[{owner.list} != []]", BOOLEAN, single=True)
        criterion = node.args[1]
        kinds = owner.kinds if name in ("where", "select", "exists", "all") else ()
        plain = name != "select" or _rooted(criterion)
        if name not in ("repeat", "repeatAll") and plain and self.within(criterion):
            return self._inline(name, owner, criterion)
        mark = self.fresh()
        inner = Focus("i" + mark, "n" + mark, kinds=kinds)
        body = self.apart(criterion, inner)
        text = f"{table.EACH[name]}(R, {owner.list}, lambda i{mark}, n{mark}: {body.list})"
        if name == "where":
            return Code(text, owner.kinds, single=owner.single, ordered=owner.ordered)
        return Code(text, BOOLEAN if name in ("all", "exists") else body.kinds)

    def _inline(self, name: str, owner: Code, criterion: Node) -> Code:
        item, loops = self.looped(owner)
        if not loops:
            item, loops = self.fresh(), f"for {(item := f'_{self.count}')} in {owner.text}"
        inner = Focus(item, kinds=owner.kinds)
        if name == "select":
            body = self.apart(criterion, inner)
            if body.loops:
                single = owner.single and body.single
                return Code(body.text, body.kinds, f"{loops} {body.loops}", single)
            made = self.fresh()
            single = owner.single and body.single
            return Code(made, body.kinds, f"{loops} for {made} in {body.text}", single)
        test = self.test(criterion, inner)
        if name == "where":
            loops = f"{loops} if {test}"
            return Code(item, owner.kinds, loops, owner.single, owner.ordered)
        if name == "exists":
            return Code(f"[[1 {loops} if {test}] != []]", BOOLEAN, single=True)
        return Code(f"[[1 {loops} if not {test}] == []]", BOOLEAN, single=True)

    def sort(self, node: Node, owner: Code) -> Code:
        """sort(key asc, key desc, …); a minus before the key is descending too."""
        keys, down = [], []
        mark = self.fresh()
        inner = Focus("i" + mark, "n" + mark, kinds=owner.kinds)
        for arg in node.args[1:]:
            descending = arg.kind == "descending"
            arg = arg.args[0] if descending else arg
            if arg.kind == "polarity" and arg.value == "-":
                arg, descending = arg.args[0], not descending
            keys.append(f"lambda i{mark}, n{mark}: {self.apart(arg, inner).list}")
            down.append(descending)
        text = f"F.sort(R, {owner.list}, {down or [False]!r}{''.join(', ' + k for k in keys)})"
        return Code(text, owner.kinds, single=owner.single)

    def iif(self, node: Node, focus: Focus | None) -> Code:
        """iif(criterion, true[, otherwise]): only one of the two is evaluated."""
        self.arity(node, 2, 3)
        owner, args = node.args[0], node.args[1:]
        own = owner.kind != "this" or owner.value != "$focus"
        mark, inner = self.fresh(), focus
        items = self.code(owner, focus)
        if own:
            inner = Focus("i" + mark, kinds=items.kinds)
        if self.scope.strict and args[0].kind == "literal" and args[0].value[0] != "boolean":
            raise Wrong(
                args[0].offset,
                "iif: the criterion is no boolean",
                "iif : le critère n’est pas un booléen",
            )
        test = self.test(args[0], inner)
        yes = self.apart(args[1], inner)
        no = self.apart(args[2], inner) if len(args) == 3 else Code("[]")
        kinds = yes.kinds if len(args) == 2 or yes.kinds == no.kinds else ()
        body = f"({yes.list} if {test} else {no.list})"
        if not own:
            return Code(body, kinds, single=yes.single and no.single)
        return Code(f"F.iif({items.list}, lambda i{mark}: {body})", kinds)

    def aggregate(self, node: Node, owner: Code, focus: Focus | None) -> Code:
        """aggregate(step[, start])"""
        self.arity(node, 1, 2)
        mark = self.fresh()
        inner = Focus("i" + mark, "n" + mark, "t" + mark, kinds=owner.kinds)
        body = self.apart(node.args[1], inner).list
        start = self.apart(node.args[2], focus).list if len(node.args) == 3 else "[]"
        step = f"lambda i{mark}, n{mark}, t{mark}: {body}"
        return Code(f"F.aggregate(R, {owner.list}, {step}, {start})")

    def arity(self, node: Node, least: int, most: int) -> None:
        """Refuse a call with too few or too many arguments."""
        count = len(node.args) - 1
        if not least <= count <= most:
            wanted = str(least) if least == most else f"{least}..{most}"
            raise Wrong(
                node.offset,
                f"{node.value}() takes {wanted} arguments, not {count}",
                f"{node.value}() prend {wanted} argument(s), et non {count}",
            )


def _rooted(node: Node) -> bool:
    """Does a path start at the item, so that it cannot give more than the item holds?"""
    while node.kind in ("call", "index") or (node.kind == "name" and node.args):
        node = node.args[0]
    return node.kind in ("name", "this")
