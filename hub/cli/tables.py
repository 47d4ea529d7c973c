"""`benkan map table`: ConceptMaps out to a spreadsheet and in again. Needs no database."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from hub import map_wiring
from hub.cli.output import console
from hub.formats import exact_json

app = typer.Typer(no_args_is_help=True, help="Code tables as CSV or XLSX, to edit by hand.")

Out = Annotated[Path | None, typer.Option(help="Where to write; beside FILE by default.")]


class Form(StrEnum):
    """Kinds of tables."""

    CSV = "csv"
    XLSX = "xlsx"


def _form(path: Path) -> str:
    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in tuple(Form):
        raise typer.BadParameter(f"{path.name}: a table ends in .csv or .xlsx")
    return suffix


def _rows(tree: Any) -> int:
    return sum(
        max(1, len(element.get("target", ())))
        for group in tree.get("group", ())
        for element in group.get("element", ())
    )


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A table, .csv or .xlsx.", exists=True)],
    out: Out = None,
) -> None:
    """Make the ConceptMap (JSON) of a table; every wrong, double or conflicting row is named."""
    tree = map_wiring.concept_map_of_table(file.read_bytes(), _form(file))
    target = out or file.with_suffix(".json")
    target.write_bytes(msgspec.json.format(exact_json.dumps(tree), indent=1) + b"\n")
    console.print(f"{file} → {target} ({_rows(tree)} rows)", markup=False, soft_wrap=True)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="A ConceptMap, JSON, R4 or R5.", exists=True)],
    out: Out = None,
) -> None:
    """Write a ConceptMap as a table: .csv by default, .xlsx when --out ends so."""
    target = out or file.with_suffix(".csv")
    tree = exact_json.loads(file.read_bytes())
    target.write_bytes(map_wiring.table_of_concept_map(tree, _form(target)))
    console.print(f"{file} → {target} ({_rows(tree)} rows)", markup=False, soft_wrap=True)
