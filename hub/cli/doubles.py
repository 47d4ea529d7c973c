"""`benkan exchange doubles`: the same act billed to two institutions."""

from __future__ import annotations

from typing import Annotated

import typer

from hub import wiring
from hub.cli.output import print_json, table


def register(app: typer.Typer) -> None:
    """Add the command to `benkan exchange`."""
    app.command()(doubles)


def doubles(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """The same act billed to two institutions: same person, provider, act and day; newest first.

    By the rule doubleBilling of the routing table the later claim is held, or both are flagged.
    """
    found = wiring.build(adapters={}).store.doubles()
    if as_json:
        print_json(
            [
                {
                    "at": double.at.isoformat(),
                    "handling": double.handling,
                    "exchange": later.id,
                    "partner": later.partner,
                    "held": later.held,
                    "other": first.id,
                    "other_partner": first.partner,
                }
                for double, later, first in found
            ]
        )
        return
    rows = [
        [
            later.id,
            f"{later.identifier.rpartition('|')[2]} → {later.partner}",
            f"{first.identifier.rpartition('|')[2]} → {first.partner}",
            "retenue" if later.held else str(later.state),
        ]
        for _, later, first in found
    ]
    columns = ["échange", "feuille", "facturée d'abord par", "état"]
    table(f"{len(found)} double(s) facturation(s) / billed twice", columns, rows)
