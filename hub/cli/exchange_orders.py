"""`benkan exchange cancel` and `ask`: what an operator orders about a claim."""

from __future__ import annotations

from typing import Annotated

import typer

from hub import wiring
from hub.cli import acting
from hub.cli.exchanges import Id, Json, find
from hub.cli.output import console, print_json
from hub.cli.references import waited
from hub.exchange import cancelling, inquiry
from hub.model import Exchange, Operation, State


def register(group: typer.Typer) -> None:
    """Put the commands into `benkan exchange`."""
    group.command()(cancel)
    group.command()(ask)


def claim_of(hub: wiring.Hub, name: str) -> Exchange:
    """The claim's own exchange, by its id, the claim's or the sheet's number.

    Raises:
        typer.Exit: none has this name, or several do.
    """
    own = [e for e in find(hub, name) if e.parent is None and e.operation in cancelling.OF_A_CLAIM]
    if len(own) == 1:
        return own[0]
    listed = ", ".join(e.id for e in own) or "—"
    console.print(
        f"« {name} » désigne {len(own)} feuille(s) ({listed}) : donnez l'identifiant de "
        "l'échange.\n"
        f"'{name}' names {len(own)} claim(s) ({listed}): give the exchange's id."
    )
    raise typer.Exit(1)


def cancel(
    name: Id,
    reason: Annotated[str, typer.Option(help="Why, for the record and for the institution.")],
    actor: Annotated[str, typer.Option(help="Who asks, for the record.")] = "",
) -> None:
    """Take a claim back: at once while nothing has left, else by asking the institution."""
    hub = wiring.build(adapters={})
    order = hub.control.cancel(claim_of(hub, name).id, reason, acting.actor(hub, actor))
    if order.state is State.CLOSED:
        console.print(f"{name} : annulée avant envoi / cancelled before sending (Task/{order.id}).")
        return
    console.print(
        f"{name} : annulation demandée, l'organisme décide ; suivez Task/{order.id} ou "
        f"« benkan exchange show {order.id} ».\n"
        f"{name}: cancellation asked for, the institution decides; follow Task/{order.id} or "
        f"'benkan exchange show {order.id}'.",
        markup=False,
        soft_wrap=True,
    )


def ask(
    name: Id,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for the answer.")] = 30.0,
    as_json: Json = False,
) -> None:
    """Where a claim stands: a worker asks the institution now, else what the hub knows."""
    hub = wiring.build(adapters={})
    claim = claim_of(hub, name)
    told = ""
    if claim.state in (State.SENT, State.PENDING) and claim.partner:
        period = hub.trip.clock.now().isoformat()
        id = hub.store.ask_for(claim.partner, Operation.STATUS, claim.id, period)
        [question] = waited(hub, [id], wait)
        told = question.told if question.done else ""
    words = told or inquiry.known(hub.trip, claim).fr
    if as_json:
        state = str((hub.store.exchange(claim.id) or claim).state)
        print_json({"id": claim.id, "state": state, "asked": bool(told), "text": words})
        return
    console.print(words, markup=False, soft_wrap=True)
    if not told and claim.state in (State.SENT, State.PENDING):
        console.print(
            "Aucun ouvrier n'a posé la question à temps : voici ce que sait le hub.\n"
            "No worker put the question in time: this is what the hub knows."
        )
