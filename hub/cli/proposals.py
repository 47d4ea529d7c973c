"""`benkan proposal`: changes that two persons make; who proposed one does not accept it."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli import changing, with_partners
from hub.cli.acting import required
from hub.cli.output import console, print_json, table
from hub.watching import proposals
from hub.wiring import Hub

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
    """Make the change, as the person who signed in (benkan sign-in); prints once what must be
    handed over in person."""
    hub = with_partners.build()
    try:
        found, told = proposals.accept(hub, number, _person(hub, number))
    finally:
        hub.close()
    console.print(f"{number} : {found.subject}, accepté / accepted.", markup=False)
    changing.tell(told)


@app.command()
def refuse(number: Number) -> None:
    """Nothing is changed; whoever proposed it may take it back so too."""
    hub = with_partners.build()
    try:
        found = proposals.refuse(hub, number, _person(hub, number))
    finally:
        hub.close()
    console.print(f"{number} : {found.subject}, refusé / refused.", markup=False)


def _person(hub: Hub, number: int) -> str:
    """Whoever signed in, with the right to decide about this one."""
    return required(hub, proposals.RIGHTS[proposals.one(hub, number).kind]).id
