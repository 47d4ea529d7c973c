"""`benkan rights`: the rights matrix to read: who may do what, and how far it reaches."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.access.matrix import matrix
from hub.cli.output import print_json, table


def register(root: typer.Typer) -> None:
    """Add the command."""
    root.command()(rights)


def rights(
    role: Annotated[str, typer.Option(help="Only what this role may.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Who may do what, and how far it reaches; what is not there is denied."""
    known = matrix()
    if role and role not in known.roles:
        raise typer.BadParameter(", ".join(known.roles))
    found = {
        operation: {r: str(how) for r, how in row.items() if role in ("", r) or r == "*"}
        for operation, row in known.rights.items()
    }
    shown = {operation: row for operation, row in found.items() if row}
    if as_json:
        print_json({"roles": known.roles, "conditions": known.conditions, "rights": shown})
        return
    rows = [
        [operation, ", ".join(f"{r} ({known.conditions[how]['fr']})" for r, how in row.items())]
        for operation, row in shown.items()
    ]
    table("Matrice des droits / rights matrix", ["opération / operation", "rôles / roles"], rows)
