"""Comments of an FML text as documentation: those above a group or rule, and behind a rule's end.

Source: https://hl7.org/fhir/R5/mapping-language.html (comments), StructureMap.group.documentation
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hub.mapping.tokenize import Token

_COMMENT = re.compile(r"//+[ \t]?(?P<line>[^\n]*)|/\*(?P<block>.*?)(?:\*/|\Z)", re.DOTALL)


def above(text: str, tokens: Sequence[Token], index: int) -> list[str]:
    """The lines of the comments between a token and the one before it.

    What stands behind another token than `{` on its line belongs to what ends there.
    """
    last = tokens[index - 1] if index else None
    start = last.end if last is not None else 0
    if last is not None and last.text != "{":
        line = text.find("\n", start)
        start = tokens[index].start if line < 0 else line
    return list(_lines(text[start : tokens[index].start]))


def behind(text: str, tokens: Sequence[Token], index: int) -> list[str]:
    """The lines of a comment that follows a token on its line."""
    following = tokens[index + 1].start if index + 1 < len(tokens) else len(text)
    gap = text[tokens[index].end : following]
    return list(_lines(gap.partition("\n")[0] if "/*" not in gap.partition("\n")[0] else ""))


def written(documentation: str, indent: str) -> list[str]:
    """Documentation as comment lines."""
    return [f"{indent}// {line}".rstrip() for line in documentation.split("\n")]


def _lines(gap: str) -> Iterator[str]:
    for comment in _COMMENT.finditer(gap):
        if comment["line"] is not None:
            yield comment["line"].rstrip()
        else:
            yield from (line.strip().lstrip("*").strip() for line in comment["block"].split("\n"))
