"""An XLSX workbook looked at before the library that reads it: what it would unpack and grow to.

The library believes what a workbook says of itself: a row may name any number and every row before
it is made, a cell any column, and rows or cells out of order are dropped without a word.
Source: https://ecma-international.org/publications-and-standards/standards/ecma-376/ (part 1, 18)
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from lzma import LZMAError

from lxml import etree

from hub.errors import Invalid
from hub.formats.sheet_limits import refused

MOST_BYTES = 64_000_000  #: of a workbook, unpacked
MOST_PARTS = 2_000
MOST_DEPTH = 64
MOST_CELLS = 2_000_000  #: elements of rows, cells and texts
MOST_OTHERS = 100_000  #: elements of all other kinds: styles, merged cells, links…
MOST_PLACES = 10_000_000  #: cells of the grid, the empty ones left of a filled one included
MOST_TEXT = 250_000  #: characters of a text: 32 767 of a cell, each of which may be escaped
#: characters of formulas that are written anew for each cell that shares them
MOST_SHARED = 20_000_000
LAST_ROW = 1_048_576
_LIGHT = frozenset({"row", "c", "v", "f", "is", "t", "si", "r"})
_TEXTS = frozenset({"v", "f", "t"})
_CELL = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, LZMAError, struct.error, EOFError),
    *(NotImplementedError, RuntimeError, OSError, ValueError),
)


class _Doubtful(Exception):
    """Not to be opened."""


def check(body: bytes) -> None:
    """Let no workbook in that would grow to very much, has a document type or loses cells.

    Raises:
        Invalid: it does, or is damaged or protected.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
                raise _Doubtful
            seen = _Counted()
            for part in parts:
                _check_part(packed.read(part), seen)
    except (_Doubtful, *_DAMAGED):
        raise _not_admitted() from None


def _check_part(body: bytes, seen: _Counted) -> None:
    """A part that is no XML, a picture for example, is not read by anybody."""
    if body.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1] != b"<":
        return
    seen.marks += body.count(b"<")
    if seen.marks > 2 * (MOST_CELLS + MOST_OTHERS) or b"\x00" in body or b"<!DOCTYPE" in body:
        raise _Doubtful  # in two bytes a character nobody but an attacker writes a workbook
    reader = etree.XMLParser(
        target=_Part(seen), resolve_entities=False, no_network=True, load_dtd=False
    )
    try:
        etree.fromstring(body, reader)
    except etree.XMLSyntaxError:
        raise _Doubtful from None


class _Counted:
    """What all parts have together."""

    marks = 0  #: where an element may begin or end: counted before anything is read
    cells = others = places = shared = longest = 0


class _Part:
    """Hears one part as it is read; keeps nothing of it.

    https://lxml.de/parsing.html#the-target-parser-interface
    """

    def __init__(self, seen: _Counted) -> None:
        self.seen = seen
        self.depth = self.row = self.column = self.length = 0
        self.name = ""

    def start(self, tag: str, attributes: dict[str, str], /) -> None:
        """An element begins."""
        self.depth += 1
        self.length = 0
        name = self.name = tag.rpartition("}")[2]
        if name in _LIGHT:
            self.seen.cells += 1
        else:
            self.seen.others += 1
        seen = self.seen
        if self.depth > MOST_DEPTH or seen.cells > MOST_CELLS or seen.others > MOST_OTHERS:
            raise _Doubtful
        if name == "row":
            self._begin_row(attributes.get("r"))
        elif name == "c":
            self._begin_cell(attributes.get("r"))
        elif name == "f" and attributes.get("t") == "shared":
            seen.shared += 1

    def end(self, tag: str, /) -> None:
        """An element ends."""
        self.depth -= 1
        self.name = ""

    def data(self, text: str, /) -> None:
        """Text, perhaps in pieces."""
        self.length += len(text)
        if self.name not in _TEXTS:
            return
        if self.name == "f":
            self.seen.longest = max(self.seen.longest, self.length)
        if self.length > MOST_TEXT or self.seen.longest * self.seen.shared > MOST_SHARED:
            raise _Doubtful

    def close(self) -> None:
        """The end of the part."""

    def comment(self, text: str, /) -> None:
        """Said to nobody."""

    def pi(self, target: str, data: str, /) -> None:
        """Said to nobody."""

    def start_ns(self, prefix: str, uri: str, /) -> None:
        """A name for a namespace; names come with theirs."""

    def end_ns(self, prefix: str, /) -> None:
        """The end of it."""

    def doctype(self, root: str | None, public: str | None, system: str | None, /) -> None:
        """Refused, in whatever encoding it is written."""
        raise _Doubtful

    def _begin_row(self, told: str | None) -> None:
        number = self.row + 1
        if told is not None:
            number = int(told) if told.isascii() and told.isdigit() and len(told) < 8 else 0
        if not self.row < number <= LAST_ROW:
            raise _Doubtful
        self.row, self.column = number, 0

    def _begin_cell(self, told: str | None) -> None:
        column = self.column + 1
        if told is not None:
            found = _CELL.fullmatch(told)
            column = _number(found[1]) if found else 0
        if column <= self.column:
            raise _Doubtful
        self.seen.places += column - self.column
        if self.seen.places > MOST_PLACES:
            raise _Doubtful
        self.column = column


def _number(letters: str) -> int:
    """A → 1, Z → 26, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _not_admitted() -> Invalid:
    return refused(
        "le fichier n'est pas un classeur XLSX admis (protégé, abîmé, ou plus de "
        f"{MOST_BYTES // 1_000_000} Mo une fois ouvert) ; enregistrez-le de nouveau, ou en CSV",
        "the file is not an acceptable XLSX workbook (protected, damaged, or more than "
        f"{MOST_BYTES // 1_000_000} MB once opened); save it again, or as CSV",
    )
