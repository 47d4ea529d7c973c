"""`benkan stats`: the figures of a month, as the console's dashboards show them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from hub import wiring
from hub.cli.output import console, print_json, table
from hub.watching import statistics
from hub.watching.figures import HIDDEN, Cell, Figure


def register(root: typer.Typer) -> None:
    """Add the command to `benkan`."""
    root.command()(stats)


def stats(
    figure: Annotated[
        str, typer.Argument(help=f"One of: {', '.join(statistics.KEYS)}; none: all.")
    ] = "",
    month: Annotated[str, typer.Option(help="Month of care, YYYY-MM; default: this one.")] = "",
    body: Annotated[str, typer.Option(help="Only this managing body, by its code.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="One figure as CSV.")] = False,
) -> None:
    """Volumes, times, reasons, codes, arrears, claim to cash, the three positions, regions.

    Counts below BENKAN_MASKING are hidden (·), here too.
    """
    if as_csv and not figure:
        raise typer.BadParameter("--csv : nommez une figure / name a figure")
    hub = wiring.build(adapters={})
    if body and body not in hub.table.bodies:
        raise typer.BadParameter(", ".join(hub.table.bodies), param_hint="--body")
    found = statistics.figures(hub, month, body, figure)
    hub.close()
    if as_csv:
        sys.stdout.write(found[0].csv())
    elif as_json:
        print_json([one.tree() for one in found])
    else:
        for one in found:
            _print(one)


def _print(one: Figure) -> None:
    columns = [column.fr for column in one.columns]
    table(one.fr, columns, [[_cell(one, cell) for cell in row] for row in one.rows])
    if one.fr_note:
        console.print(one.fr_note, markup=False)


def _cell(one: Figure, cell: Cell) -> str:
    if cell is None:
        return "—"
    return "·" if cell == HIDDEN else one.label(cell, "fr")
