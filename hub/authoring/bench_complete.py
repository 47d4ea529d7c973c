"""What may stand at a place of a map's text: elements, variables, groups, types, tables, words.

Source: https://build.fhir.org/ig/HL7/mapping-language-ig/, https://hl7.org/fhirpath/N1/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hub.authoring.bench_check import Stretches
from hub.authoring.bench_options import Option, Options
from hub.authoring.bench_paths import Paths
from hub.authoring.bench_scope import Scopes, Sight
from hub.mapping.library import Library
from hub.mapping.tokenize import Token

MOST = 300  #: options given at once
_WORD = re.compile(r"\$?\w*\Z")
_FOR_QUOTED = {"uses": "models", "imports": "maps", "create": "types", "translate": "tables"}


@dataclass(frozen=True, slots=True)
class Completions:
    """The options for a place, and where the word they replace begins."""

    line: int  #: from 1
    column: int  #: from 1, in UTF-16 units
    options: Sequence[Option]


def complete(library: Library, text: str, line: int, column: int) -> Completions:
    """What may stand at a place of a text, however unfinished it is.

    Args:
        library: the maps, tables and models the text may name.
        text: a map in FML.
        line, column: the cursor; from 1, the column in UTF-16 units.
    """
    places = Stretches(text)
    start = places.offset(line, 1)
    row = text[start:].partition("\n")[0]
    units = row.encode("utf-16-le")[: 2 * (max(column, 1) - 1)]
    before = units.decode("utf-16-le", "ignore")
    quote, comment = _quote(before)
    if comment:
        return Completions(line, column, [])
    word = _WORD.search(before)
    length = len(word[0]) if word is not None else 0
    begin = start + (quote + 1 if quote >= 0 else len(before) - length)
    scopes = Scopes(places.tokens, library.schema)
    number = sum(1 for token in places.tokens if token.end <= begin - (quote >= 0))
    number -= places.tokens[number - 1].kind == "end" if number else 0
    options = Options(library, scopes)
    found = _quoted(options, places, number) if quote >= 0 else _bare(options, places, number)
    written = text[begin : start + len(before)].lower()
    fitting = [one for one in dict.fromkeys(found) if written in one.label.lower()]
    fitting.sort(key=lambda one: not one.label.lower().startswith(written))
    return Completions(*places.place(begin), fitting[:MOST])


def _quote(before: str) -> tuple[int, bool]:
    """Where a quotation that is open at the end of a line began, else -1; is it a comment?"""
    opened, skip = -1, False
    for index, sign in enumerate(before):
        if skip:
            skip = False
        elif opened >= 0:
            skip = sign == "\\"
            opened = -1 if sign == before[opened] else opened
        elif sign in "'\"":
            opened = index
        elif before.startswith("//", index):
            return -1, True
    return opened, False


def _quoted(options: Options, places: Stretches, number: int) -> Iterator[Option]:
    """Within quotation marks: what the word or the transform before them asks for."""
    tokens = places.tokens
    position = number - 1
    while position >= 0 and tokens[position].text not in (";", "{", "}", "="):
        asked = _FOR_QUOTED.get(tokens[position].text)
        if asked is not None:
            yield from options.listed(asked)
            return
        position -= 1


def _bare(options: Options, places: Stretches, number: int) -> Iterator[Option]:
    """Outside of quotation marks."""
    tokens, scopes = places.tokens, options.scopes
    paths, sight = Paths(scopes, tokens), scopes.at(number)
    last = tokens[number - 1].text if number else ""
    if not sight.depth:
        yield from options.listed("types") if last == ":" else options.words(last)
        return
    around = paths.around(number)
    if last == ".":
        yield from options.elements(paths.type(number - 2, around, sight))
        if around.kind == "path":
            yield from options.functions()
    elif last == "%":
        yield from options.variables(sight)
    elif around.kind == "path":
        yield from options.elements(around.focus)
        yield from options.variables(sight, "%")
        yield Option("$this", "variable", around.focus.name if around.focus is not None else "")
    elif around.kind == "arguments":
        yield from options.variables(sight)
    else:
        yield from _rule(options, sight, tokens[number - 1])


def _rule(options: Options, sight: Sight, last: Token) -> Iterator[Option]:
    """Between the parts of a rule."""
    if last.text == ":":
        yield from options.listed("types")
    elif last.text == "then":
        yield from options.groups()
    elif last.text == "=":
        yield from options.transforms()
        yield from options.variables(sight, side="source")
    elif last.text in ("{", ";", "}", "->", ","):
        yield from options.variables(sight, side=sight.side)
    else:
        yield from options.after(sight)
