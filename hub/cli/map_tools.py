"""`benkan map`: explain. What a mapping author looks at; none of it needs a database."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from hub import map_wiring, wiring
from hub.formats import exact_json
from hub.settings import Settings

Folders = Annotated[
    list[Path] | None,
    typer.Option("--import", help="Further folders or packages of maps, tables, models."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
_WIDTH, _VALUE, _MOST = 100, 60, 4


def tools(folders: Sequence[Path] | None, files: Sequence[Path] = ()) -> Any:
    """The tools for the packaged maps, these folders, and the folders of these files."""
    parents = [file.parent for file in files if file.is_file()]
    return map_wiring.map_tools([*wiring.map_folders(Settings()), *(folders or []), *parents])


def print_tree(tree: Any) -> None:
    """One JSON document on standard output; amounts keep their digits."""
    sys.stdout.buffer.write(exact_json.dumps(tree) + b"\n")


def print_tables(made: Any, traced: Any, stream: Console) -> None:
    """What was made and what the source held, for a terminal of 100 columns."""
    rows = made.target_rows(traced, _MOST, _VALUE)
    stream.print(
        _table("Ce qui a été produit / What was made", made.target_headings, rows, (5, 4, 7, 5))
    )
    rows = made.source_rows(traced, _MOST, _VALUE)
    stream.print(
        _table(
            "Ce que la source contenait / What the source held",
            made.source_headings,
            rows,
            (7, 5, 3, 5),
        )
    )


def paper(stderr: bool = False) -> Console:
    """A console 100 columns wide, or as wide as a narrower terminal."""
    found = Console(stderr=stderr, highlight=False)
    found.width = min(found.width, _WIDTH) if found.is_terminal else _WIDTH
    return found


def _table(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], ratios: Sequence[int]
) -> Table:
    made = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for heading, ratio in zip(headings, ratios, strict=True):
        made.add_column(heading.replace(" / ", "\n"), overflow="fold", ratio=ratio)
    for row in rows:
        made.add_row(*(cell.replace("[", r"\[") for cell in row))
    return made


def explain(
    map_name: Annotated[
        str, typer.Argument(metavar="MAP", help="A map file or its canonical url.")
    ],
    source: Annotated[Path, typer.Option(help="The source tree: JSON or XML, told by content.")],
    folders: Folders = None,
    as_json: AsJson = False,
    html: Annotated[
        Path | None, typer.Option(help="Write a page to print and keep as evidence.")
    ] = None,
) -> None:
    """Tell where each value of the target came from, and what became of each source value."""
    made = tools(folders, [Path(map_name)])
    found = made.explain(map_name, source.name, source.read_bytes())
    if html is not None:
        html.write_text(made.page(found), encoding="utf-8")
    if as_json:
        print_tree(made.as_tree(found))
        return
    stream = paper()
    print_tables(made, found.traced, stream)
    for warning in found.traced.warnings:
        stream.print(f"{warning.path}: {warning.fr} / {warning.en}", markup=False)
    if html is not None:
        stream.print(f"Page : {html}", markup=False)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(explain)
