"""What a dotted expression before the cursor leads to, in a rule or in FHIRPath.

Source: https://hl7.org/fhirpath/N1/#path-selection
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.authoring.bench_scope import Scopes, Sight
from hub.mapping.tokenize import Token
from hub.mapping.types import Type

#: Functions that give some of what they are given.
_KEEPING = {"where", "first", "last", "tail", "skip", "take", "single", "distinct", "trace"}
_LOOKING = ("where", "check", "log")
_ENDS = ("{", "}", ";")


@dataclass(frozen=True, slots=True)
class Around:
    """The parentheses around a place."""

    kind: str  #: "" for none; path: FHIRPath; arguments: of a transform or a group
    focus: Type | None = None  #: what bare names in FHIRPath are elements of


class Paths:
    """Resolves what stands before a token."""

    def __init__(self, scopes: Scopes, tokens: Sequence[Token]) -> None:
        self._scopes, self._tokens = scopes, tokens

    def around(self, end: int) -> Around:
        """In which parentheses the place before token number `end` is."""
        opening = self._opening(end)
        if opening < 0:
            return Around("")
        before = self._tokens[opening - 1] if opening else None
        if before is None or before.kind != "id":
            return Around("path", self._outer(opening))
        if before.text in _LOOKING and not self._dot(opening - 2):
            return Around("path", self._scopes.at(opening - 1).focus)
        if self._dot(opening - 2):
            outer = self.around(opening - 1)
            return Around("path", self.type(opening - 3, outer, self._scopes.at(opening - 2)))
        outer = self.around(opening - 1)
        return Around("path", outer.focus) if outer.kind == "path" else Around("arguments")

    def type(self, last: int, around: Around, sight: Sight) -> Type | None:
        """The type of the path that ends with token number `last`."""
        steps: list[tuple[str, str]] = []  # (name, type argument of a function or "")
        position = last
        while position >= 0:
            token, argument = self._tokens[position], ""
            called = token.text == ")"
            if called:
                opening = self._opening(position)
                inner = self._tokens[opening + 1 : position]
                argument = "".join(each.text for each in inner) or "()"
                position = opening - 1
                token = self._tokens[position] if position >= 0 else token
            if token.kind not in ("id", "delimited"):
                return None
            steps.append((token.value, argument))
            if not self._dot(position - 1):
                break
            position -= 2
        if position < 0 or not steps:
            return None
        by_name = position > 0 and self._tokens[position - 1].text == "%"
        (first, call), *rest = reversed(steps)
        made = None if call else self._first(first, by_name, around, sight)
        for name, argument in rest:
            made = self._step(made, name, argument)
        return made

    def _first(self, name: str, by_name: bool, around: Around, sight: Sight) -> Type | None:
        known = sight.variables.get(name)
        if name == "$this":
            return around.focus
        if around.kind == "path" and not by_name and around.focus is not None:
            element, made = self._scopes.element(around.focus, name)
            if element is not None:
                return made
        return known.type if known is not None else None

    def _step(self, made: Type | None, name: str, argument: str) -> Type | None:
        if not argument:
            return self._scopes.element(made, name)[1]
        if name in ("ofType", "as"):
            return self._scopes.type(argument)
        return made if name in _KEEPING else None

    def _opening(self, end: int) -> int:
        """The parenthesis that is open before token number `end`; -1 for none."""
        depth = 0
        for position in range(end - 1, -1, -1):
            text = self._tokens[position].text
            if text == ")":
                depth += 1
            elif text == "(":
                if not depth:
                    return position
                depth -= 1
            elif text in _ENDS:
                return -1
        return -1

    def _outer(self, opening: int) -> Type | None:
        outer = self.around(opening)
        return outer.focus if outer.kind == "path" else None

    def _dot(self, position: int) -> bool:
        return position >= 0 and self._tokens[position].text == "."
