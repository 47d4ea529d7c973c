"""How commands print: tables for people, JSON for programs."""

from __future__ import annotations

import json
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

console = Console(highlight=False)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(value, ensure_ascii=False, indent=1, default=str))


def table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """A table; a long cell wraps, but the first columns, which name the row, never do."""
    made = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for number, column in enumerate(columns):
        made.add_column(column, overflow="fold", no_wrap=number < 2)
    for row in rows:
        made.add_row(*row)
    console.print(made)
