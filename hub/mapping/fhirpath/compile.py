"""A FHIRPath syntax tree to a Python expression that gives a list.

Names and texts of the expression reach the source only through repr().
Source: https://hl7.org/fhirpath/N1/
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hub.mapping.fhirpath import table
from hub.mapping.fhirpath.calls import PathFunctions
from hub.mapping.fhirpath.code import BOOLEAN, INTEGER, STRING, Code, Focus, Scope
from hub.mapping.fhirpath.kinds import MOMENTS
from hub.mapping.fhirpath.parse import Node
from hub.mapping.findings import Wrong

__all__ = ["Focus", "PathCompiler", "Scope"]

DEEPEST = 150  #: brackets within brackets in the Python written; Python itself allows 200
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_COMPARED = {"=", "!=", "~", "!~", "<", ">", "<=", ">="}
_LITERALS = {"integer": INTEGER, "decimal": ("System.Decimal",), "date": ("System.Date",)}
_LITERALS |= {"dateTime": ("System.DateTime",), "time": ("System.Time",)}
_OPERATORS = {
    "and": "L.and_",
    "or": "L.or_",
    "xor": "L.xor",
    "implies": "L.implies",
    "=": "V.equal",
    "!=": "V.unequal",
    "~": "V.equivalent",
    "!~": "V.inequivalent",
    "|": "U.union",
    "&": "S.concatenate",
    "in": "U.member",
    "contains": "U.contained",
}


class PathCompiler(PathFunctions):
    """Writes Python for one expression."""

    def emit(self, node: Node, focus: Focus | None) -> str:
        """Python source of a list expression.

        Raises:
            Wrong: an unknown name or function, with the offset in the expression.
        """
        self.siblings = self.sees_siblings(node)
        return self._shallow(node, self.apart(node, focus).list)

    def condition(self, node: Node, focus: Focus | None) -> str:
        """Python source of a condition: does the criterion hold?

        Raises:
            Wrong: as emit().
        """
        self.siblings = self.sees_siblings(node)
        return self._shallow(node, self.test(node, focus))

    @staticmethod
    def _shallow(node: Node, text: str) -> str:
        if _depth(text) > DEEPEST:
            raise Wrong(
                node.offset,
                "expected a less deeply nested expression",
                "Expression trop imbriquée : coupez-la en plusieurs",
            )
        return text

    def code(self, node: Node, focus: Focus | None) -> Code:
        """Python for a node, with what is known of its types."""
        method: Callable[[Node, Focus | None], Code] = getattr(self, "_" + node.kind)
        made: Code = method(node, focus)
        return made

    def _empty(self, node: Node, focus: Focus | None) -> Code:
        return Code("[]", single=True)

    def _literal(self, node: Node, focus: Focus | None) -> Code:
        kind, text = node.value
        if kind == "string":
            return Code(f"[{text!r}]", STRING, single=True)
        if kind == "boolean":
            return Code("[True]" if text == "true" else "[False]", BOOLEAN, single=True)
        made = f"Decimal({text!r})" if kind == "decimal" else f"Temporal({text!r}, {kind!r})"
        value = str(int(text)) if kind == "integer" else self.scope.hoist(made)
        return Code(f"[{value}]", _LITERALS[kind], single=True)

    def _quantity(self, node: Node, focus: Focus | None) -> Code:
        number, unit, calendar = node.value
        text = f"Quantity(Decimal({number!r}), {unit!r}, {calendar!r})"
        return Code(f"[{self.scope.hoist(text)}]", ("System.Quantity",), single=True)

    def _polarity(self, node: Node, focus: Focus | None) -> Code:
        inner = self.code(node.args[0], focus)
        if node.value != "-":
            return inner
        return Code(f"A.negative({inner.list})", inner.kinds, single=True)

    def _descending(self, node: Node, focus: Focus | None) -> Code:
        raise Wrong(node.offset, "desc: only in sort()", "« desc » n’a de sens que dans sort()")

    def _index(self, node: Node, focus: Focus | None) -> Code:
        items = self.code(node.args[0], focus)
        self.ordered(node, items)
        place = node.args[1]
        if place.kind == "literal" and place.value[0] == "integer":
            start = int(place.value[1])
            text = f"{items.list}[{start}:{start + 1}]"
        else:
            text = f"F.index({items.list}, {self.apart(place, focus).list})"
        return Code(text, items.kinds, single=True)

    def _binary(self, node: Node, focus: Focus | None) -> Code:
        operator = node.value
        left, right = (self.apart(arg, focus) for arg in node.args)
        first, second = node.args
        plain = focus is not None and left.list == f"V.get({focus.item}, {first.value!r})"
        if operator == "=" and plain and second.kind == "literal" and second.value[0] == "string":
            says = f"L.says({focus and focus.item}, {first.value!r}, {second.value[1]!r})"
            return Code(says, BOOLEAN, single=True)
        texts = [self._moments(left, operator), self._moments(right, operator)]
        if operator in ("<", ">", "<=", ">="):
            return Code(f"V.order({texts[0]}, {texts[1]}, {operator!r})", BOOLEAN, single=True)
        if operator == "|":
            kinds = left.kinds if left.kinds == right.kinds else ()
            return Code(f"U.union({texts[0]}, {texts[1]})", kinds)
        if operator in _OPERATORS:
            kinds = STRING if operator == "&" else BOOLEAN
            return Code(f"{_OPERATORS[operator]}({texts[0]}, {texts[1]})", kinds, single=True)
        return Code(f"A.arithmetic({texts[0]}, {texts[1]}, {operator!r})", single=True)

    @staticmethod
    def _moments(code: Code, operator: str) -> str:
        """The tree holds dates as texts; compared, they are dates."""
        if operator in _COMPARED and code.kinds and set(code.kinds) <= MOMENTS:
            return f"V.moments({code.list})"
        return code.list

    def _call(self, node: Node, focus: Focus | None) -> Code:
        name, owner, args = node.value, node.args[0], node.args[1:]
        if name not in table.EVERY:
            raise Wrong(
                node.offset,
                f"unknown function {name}()",
                f"Fonction inconnue : {name}() ; vérifiez son nom",
            )
        if name in table.TYPES:
            self.arity(node, 1, 1)
            return self.typed(node, name, owner, _dotted(args[0]), focus)
        if name == "iif":
            return self.iif(node, focus)
        if name in table.CLOCK:
            return Code(table.CLOCK[name], single=True)
        items = self.code(owner, focus)
        if name in table.EACH:
            return self.each(node, items, focus)
        special: Callable[[Node, Code, Focus | None], Code] | None
        special = getattr(self, f"_on_{name}", None)
        if special is not None:
            made: Code = special(node, items, focus)
            return made
        return self.plain(node, items, [self.apart(arg, focus).list for arg in args])


def _dotted(node: Node) -> str:
    if node.kind != "name":
        raise Wrong(node.offset, "a type name is expected", "Un nom de type est attendu")
    return f"{_dotted(node.args[0])}.{node.value}" if node.args else str(node.value)


def _depth(text: str) -> int:
    deepest = depth = 0
    for sign in _QUOTED.sub("", text):
        if sign in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in ")]}":
            depth -= 1
    return deepest
