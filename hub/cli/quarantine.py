"""`benkan quarantine`: what partners sent and nobody could read or match."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli import with_partners
from hub.cli.acting import actor
from hub.cli.exchanges import find
from hub.cli.output import console, print_json, table
from hub.watching import quarantine

app = typer.Typer(no_args_is_help=True, help="What could not be read or matched.")
Number = Annotated[str, typer.Argument(help="Its number, as `benkan quarantine list` shows it.")]


@app.command("list")
def list_(
    partner: Annotated[str, typer.Option(help="Only this partner.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """What waits for a person, newest first."""
    hub = with_partners.build()
    found = quarantine.items(hub, partner)
    hub.close()
    if as_json:
        told = ("id", "partner", "reason", "reference", "sha256", "applies_itself")
        rows = [{name: getattr(one, name) for name in told} for one in found]
        dated = zip(rows, found, strict=True)
        print_json([row | {"at": i.at.isoformat(), "size": len(i.body)} for row, i in dated])
        return
    cells = [[one.id, one.partner, one.reference, one.reason] for one in found]
    table(f"{len(found)} en quarantaine", ["n°", "organisme", "référence", "pourquoi"], cells)


@app.command()
def show(number: Number) -> None:
    """One of them, its identities masked by its partner's adapter."""
    hub = with_partners.build()
    one = quarantine.item(hub, number)
    text = quarantine.shown(hub, one)
    hub.close()
    console.print(f"{one.partner} : {one.reference}\n{one.reason}\n", markup=False)
    hidden = "Contenu masqué : l'adaptateur n'est pas configuré ici. / Content hidden."
    console.print(text or hidden, markup=False, soft_wrap=True)


@app.command()
def again(number: Number) -> None:
    """Read it once more, as if it had just come."""
    hub = with_partners.build()
    quarantine.again(hub, number, actor(hub))
    hub.close()
    console.print(f"{number} : repris et appliqué / taken again and applied.")


@app.command()
def match(
    number: Number,
    exchange: Annotated[str, typer.Argument(help="Exchange id or sheet number.")],
) -> None:
    """Give it to an exchange as the institution's answer."""
    hub = with_partners.build()
    partner = quarantine.item(hub, number).partner
    found = [one for one in find(hub, exchange) if one.partner == partner]
    if len(found) != 1:
        raise typer.BadParameter(f"{exchange} : {len(found)} échanges / exchanges ({partner})")
    matched = quarantine.match(hub, number, found[0], actor(hub))
    hub.close()
    console.print(f"{number} → {matched.id} ({matched.state})", markup=False)


@app.command()
def discard(
    number: Number, reason: Annotated[str, typer.Option(help="Why nothing is to be done.")]
) -> None:
    """It needs nothing more; the bytes stay stored."""
    hub = with_partners.build()
    quarantine.discard(hub, number, reason, actor(hub))
    hub.close()
    console.print(f"{number} : écarté / discarded.")
