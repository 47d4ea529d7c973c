"""A FHIRPath syntax tree to a Python expression that gives a list.

Names and texts of the expression reach the source only through repr().
Source: https://hl7.org/fhirpath/N1/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hub.mapping.fhirpath import table
from hub.mapping.fhirpath.parse import Node
from hub.mapping.findings import Wrong


@dataclass(frozen=True, slots=True)
class Focus:
    """What bare names start from: a Python variable holding one item."""

    item: str
    index: str = ""
    total: str = ""
    known: frozenset[str] | None = None  #: element names, when the type is known


@dataclass(slots=True)
class Scope:
    """What an expression can see."""

    variables: Mapping[str, str] = field(default_factory=dict)  #: name → Python expression
    specials: Mapping[str, str] = field(default_factory=dict)  #: %name → expression of a list
    hoist: Callable[[str], str] = lambda text: text  #: moves a constant out of the loop


_OPERATORS = {
    "and": "L.and_",
    "or": "L.or_",
    "xor": "L.xor",
    "implies": "L.implies",
    "=": "V.equal",
    "!=": "V.unequal",
    "~": "V.equivalent",
    "!~": "V.inequivalent",
    "|": "F.union",
    "&": "S.concatenate",
    "in": "F.member",
    "contains": "F.contained",
}


class PathCompiler:
    """Writes Python for one expression."""

    def __init__(self, scope: Scope) -> None:
        self.scope, self.count = scope, 0

    def emit(self, node: Node, focus: Focus | None) -> str:
        """Python source of a list expression.

        Raises:
            Wrong: an unknown name or function, with the offset in the expression.
        """
        method: Callable[[Node, Focus | None], str] = getattr(self, "_" + node.kind)
        return method(node, focus)

    def _empty(self, node: Node, focus: Focus | None) -> str:
        return "[]"

    def _literal(self, node: Node, focus: Focus | None) -> str:
        kind, text = node.value
        if kind == "string":
            return f"[{text!r}]"
        if kind == "boolean":
            return "[True]" if text == "true" else "[False]"
        if kind == "integer":
            return f"[{int(text)}]"
        if kind == "decimal":
            return f"[{self.scope.hoist(f'Decimal({text!r})')}]"
        return f"[{self.scope.hoist(f'Temporal({text!r}, {kind!r})')}]"

    def _quantity(self, node: Node, focus: Focus | None) -> str:
        number, unit, calendar = node.value
        text = f"Quantity(Decimal({number!r}), {unit!r}, {calendar!r})"
        return f"[{self.scope.hoist(text)}]"

    def _this(self, node: Node, focus: Focus | None) -> str:
        if node.value in ("$this", "$focus"):
            if node.args:
                return self.emit(node.args[0], focus)
            return f"[{focus.item}]" if focus else "[]"
        if node.value == "$index":
            return f"[{focus.index}]" if focus and focus.index else "[]"
        return focus.total if focus and focus.total else "[]"

    def _variable(self, node: Node, focus: Focus | None) -> str:
        name = node.value
        if name in self.scope.variables:
            return f"V.many({self.scope.variables[name]})"
        if name in self.scope.specials:
            return self.scope.specials[name]
        if name in table.CONSTANTS:
            return f"[{table.CONSTANTS[name]!r}]"
        for prefix, base in (("vs-", "ValueSet/"), ("ext-", "StructureDefinition/")):
            if name.startswith(prefix):
                return f"[{'http://hl7.org/fhir/' + base + name.removeprefix(prefix)!r}]"
        raise Wrong(node.offset, f"unknown variable %{name}", f"Variable inconnue : %{name}")

    def _name(self, node: Node, focus: Focus | None) -> str:
        name = node.value
        if node.args:
            if node.args[0].kind == "this" and node.args[0].value == "$this" and focus:
                return f"V.get({focus.item}, {name!r})"
            return f"V.child({self.emit(node.args[0], focus)}, {name!r})"
        variable = self.scope.variables.get(name)
        special = self.scope.specials.get(name)
        bound = f"V.many({variable})" if variable else special
        if focus is None:
            if bound is None:
                raise Wrong(
                    node.offset,
                    f"unknown name {name}; only variables can be used here",
                    f"Nom inconnu : {name} ; seules les variables sont visibles ici",
                )
            return bound
        if bound is None:
            function = "F.root" if name[:1].isupper() else "V.get"
            return f"{function}({focus.item}, {name!r})"
        if focus.known is not None:
            return f"V.get({focus.item}, {name!r})" if name in focus.known else bound
        return f"(V.get({focus.item}, {name!r}) or {bound})"

    def _polarity(self, node: Node, focus: Focus | None) -> str:
        inner = self.emit(node.args[0], focus)
        return f"L.negative({inner})" if node.value == "-" else inner

    def _index(self, node: Node, focus: Focus | None) -> str:
        items, place = (self.emit(arg, focus) for arg in node.args)
        return f"F.index({items}, {place})"

    def _binary(self, node: Node, focus: Focus | None) -> str:
        left, right = (self.emit(arg, focus) for arg in node.args)
        first, second = node.args
        plain = focus is not None and left == f"V.get({focus.item}, {first.value!r})"
        if node.value == "=" and plain and second.kind == "literal" and second.value[0] == "string":
            return f"L.says({focus and focus.item}, {first.value!r}, {second.value[1]!r})"
        if node.value in ("<", ">", "<=", ">="):
            return f"V.order({left}, {right}, {node.value!r})"
        if node.value in _OPERATORS:
            return f"{_OPERATORS[node.value]}({left}, {right})"
        return f"V.arithmetic({left}, {right}, {node.value!r})"

    def _type(self, node: Node, focus: Focus | None) -> str:
        operator, name = node.value
        return self._typed(operator, node.args[0], name, focus)

    def _typed(self, operator: str, left: Node, name: str, focus: Focus | None) -> str:
        """`a.value is T`: the JSON name of a choice tells its type better than the value does."""
        if left.kind == "name" and (
            left.args or (focus and left.value not in self.scope.variables)
        ):
            function = "F.is_choice" if operator == "is" else "F.choice"
            owner = self.emit(left.args[0], focus) if left.args else f"[{focus and focus.item}]"
            return f"{function}({owner}, {left.value!r}, {name!r})"
        return f"{table.TYPES[operator]}({self.emit(left, focus)}, {name!r})"

    def _call(self, node: Node, focus: Focus | None) -> str:
        name, owner, args = node.value, node.args[0], node.args[1:]
        if name not in table.EVERY:
            raise Wrong(node.offset, f"unknown function {name}()", f"Fonction inconnue : {name}()")
        if name in table.TYPES:
            self._arity(node, 1, 1)
            return self._typed(name, owner, _dotted(args[0]), focus)
        items = self.emit(owner, focus)
        if name in table.EACH:
            return self._each(node, items, focus)
        if name in ("iif", "aggregate"):
            return self._iif(node, focus) if name == "iif" else self._aggregate(node, items, focus)
        if name in table.CLOCK:
            return table.CLOCK[name]
        given = [self.emit(arg, focus) for arg in args]
        return self._plain(node, items, given)

    def _plain(self, node: Node, items: str, given: list[str]) -> str:
        name = node.value
        if name in table.PLAIN:
            function, least, most = table.PLAIN[name]
            self._arity(node, least, most)
            return f"{function}({', '.join([items, *given])})"
        if name in table.TEXT or name in table.MATH:
            action, count = table.TEXT.get(name) or table.MATH[name]
            self._arity(node, count, count)
            function = "S.text_function" if name in table.TEXT else "S.math"
            return f"{function}({', '.join([action, items, *given])})"
        if name in table.TEMPORAL:
            return f"S.to_temporal({items}, {table.TEMPORAL[name]!r})"
        if name in table.CONVERTS:
            inner = self._plain(Node("call", "to" + name[10:], (node,), node.offset), items, [])
            return f"F.converts({items}, {inner})"
        if name in table.EXTREMES:
            return f"L.extreme({items}, {table.EXTREMES[name]!r})"
        if name == "descendants":
            return f"F.descendants(R, {items})"
        return f"F.has_value({items})" if name == "hasValue" else items

    def _arity(self, node: Node, least: int, most: int) -> None:
        count = len(node.args) - 1
        if not least <= count <= most:
            wanted = str(least) if least == most else f"{least}..{most}"
            raise Wrong(
                node.offset,
                f"{node.value}() takes {wanted} arguments, not {count}",
                f"{node.value}() prend {wanted} argument(s), et non {count}",
            )

    def _fresh(self) -> str:
        self.count += 1
        return f"_{self.count}"

    def _each(self, node: Node, items: str, focus: Focus | None) -> str:
        self._arity(node, 0 if node.value in ("exists", "sort") else 1, 1)
        function = table.EACH[node.value]
        if len(node.args) == 1:
            return f"{function}(R, {items})"
        mark = self._fresh()
        inner = Focus("i" + mark, "n" + mark)
        body = self.emit(node.args[1], inner)
        return f"{function}(R, {items}, lambda i{mark}, n{mark}: {body})"

    def _iif(self, node: Node, focus: Focus | None) -> str:
        self._arity(node, 2, 3)
        owner, args = node.args[0], node.args[1:]
        own = owner.kind != "this" or owner.value != "$focus"
        mark = self._fresh()
        inner = Focus("i" + mark) if own else focus
        test, yes = self.emit(args[0], inner), self.emit(args[1], inner)
        no = self.emit(args[2], inner) if len(args) == 3 else "[]"
        body = f"({yes} if V.true({test}) else {no})"
        if not own:
            return body
        return f"F.iif({self.emit(owner, focus)}, lambda i{mark}: {body})"

    def _aggregate(self, node: Node, items: str, focus: Focus | None) -> str:
        self._arity(node, 1, 2)
        mark = self._fresh()
        inner = Focus("i" + mark, "n" + mark, "t" + mark)
        body = self.emit(node.args[1], inner)
        start = self.emit(node.args[2], focus) if len(node.args) == 3 else "[]"
        return f"F.aggregate(R, {items}, lambda i{mark}, n{mark}, t{mark}: {body}, {start})"


def _dotted(node: Node) -> str:
    if node.kind != "name":
        raise Wrong(node.offset, "a type name is expected", "Un nom de type est attendu")
    return f"{_dotted(node.args[0])}.{node.value}" if node.args else str(node.value)
