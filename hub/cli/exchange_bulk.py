"""`benkan exchange hold`, `replay` and `bulk`: one act on one exchange or on many."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli import with_partners
from hub.cli.acting import actor
from hub.cli.exchanges import Id, find
from hub.cli.output import console, print_json, table
from hub.model import Exchange, Operation, State
from hub.watching import bulk
from hub.wiring import Hub

Reason = Annotated[str, typer.Option(help="Why, for the record: at least five characters.")]
#: Words for a replay's kinds and for states are those of the console.
SHOWN = 20


def register(group: typer.Typer) -> None:
    """Put the commands into `benkan exchange`."""
    group.command()(hold)
    group.command()(replay)
    group.command("bulk")(bulk_)


def hold(name: Id, reason: Reason) -> None:
    """Stop an exchange where it is, until somebody resumes it."""
    _each(name, "hold", reason)


def replay(name: Id, reason: Reason) -> None:
    """Take its step again with today's maps; a stored answer is translated again. Sends nothing
    twice."""
    _each(name, "replay", reason)


def bulk_(
    action: Annotated[str, typer.Argument(help="hold, resume, withdraw or replay.")],
    names: Annotated[list[str] | None, typer.Argument(help="Which; none: those of the filter.")] = (
        None
    ),
    state: Annotated[State | None, typer.Option(help="Only this state.")] = None,
    held: Annotated[bool | None, typer.Option("--held/--not-held", help="Only held ones.")] = None,
    partner: Annotated[str | None, typer.Option(help="Only this partner.")] = None,
    operation: Annotated[Operation | None, typer.Option(help="Only this object.")] = None,
    reason: Reason = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it; otherwise only tell.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell how many exchanges an act concerns; with --yes, do it. Exit status 1: some failed."""
    if action not in bulk.ACTIONS:
        raise typer.BadParameter(", ".join(bulk.ACTIONS))
    hub = with_partners.build()
    wanted = {"state": state, "held": held, "partner": partner, "operation": operation}
    if not names and all(value is None for value in wanted.values()):
        raise typer.BadParameter("nommez des échanges ou un filtre / name exchanges or a filter")
    found = [e for n in names for e in find(hub, n)] if names else bulk.matching(hub, wanted)
    plan = bulk.preview(action, found)
    if not yes:
        _tell(plan, as_json)
        hub.close()
        return
    outcome = bulk.act(hub, action, [one.id for one in plan.able], reason, actor(hub))
    failed = [{"id": id, "why": problem.text} for id, problem in outcome.failed]
    if as_json:
        print_json({"done": outcome.done, "changed": outcome.changed, "failed": failed})
    else:
        console.print(f"{outcome.done} échange(s) traité(s) / done.")
        for one in failed:
            console.print(f"{one['id']} : {one['why']}", markup=False)
    hub.close()
    if failed:
        raise typer.Exit(1)


def _tell(plan: bulk.Preview, as_json: bool) -> None:
    if as_json:
        told = {"able": len(plan.able), "unable": len(plan.unable), "kinds": plan.kinds}
        print_json({"action": plan.action, **told, "ids": [one.id for one in plan.able]})
        return
    rows = [_row(one) for one in plan.able[:SHOWN]]
    table(f"{plan.action} : {len(plan.able)} échange(s)", ["id", "feuille", "état", "chez"], rows)
    if len(plan.able) > SHOWN:
        console.print(f"… {len(plan.able) - SHOWN} autres / more")
    if plan.unable:
        console.print(f"{len(plan.unable)} laissé(s) de côté / left out: {plan.action} impossible.")
    console.print(
        "Rien n'est fait : ajoutez --yes et --reason « motif ». / Nothing is done: add --yes."
    )


def _row(one: Exchange) -> list[str]:
    held = " RETENU" if one.held else ""
    number = one.identifier.rpartition("|")[2]
    return [one.id[:8], number, f"{one.state}{held}", one.partner or "?"]


def _each(name: str, action: str, reason: str) -> None:
    hub: Hub = with_partners.build()
    chosen = [one for one in find(hub, name) if bulk.can(action, one)]
    outcome = bulk.act(hub, action, [one.id for one in chosen], reason, actor(hub))
    hub.close()
    for _, problem in outcome.failed:
        raise problem
    if not chosen:
        console.print(f"{name} : rien à faire dans cet état / nothing to do in this state.")
        raise typer.Exit(1)
    changed = " La réponse dit maintenant autre chose." if outcome.changed else ""
    console.print(f"{name} : {outcome.done} échange(s) traité(s) / done.{changed}", markup=False)
