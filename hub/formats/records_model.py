"""The layout of files made of records: fixed positions or delimited cells (docs/record-formats.md).

A layout is a FHIR logical model (https://hl7.org/fhir/R4/structuredefinition.html#logical) with
the extensions named here. They are Benkan's own: FHIR has none for records.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any, NamedTuple, TypeAlias

from hub import errors
from hub.formats.logical import Element

BASE = "https://benkan.example/fhir/StructureDefinition/"
FILE = BASE + "record-file"  #: on the StructureDefinition
TYPE = BASE + "record-type"  #: on an element that is a record: its type code, or ANY
FIELD = BASE + "record-field"  #: on an element that is written in a record
TOTAL = BASE + "record-total"  #: on a field that the file itself determines

ANY = "*"  #: the type code of records that carry none
MOST_FINDINGS = 50
#: Sums of up to 40 digits and as many decimals as a field can have stay exact.
EXACT = Context(prec=80)


class Written(NamedTuple):
    """A file, and every value that the encoding could only carry changed."""

    body: bytes
    losses: tuple[errors.Issue, ...]


@dataclass(frozen=True, slots=True)
class File:
    """What holds for a whole file."""

    form: str  #: fixed | delimited
    encoding: str
    bom: bool
    end: str  #: end-of-record mark: "\r\n", "\n", "" (none), or "any" (delimited, read only)
    unencodable: str  #: refuse | transliterate: a character that the encoding cannot carry
    length: int  #: fixed: characters in every record; 0: each record ends with its last field
    code_at: int  #: where the type code stands, from 0; -1: records carry none
    code_length: int  #: fixed: its characters
    separator: str
    quote: str  #: "" where cells are never quoted
    quote_all: bool
    header: str  #: none | exact | any-order: a first line with the names of the columns
    mark: str  #: decimal mark of amounts with written decimals
    empty: str  #: missing | distinct: what a quoted empty cell means


@dataclass(frozen=True, slots=True)
class Total:
    """A value the file determines: checked when read, written when absent from the tree."""

    kind: str  #: count | sum of `names`; records: physical records of the element
    depth: int  #: how many elements the total's own path shares with what it counts
    names: tuple[str, ...]  #: from there down to what it counts
    path: str  #: what it counts, as an element path


@dataclass(frozen=True, slots=True)
class Field:
    """One value in a record."""

    element: Element
    at: int  #: from 0: a character position, or the number of a cell
    length: int  #: characters; delimited: at most so many, 0 for any
    most: int  #: numbered repeats
    step: int  #: from one repeat to the next
    title: str  #: delimited: the name of the column
    right: bool
    pad: str
    decimals: int | None  #: implied decimals; None: the mark is written
    sign_at: int  #: fixed: where + or - stands; -1: the value cannot be negative
    date: str  #: AAAAMMJJ, JJ/MM/AAAA, AAMMJJ…; "" for ISO 8601
    century: int  #: first year of the hundred that AA can mean
    yes: str
    no: str
    fixed: Any  #: a constant; None for none
    total: Total | None
    unencodable: str  #: the rule for this field

    @property
    def many(self) -> bool:
        """Whether it is a list in the tree."""
        return self.element.many

    @property
    def given(self) -> bool:
        """Whether a tree may leave it out although it is always written."""
        return self.fixed is not None or self.total is not None


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together in a record, perhaps repeated."""

    element: Element
    slots: tuple[Slot, ...]
    most: int
    step: int

    @property
    def many(self) -> bool:
        """Whether it is a list in the tree."""
        return self.element.many


Slot: TypeAlias = Field | Group


@dataclass(frozen=True, slots=True)
class Record:
    """A kind of record with the records below it; without a code, only what holds them."""

    element: Element
    code: str | None
    slots: tuple[Slot, ...]
    records: tuple[Record, ...]
    most: int | None  #: None for any number
    width: int  #: fixed: characters up to its last field; delimited: cells
    blanks: tuple[tuple[int, int], ...]  #: fixed: stretches that no field covers

    @property
    def first(self) -> frozenset[str]:
        """The type codes with which it can begin."""
        if self.code is not None:
            return frozenset((self.code,))
        codes: set[str] = set()
        for child in self.records:
            codes |= child.first
            if child.element.required:
                break
        return frozenset(codes)

    @property
    def automatic(self) -> bool:
        """Whether an empty tree is enough: all it must hold is constant or counted."""
        own = all(
            not slot.element.required or (isinstance(slot, Field) and slot.given)
            for slot in self.slots
        )
        return own and all(not child.element.required or child.automatic for child in self.records)


@dataclass(frozen=True, slots=True)
class RecordModel:
    """A partner's file."""

    url: str
    file: File
    root: Record
    by_path: Mapping[str, Record]
    codes: Mapping[str, str]  #: every type code with what it means


def exact_sum(values: list[Any]) -> Decimal:
    """The sum of amounts, never rounded.

    Raises:
        ValueError: one of them is not an exact number.
    """
    total = Decimal(0)
    for value in values:
        if not isinstance(value, Decimal | int):
            raise ValueError(f"{value!r} is not an amount")
        total = EXACT.add(total, Decimal(value))
    return total
