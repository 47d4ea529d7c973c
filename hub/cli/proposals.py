"""`benkan proposal`: changes that two persons make; who proposed one does not accept it."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli import with_partners
from hub.cli.clients import account
from hub.cli.output import console, print_json, table
from hub.watching import proposals

app = typer.Typer(no_args_is_help=True, help="Accounts, clients and settings to be decided.")
Number = Annotated[int, typer.Argument(help="Its number, as `benkan proposal list` shows it.")]


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """What waits for a decision."""
    hub = with_partners.build()
    found = proposals.pending(hub)
    hub.close()
    if as_json:
        told = ("seq", "kind", "act", "subject", "payload", "reason", "proposer", "proposed")
        print_json([{name: getattr(one, name) for name in told} for one in found])
        return
    cells = [[str(p.seq), p.subject, f"{p.kind} {p.act}", p.reason, p.proposer] for p in found]
    table(f"{len(found)} à décider", ["n°", "sur", "quoi", "motif", "proposé par"], cells)


@app.command()
def accept(number: Number) -> None:
    """Make the change; prints once what must be handed over in person."""
    hub = with_partners.build()
    found, told = proposals.accept(hub, number, account())
    hub.close()
    console.print(f"{number} : {found.subject}, accepté / accepted.", markup=False)
    for name, value in told.items():
        console.print(f"{name} : {value}", markup=False, soft_wrap=True)


@app.command()
def refuse(number: Number) -> None:
    """Nothing is changed."""
    hub = with_partners.build()
    found = proposals.refuse(hub, number, account())
    hub.close()
    console.print(f"{number} : {found.subject}, refusé / refused.", markup=False)
