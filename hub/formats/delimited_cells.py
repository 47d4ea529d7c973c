"""The cells of a delimited file, each with its line and column, in linear time.

Python's csv module cannot tell an empty cell from a quoted empty one, and forgives unclosed
quotes. https://www.rfc-editor.org/rfc/rfc4180#section-2
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from hub import errors
from hub.formats.records_model import File
from hub.formats.records_read import finding


@dataclass(frozen=True, slots=True)
class Row:
    """One record."""

    line: int  #: where it begins
    cells: list[str | None]  #: None for a cell with nothing in it, "" for a quoted empty one
    columns: list[int]  #: where each begins, from 1


@cache
def _pattern(separator: str, quote: str, end: str) -> re.Pattern[str]:
    mark, q = re.escape(separator), re.escape(quote)
    line_end = r"\r?\n" if end == "any" else re.escape(end)
    # Unrolled, so that an unclosed quote costs one pass and not one for every character.
    inside = f"{q}(?P<q>[^{q}]*(?:{q}{q}[^{q}]*)*){q}|" if quote else ""
    bare = f"(?P<b>[^{mark}{q}\r\n]*)"
    return re.compile(f"(?:{inside}{bare})(?:(?P<s>{mark})|(?P<e>{line_end})|(?P<z>\\Z))")


def split(text: str, file: File) -> list[Row]:
    """The rows of a file.

    Raises:
        Unreadable: an unclosed quote, text after a closing quote, a quote inside a bare cell,
            another end-of-record mark, or a last record without one.
    """
    pattern = _pattern(file.separator, file.quote, file.end)
    rows: list[Row] = []
    at = start = 0
    line = 1
    row = Row(line, [], [])
    while at < len(text) or row.cells:
        match = pattern.match(text, at)
        if match is None or (match["z"] is not None and file.end != "any"):
            raise errors.Unreadable(_why(text, at, line, at - start + 1, file))
        quoted = match.groupdict().get("q")
        cell = match["b"] or None
        if quoted is not None:
            cell = quoted.replace(file.quote * 2, file.quote)
            breaks = quoted.count("\n")
        else:
            breaks = 0
        row.cells.append(cell)
        row.columns.append(at - start + 1)
        if breaks:
            line += breaks
            start = text.rindex("\n", at, match.end("q")) + 1
        at = match.end()
        if match["s"] is None:
            rows.append(row)
            line, start = line + 1, at
            row = Row(line, [], [])
    return rows


def _why(text: str, at: int, line: int, column: int, file: File) -> errors.Issue:
    if file.quote and text.startswith(file.quote, at):
        fr = "guillemet non fermé, ou texte après le guillemet fermant"
        return finding(line, column, fr, "an unclosed quote, or text after a closing one")
    rest = re.compile(f"[^{re.escape(file.separator + file.quote)}\r\n]*").match(text, at)
    stop = rest.end() if rest else at
    column += stop - at
    if stop >= len(text):
        return finding(
            line, column, "la fin d'enregistrement manque", "the end-of-record mark is missing"
        )
    if file.quote and text.startswith(file.quote, stop):
        return finding(
            line, column, "guillemet à l'intérieur d'une cellule", "a quote inside a bare cell"
        )
    return finding(
        line, column, "autre fin d'enregistrement que convenu", "another end-of-record mark"
    )
