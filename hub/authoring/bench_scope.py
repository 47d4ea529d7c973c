"""Which variables a place in a map's text sees, and of which types, even while it is being written.

Reads tokens, not the finished map: the text around the cursor is seldom whole. A group's input
without a type has the type that the first caller gives it, as when the map is compiled.
Source: https://build.fhir.org/ig/HL7/mapping-language-ig/grammar.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.mapping.schema import Schema
from hub.mapping.tokenize import Token
from hub.mapping.types import Element, Type

_PASSES = 6  #: how deep groups without types may call each other
_WORDS = {"as", "where", "check", "log", "default", "then", "first", "last", "only_one", "share"}
_WORDS |= {"not_first", "not_last", "collate", "single"}
_OPEN, _SHUT = ("(", "{", "["), (")", "}", "]")


@dataclass(frozen=True, slots=True)
class Known:
    """A variable in sight."""

    type: Type | None
    mode: str  #: source | target


@dataclass(slots=True)
class Group:
    """One group as its head says it."""

    name: str
    inputs: list[tuple[str, str, str]]  #: (mode, name, type as written)


@dataclass(slots=True)
class _Block:
    """What is between two braces."""

    outer: dict[str, Known]
    rule: dict[str, Known] = field(default_factory=dict)
    side: str = "source"  #: of the arrow
    last: Known | None = None  #: the last path of the present rule

    @property
    def seen(self) -> dict[str, Known]:
        return {**self.outer, **self.rule}


@dataclass(slots=True)
class Sight:
    """What one place sees."""

    variables: dict[str, Known]
    side: str  #: source | target: of the arrow of the present rule
    focus: Type | None  #: of the last path of the present rule: what `where` looks at
    depth: int  #: braces open


class Scopes:
    """The groups of a text, and the variables at any of its tokens."""

    def __init__(self, tokens: Sequence[Token], schema: Schema) -> None:
        self.tokens, self._schema = tokens, schema
        self.aliases = dict(self._uses())
        self.groups: dict[str, Group] = {}
        self._given: dict[tuple[str, int], Known] = {}
        for _ in range(_PASSES):
            before = len(self._given)
            self.at(len(tokens))
            if len(self._given) == before:
                break

    def type(self, name: str) -> Type | None:
        """The type a name stands for in this map."""
        plain = name.removeprefix("FHIR.").removeprefix("System.")
        find = self._schema.type
        return find(self.aliases.get(name, name)) or find(plain)

    def element(self, made: Type | None, name: str) -> tuple[Element | None, Type | None]:
        """An element of a type, and its own type where there is only one."""
        found = made.find(name) if made is not None else None
        if found is None:
            return None, None
        element, chosen = found
        if chosen is not None:
            return element, self._schema.type(chosen)
        if element.choice or not element.types:
            return element, None
        return element, self._schema.type(element.types[0])

    def at(self, end: int) -> Sight:
        """What the place before token number `end` sees."""
        blocks: list[_Block] = [_Block({})]
        position, parens = 0, 0
        while position < end:
            token, here = self.tokens[position], blocks[-1]
            position += 1
            if token.text in ("(", "["):
                parens += 1
            elif token.text in (")", "]"):
                parens = max(0, parens - 1)
            elif token.text == "{":
                parens = 0
                blocks.append(_Block(here.seen))
            elif token.text == "}":
                parens = 0
                if len(blocks) > 1:
                    blocks.pop()
            elif parens:
                continue
            elif len(blocks) == 1:
                if token.text == "group" and token.kind == "id":
                    position = self._head(position, end, here)
            else:
                position = self._rule(position - 1, end, here)
        here = blocks[-1]
        focus = here.last.type if here.last is not None else None
        return Sight(here.seen, here.side, focus, len(blocks) - 1)

    def _head(self, position: int, end: int, block: _Block) -> int:
        """`group Name(source a : A, target b)`: binds the inputs."""
        tokens = self.tokens
        if position >= end or tokens[position].kind not in ("id", "delimited"):
            return position
        group = Group(tokens[position].value, [])
        block.outer = {}
        block.rule = {}
        position += 1
        while position < end and tokens[position].text != "{":
            mode = tokens[position]
            position += 1
            if mode.text not in ("source", "target") or position >= end:
                continue
            name, typed = tokens[position].value, ""
            if position + 2 < end and tokens[position + 1].text == ":":
                position, typed = self._dotted(position + 2, end)
                position -= 1
            made = self.type(typed) if typed else None
            given = self._given.get((group.name, len(group.inputs)))
            block.outer[name] = Known(made or (given.type if given else None), mode.text)
            group.inputs.append((mode.text, name, typed))
        self.groups[group.name] = group
        return position

    def _rule(self, position: int, end: int, block: _Block) -> int:
        """One part of a rule; gives where the next one begins."""
        tokens = self.tokens
        token, following = tokens[position], position + 1
        if token.text == ";":
            block.rule, block.side, block.last = {}, "source", None
        elif token.text == "->":
            block.side, block.last = "target", None
        elif token.text == ":" and block.last is not None:
            following, name = self._dotted(following, end)
            block.last = Known(self.type(name), block.side)
        elif token.text == "as" and following < end and block.last is not None:
            block.rule[tokens[following].value] = block.last
            following += 1
        elif token.text == "then" and following < end:
            following = self._called(following, end, block)
        elif token.text == "=" and following + 2 < end and tokens[following].text == "create":
            block.last = Known(self.type(tokens[following + 2].value), block.side)
        elif token.text == "=":
            following += following < end and tokens[following].kind in ("id", "string", "number")
        elif token.kind in ("id", "delimited") and token.text not in _WORDS:
            following = self._path(position, end, block)
        return following

    def _path(self, position: int, end: int, block: _Block) -> int:
        """`context.element.element`: what it leads to."""
        following, name = self._dotted(position, end)
        steps = name.split(".")
        found = block.seen.get(steps[0])
        made = found.type if found is not None else None
        for step in steps[1:]:
            made = self.element(made, step)[1]
        block.last = Known(made, block.side)
        return following

    def _called(self, position: int, end: int, block: _Block) -> int:
        """`then Name(a, b), Other(c)`: what the groups are given."""
        tokens = self.tokens
        while position + 1 < end and tokens[position].kind in ("id", "delimited"):
            name, index = tokens[position].value, 0
            if tokens[position + 1].text != "(":
                break
            position += 2
            while position < end and tokens[position].text not in (")", "{", ";"):
                given = block.seen.get(tokens[position].value)
                if given is not None and given.type is not None:
                    self._given.setdefault((name, index), given)
                index += tokens[position].text == ","
                position += 1
            position += position < end and tokens[position].text == ")"
            if position < end and tokens[position].text == ",":
                position += 1
        return position

    def _dotted(self, position: int, end: int) -> tuple[int, str]:
        """`a.b.c` from here on."""
        tokens, names = self.tokens, []
        while position < end and tokens[position].kind in ("id", "delimited"):
            names.append(tokens[position].value)
            position += 1
            if position + 1 >= end or tokens[position].text != ".":
                break
            if tokens[position + 1].kind not in ("id", "delimited"):
                break
            position += 1
        return position, ".".join(names)

    def _uses(self) -> list[tuple[str, str]]:
        """`uses "url" alias Name as source`: names for types."""
        tokens, found = self.tokens, []
        for index, token in enumerate(tokens[:-1]):
            if token.text != "uses" or tokens[index + 1].kind not in ("double", "string"):
                continue
            url = tokens[index + 1].value
            made = self._schema.type(url)
            found.append((made.name if made is not None else url.rpartition("/")[2], url))
            if index + 3 < len(tokens) and tokens[index + 2].text == "alias":
                found.append((tokens[index + 3].value, url))
        return found
