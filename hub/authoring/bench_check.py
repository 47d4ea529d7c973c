"""What is wrong with a map's text, each finding with the stretch of text it is about."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from hub.mapping.findings import MapError
from hub.mapping.library import Library
from hub.mapping.tokenize import Lines, Token, tokenize

NAME = "brouillon.fml"  #: stands for the file of a text that has none


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding; lines and columns from 1, columns in UTF-16 units as browsers count them."""

    line: int
    column: int
    end_line: int
    end_column: int
    severity: str  #: error | warning
    fr: str
    en: str
    rule: str  #: group/rule, "" when none is known
    spec: str  #: page of the specification
    file: str  #: "" for the text itself; else the imported map's file name


def check(library: Library, text: str) -> list[Diagnostic]:
    """Every finding of the compiler, in the order of the text, warnings among them.

    Args:
        library: the maps, tables and models the text may name.
        text: a map in FML.
    """
    places = Stretches(text)
    return [_diagnostic(found, places) for found in library.findings_in(text, NAME)]


def _diagnostic(found: MapError, places: Stretches) -> Diagnostic:
    told = (found.severity, found.fr or found.message, found.message, found.rule, found.spec)
    if found.file not in ("", NAME):
        return Diagnostic(1, 1, 1, 1, *told, found.file.rpartition("/")[2])
    start, end = places.around(places.offset(found.line, found.column))
    return Diagnostic(*places.place(start), *places.place(end), *told, "")


class Stretches:
    """Places of a text: offsets, lines and columns, tokens and rules."""

    def __init__(self, text: str) -> None:
        self.text, self.tokens = text, tokenize(text)
        self._starts = [token.start for token in self.tokens]
        self._lines = Lines(text)

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column as the compiler counts them: in characters."""
        starts = self._lines.starts
        if line > len(starts):
            return len(self.text)
        return min(starts[max(line, 1) - 1] + max(column, 1) - 1, len(self.text))

    def place(self, offset: int) -> tuple[int, int]:
        """(line, column in UTF-16 units) of an offset."""
        line, column = self._lines.place(offset)
        before = self.text[offset - column + 1 : offset]
        return line, 1 + len(before.encode("utf-16-le")) // 2

    def around(self, offset: int) -> tuple[int, int]:
        """(start, end) of the token at an offset, with what is dotted to it.

        At the end of the text, of the last token there is.
        """
        index = self.index(offset)
        if self.tokens[index].kind == "end":
            last = self.tokens[max(index - 1, 0)]
            return last.start, last.end
        token = self.tokens[index]
        if not token.start <= offset <= token.end:
            return offset, min(offset + 1, len(self.text))
        end = token.end
        while token.kind == "id" and self.tokens[index + 1].text == ".":
            index += 2  # src.careDate is one thing
            if self.tokens[index].kind not in ("id", "delimited"):
                break
            end = self.tokens[index].end
        return token.start, end

    def rule(self, offset: int) -> tuple[int, int]:
        """(start, end) of the rule or group that begins at an offset, with its `;` or `}`."""
        depth = 0
        last = offset
        for token in self.tokens[self.index(offset) :]:
            if token.kind == "end" or (token.text in (")", "}", "]") and not depth):
                break
            depth += _step(token)
            last = token.end
            if not depth and (token.text == ";" or (token.text == "}" and self._closes(token))):
                break
        return offset, last

    def _closes(self, token: Token) -> bool:
        """Does this brace end what began outside of it? Behind a rule's brace stands its name."""
        following = self.tokens[self.index(token.start) + 1]
        return following.kind not in ("string", "double") and following.text not in (";", ",")

    def index(self, offset: int) -> int:
        """The number of the token at an offset, or of the last one before it."""
        return max(bisect_right(self._starts, offset) - 1, 0)


def _step(token: Token) -> int:
    if token.kind != "op":
        return 0
    return (token.text in ("(", "{", "[")) - (token.text in (")", "}", "]"))
