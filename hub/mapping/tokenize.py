"""Text to tokens, for FML and FHIRPath alike.

Source: https://hl7.org/fhirpath/N1/#lexical-elements and mapping.g4 of the mapping language guide.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

_TIME = r"\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?"
_PATTERN = re.compile(
    rf"""(?P<space>\s+|//(?!/)[^\n]*|////[^\n]*|/\*.*?\*/)
    |(?P<meta>///)
    |(?P<markdown>\"\"\".*?\"\"\")
    |(?P<double>"(?:[^"\\]|\\.)*")
    |(?P<string>'(?:[^'\\]|\\.)*')
    |(?P<delimited>`(?:[^`\\]|\\.)*`)
    |(?P<date>@\d{{4}}(?:-\d\d(?:-\d\d)?)?(?:T(?:{_TIME})?(?:Z|[+-]\d\d:\d\d)?)?|@T{_TIME})
    |(?P<long>\d+L\b)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<id>\$?[^\W\d]\w*)
    |(?P<op><<|>>|->|\.\.|<=|>=|!=|!~|==|[-+*/%&|=~<>.,;:(){{}}\[\]])
    |(?P<bad>.)""",
    re.VERBOSE | re.DOTALL,
)
_METADATA = re.compile(r"[ \t]*[^\W\d]\w*(?:[ \t]*\.[ \t]*[^\W\d]\w*)*[ \t]*=[ \t]*")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {"f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Token(NamedTuple):
    """One token: its kind, its text as written, its value unescaped, its offsets."""

    kind: str
    text: str
    value: str
    start: int
    end: int


def unescape(body: str) -> str:
    """The characters a string literal stands for."""

    def one(match: re.Match[str]) -> str:
        what = match.group(1)
        return chr(int(what[1:], 16)) if len(what) == 5 else _ESCAPED.get(what, what)

    return _ESCAPE.sub(one, body) if "\\" in body else body


def _value(kind: str, text: str) -> str:
    if kind in ("double", "string", "delimited"):
        return unescape(text[1:-1])
    if kind == "markdown":
        return text[3:-3].strip("\r\n")
    if kind == "date":
        return text[1:]
    return text[:-1] if kind == "long" else text


def tokenize(text: str) -> list[Token]:
    """All tokens and one of kind `end`. Never fails: what fits nothing has the kind `bad`.

    `///` begins a metadata line before the first brace, and a comment inside braces.
    """
    tokens: list[Token] = []
    depth = place = 0
    while place < len(text):
        match = _PATTERN.match(text, place)
        if match is None:
            break
        kind, written = match.lastgroup or "bad", match.group()
        place = match.end()
        if kind == "meta":
            line = _METADATA.match(text, place)
            if depth or line is None:
                place = _line_end(text, place)
                continue
            tokens.append(Token(kind, written, written, match.start(), match.end()))
            place = _bare(text, line, tokens)
            continue
        depth += (written == "{") - (written == "}")
        if kind != "space" and written != "\ufeff":
            tokens.append(Token(kind, written, _value(kind, written), match.start(), match.end()))
    tokens.append(Token("end", "", "", len(text), len(text)))
    return tokens


def _line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _bare(text: str, line: re.Match[str], tokens: list[Token]) -> int:
    """The tokens of `path =`, and one of kind `bare` for a value without quotes."""
    for match in _PATTERN.finditer(text, line.start(), line.end()):
        kind, written = match.lastgroup or "bad", match.group()
        if kind != "space":
            tokens.append(Token(kind, written, _value(kind, written), match.start(), match.end()))
    place = line.end()
    if text[place : place + 1] in ('"', "'"):
        return place
    end = _line_end(text, place)
    written = text[place:end].split(" //")[0].strip()
    if written:
        tokens.append(Token("bare", written, written, place, place + len(written)))
    return end


class Lines:
    """Offsets to lines and columns, both from 1."""

    def __init__(self, text: str) -> None:
        self.starts = [0, *(m.end() for m in re.finditer("\n", text))]

    def place(self, offset: int) -> tuple[int, int]:
        """(line, column) of an offset."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1
