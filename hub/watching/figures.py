"""One table of figures: what it is called, its columns, its rows; small counts are hidden."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hub.formats.spreadsheet import harmless

#: A cell that is hidden because too few people stand behind it.
HIDDEN = "hidden"
Cell = str | int | Decimal | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a figure."""

    key: str  #: its name in CSV and JSON
    fr: str
    en: str
    counts: bool = False  #: how many claims: hidden below the threshold, with `of`
    of: tuple[str, ...] = ()  #: columns that are hidden with it
    shown: bool = True  #: drawn in the chart


@dataclass(frozen=True, slots=True)
class Figure:
    """A table, and how it may be drawn."""

    key: str
    fr: str
    en: str
    columns: tuple[Column, ...]
    rows: list[list[Cell]]
    kind: str = "bar"  #: bar | line | map | table
    fr_note: str = ""
    en_note: str = ""
    hidden: int = 0  #: cells that are hidden
    labels: dict[str, tuple[str, str]] = field(default_factory=dict)  #: code → French, English

    def masked(self, threshold: int) -> Figure:
        """The same with counts above nought and below the threshold hidden.

        One hidden cell alone in its column could be found from a total: the next smallest is
        hidden with it.
        """
        rows = [list(row) for row in self.rows]
        places = {column.key: n for n, column in enumerate(self.columns)}
        hidden = 0
        for column in self.columns:
            if not column.counts:
                continue
            at = places[column.key]
            counted = [n for n, row in enumerate(rows) if isinstance(row[at], int) and row[at]]
            small = [n for n in counted if _number(rows[n][at]) < threshold]
            if len(small) == 1 and len(counted) > 1:
                others = [n for n in counted if n not in small]
                small.append(min(others, key=lambda n: _number(rows[n][at])))
            for n in small:
                for name in (column.key, *column.of):
                    rows[n][places[name]] = HIDDEN
                hidden += 1
        return Figure(
            self.key,
            self.fr,
            self.en,
            self.columns,
            rows,
            self.kind,
            self.fr_note,
            self.en_note,
            hidden,
            self.labels,
        )

    def csv(self) -> str:
        """As a file for a spreadsheet: names of columns as keys, hidden cells empty."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow([column.key for column in self.columns])
        for row in self.rows:
            writer.writerow([_text(cell) for cell in row])
        return out.getvalue()

    def tree(self) -> dict[str, Any]:
        """As JSON: amounts are texts, hidden cells null with their number beside."""
        keys = [column.key for column in self.columns]
        rows = [
            {
                key: None if cell == HIDDEN else str(cell) if isinstance(cell, Decimal) else cell
                for key, cell in zip(keys, row, strict=True)
            }
            for row in self.rows
        ]
        return {"figure": self.key, "fr": self.fr, "en": self.en, "hidden": self.hidden} | {
            "rows": rows
        }

    def label(self, cell: Cell, language: str) -> str:
        """A code as people read it."""
        french, english = self.labels.get(str(cell), (str(cell), str(cell)))
        return english if language == "en" else french


def _number(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0


def _text(cell: Cell) -> str:
    if cell is None or cell == HIDDEN:
        return ""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return harmless(cell) if isinstance(cell, str) else str(cell)


def middle(values: Sequence[float], share: float) -> float | None:
    """The value below which this share of them lies (nearest rank); None of none."""
    if not values:
        return None
    ordered = sorted(values)
    rank = -(-int(share * 100) * len(ordered) // 100)
    return ordered[max(0, rank - 1)]
