"""FHIRPath text to a syntax tree, by recursive descent.

Source: https://hl7.org/fhirpath/N1/grammar.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hub.mapping.findings import Wrong, shown, unclosed
from hub.mapping.tokenize import Token, tokenize

LONGEST_NUMBER = 60
LONGEST_CHAIN = 150  #: names and operators one after another
DEEPEST = 120  #: nested parentheses and operators
LEVELS = {
    "implies": 1,
    "or": 2,
    "xor": 2,
    "and": 3,
    "in": 4,
    "contains": 4,
    "=": 5,
    "~": 5,
    "!=": 5,
    "!~": 5,
    "<": 6,
    ">": 6,
    "<=": 6,
    ">=": 6,
    "|": 7,
    "is": 8,
    "as": 8,
    "+": 9,
    "-": 9,
    "&": 9,
    "*": 10,
    "/": 10,
    "div": 10,
    "mod": 10,
}
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
UNITS = ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
CALENDAR = {*UNITS, *(u + "s" for u in UNITS)}


@dataclass(frozen=True, slots=True)
class Node:
    """kind: literal, quantity, empty, name, this, variable, call, index, binary, type, polarity."""

    kind: str
    value: Any = None
    args: tuple[Node, ...] = ()
    offset: int = 0


class Cursor:
    """A place in a row of tokens."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens, self.position = tokens, 0

    @property
    def token(self) -> Token:
        """The token to be read next."""
        return self.tokens[self.position]

    def ahead(self, count: int) -> Token:
        """The token `count` places further."""
        return self.tokens[min(self.position + count, len(self.tokens) - 1)]

    def take(self) -> Token:
        """Read one token."""
        token = self.tokens[self.position]
        if token.kind != "end":
            self.position += 1
        return token

    def at(self, *texts: str) -> bool:
        """Is the next token one of these operators or words?"""
        return self.token.kind in ("op", "id") and self.token.text in texts

    def skip(self, text: str) -> bool:
        """Read the token if it is this one."""
        if self.at(text):
            self.position += 1
            return True
        return False

    def need(self, text: str) -> Token:
        """Read this token.

        Raises:
            Wrong: another one stands here.
        """
        if not self.at(text):
            raise self.wrong(f"'{text}'", f"« {text} »")
        return self.take()

    def wrong(self, en: str, fr: str) -> Wrong:
        """Expected something else at this place."""
        if self.token.kind == "bad" and self.token.text in ("'", '"', "`"):
            return unclosed(self.token.start, self.token.text)
        if self.at("/") and self.ahead(1).text == "*":
            return unclosed(self.token.start, "*/", "comment", "commentaire")
        found, given = shown(self.token.text)
        return Wrong(
            self.token.start,
            f"expected {en}, found {found}",
            f"Attendu ici : {fr[:1].lower()}{fr[1:]}, et non « {given} » : corrigez ici",
        )


class PathParser:
    """Reads one expression from a cursor; the map parser shares its own cursor with it."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor, self.depth, self.types = cursor, 0, True

    def expression(self, level: int = 1) -> Node:
        """Operators of at least this level. `a.b + 1 > c and d`."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.cursor.wrong(
                "a less deeply nested expression", "Une expression moins imbriquée"
            )
        left = self._unary()
        while True:
            operator = self.cursor.token
            rank = LEVELS.get(operator.text, 0) if operator.kind in ("op", "id") else 0
            if rank < level or rank == 0 or (operator.text == "as" and not self.types):
                break
            self.cursor.take()
            if operator.text in ("is", "as"):
                left = Node("type", (operator.text, self._type_name()), (left,), operator.start)
            else:
                right = self.expression(rank + 1)
                left = Node("binary", operator.text, (left, right), operator.start)
        self.depth -= 1
        return left

    def _unary(self) -> Node:
        sign = self.cursor.token
        if self.cursor.at("+", "-"):
            self.cursor.take()
            self.depth += 1
            if self.depth > DEEPEST:
                raise self.cursor.wrong("fewer signs", "Moins de signes")
            node = Node("polarity", sign.text, (self._unary(),), sign.start)
            self.depth -= 1
            return node
        return self._postfix(self._term())

    def _postfix(self, node: Node) -> Node:
        while True:
            here = self.cursor.token
            if self.cursor.skip("."):
                node = self._invocation(node)
            elif self.cursor.skip("["):
                node = Node("index", None, (node, self._inner()), here.start)
                self.cursor.need("]")
            else:
                return node

    def _inner(self) -> Node:
        """An expression in brackets, where `as` is the operator again."""
        types, self.types = self.types, True
        node = self.expression()
        self.types = types
        return node

    def _term(self) -> Node:
        token = self.cursor.token
        if self.cursor.skip("("):
            node = self._inner()
            self.cursor.need(")")
            return node
        if self.cursor.skip("{"):
            self.cursor.need("}")
            return Node("empty", None, (), token.start)
        if self.cursor.skip("%"):
            name = self.cursor.take()
            if name.kind not in ("id", "string", "delimited", "double"):
                raise Wrong(name.start, "expected a name after %", "Un nom est attendu après %")
            return Node("variable", name.value, (), token.start)
        if token.kind in ("string", "double", "date", "long", "number"):
            return self._literal()
        if self.cursor.at("true", "false"):
            self.cursor.take()
            return Node("literal", ("boolean", token.text), (), token.start)
        return self._invocation(None)

    def _literal(self) -> Node:
        token = self.cursor.take()
        if token.kind in ("number", "long") and len(token.value) > LONGEST_NUMBER:
            raise Wrong(
                token.start,
                f"expected a number of at most {LONGEST_NUMBER} digits",
                f"Nombre trop long : {LONGEST_NUMBER} chiffres au plus",
            )
        if token.kind == "number":
            unit = self.cursor.token
            if unit.kind == "string" or (unit.kind == "id" and unit.text in CALENDAR):
                self.cursor.take()
                word = unit.kind == "id"
                return Node("quantity", (token.value, unit.value, word), (), token.start)
            kind = "decimal" if "." in token.value else "integer"
            return Node("literal", (kind, token.value), (), token.start)
        if token.kind == "date":
            kind = "dateTime" if "T" in token.value else "date"
            kind = "time" if token.value.startswith("T") else kind
            return Node("literal", (kind, token.value), (), token.start)
        kind = "integer" if token.kind == "long" else "string"
        return Node("literal", (kind, token.value), (), token.start)

    def _invocation(self, focus: Node | None) -> Node:
        token = self.cursor.token
        if token.kind not in ("id", "delimited", "double"):
            raise self.cursor.wrong("an expression", "Une expression")
        self.cursor.take()
        before = () if focus is None else (focus,)
        if token.text in ("$this", "$index", "$total"):
            return Node("this", token.text, before, token.start)
        if token.kind == "id" and self.cursor.skip("("):
            args = []
            if not self.cursor.at(")"):
                args.append(self._argument())
                while self.cursor.skip(","):
                    args.append(self._argument())
            self.cursor.need(")")
            return Node("call", token.value, (focus or Node("this", "$focus"), *args), token.start)
        return Node("name", token.value, before, token.start)

    def _argument(self) -> Node:
        """One argument; sort() takes an order after it."""
        node = self._inner()
        here = self.cursor.token
        if self.cursor.skip("desc"):
            return Node("descending", None, (node,), here.start)
        self.cursor.skip("asc")
        return node

    def _type_name(self) -> str:
        names = [self._name()]
        while self.cursor.at(".") and self.cursor.ahead(1).kind in ("id", "delimited"):
            if self.cursor.ahead(2).text == "(":
                break
            self.cursor.take()
            names.append(self._name())
        return ".".join(names)

    def _name(self) -> str:
        if self.cursor.token.kind not in ("id", "delimited"):
            raise self.cursor.wrong("a type", "Un type")
        return self.cursor.take().value


def too_deep(node: Node) -> bool:
    """Would writing the tree take more levels than Python can nest?"""
    level, depth = [node], 0
    while level and depth <= LONGEST_CHAIN:
        level = [arg for each in level for arg in each.args]
        depth += 1
    return bool(level)


def is_path(text: str) -> bool:
    """Is the whole text an expression?"""
    try:
        parse(text)
    except Wrong:
        return False
    return True


def parse(text: str) -> Node:
    """The syntax tree of a whole expression.

    Raises:
        Wrong: the text is not FHIRPath; offset in the text.
    """
    cursor = Cursor(tokenize(text))
    last = cursor.tokens[-2].end if len(cursor.tokens) > 1 else 0
    if "/*" in _COMMENT.sub("", text[last:]):
        raise Wrong(
            last, "expected */, found the end of the text", "« */ » attendu, fin du texte trouvée"
        )
    node = PathParser(cursor).expression()
    if too_deep(node):
        raise Wrong(
            0,
            "expected a shorter chain of names and operators",
            "Expression trop longue : coupez-la",
        )
    if cursor.token.kind != "end":
        raise cursor.wrong("an operator or the end", "Un opérateur ou la fin")
    return node
