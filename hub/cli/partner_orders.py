"""`benkan partner pause`, `drain`, `resume`, `state`, `misbehave`: what an operator orders."""

from __future__ import annotations

from typing import Annotated

import typer

from hub import wiring
from hub.cli import changing, with_partners
from hub.cli.acting import actor
from hub.cli.output import console, print_json, table
from hub.ports.watch import DRAINING, PAUSED
from hub.settings import Settings
from hub.watching import partners, sandboxes

Name = Annotated[str, typer.Argument(help="The partner's name.")]
Reason = Annotated[str, typer.Option(help="Why; operators read it on the partner's page.")]


def register(group: typer.Typer) -> None:
    """Put the commands into `benkan partner`."""
    for command in (state, pause, drain, resume, misbehave, set_):
        group.command(command.__name__.rstrip("_"))(command)


def pause(name: Name, reason: Reason) -> None:
    """Send nothing and ask nothing; what comes is still taken. Nothing is lost: it waits."""
    _switch(name, PAUSED, reason, "en pause / paused")


def drain(name: Name, reason: Reason) -> None:
    """Send nothing new, and follow to its end what has left."""
    _switch(name, DRAINING, reason, "se vide / draining")


def resume(name: Name, reason: Reason) -> None:
    """Send again what waits."""
    _switch(name, "", reason, "repris / resumed")


def _switch(name: str, mode: str, reason: str, told: str) -> None:
    hub = wiring.build(adapters={})
    partners.switch(hub, name, mode, reason, actor(hub))
    hub.close()
    console.print(f"{name} : {told}", markup=False)


def state(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """How each partner is: switch, breaker, latency, queue, last successful call."""
    hub = with_partners.build()
    rows = [partners.told(one) for one in partners.overviews(hub)]
    hub.close()
    if as_json:
        print_json(rows)
        return
    cells = [
        [
            row["name"],
            row["mode"] or "ouvert",
            "OUVERT" if row["breaker"] == "open" else "fermé",
            f"{row['median_ms']}/{row['p95_ms']}" if row["calls"] else "—",
            f"{row['queued']}/{row['asked']}",
            row["heard"][11:19] or "—",
        ]
        for row in rows
    ]
    columns = ["nom", "envois", "disjoncteur", "ms (méd./p95)", "file/en cours", "dernier appel"]
    table("Partenaires / partners", columns, cells)


def set_(
    name: Name,
    setting: Annotated[str, typer.Argument(help="The setting's name, without BENKAN_….")],
    value: Annotated[str, typer.Argument(help="Empty: back to the environment's.")],
    reason: Reason = "",
    emergency: changing.Emergency = "",
) -> None:
    """Propose a value; it holds once another person accepts it. Secrets: env:NAME or file:/path."""
    hub = with_partners.build()
    try:
        change = {"value": value}
        told = changing.change(hub, "setting", setting, name, change, reason, emergency)
    finally:
        hub.close()
    if told is not None:
        console.print(f"{name} : {setting} = {value or '—'}", markup=False)


def misbehave(
    name: Name,
    kind: Annotated[str, typer.Argument(help="What; none: show. `none` forgets all.")] = "",
    seconds: Annotated[str, typer.Option(help="For delay.")] = "",
    operation: Annotated[str, typer.Option(help="Only this operation.")] = "",
) -> None:
    """Choose what a running sandbox does wrong next."""
    settings = Settings()
    if kind:
        wanted = "" if kind == "none" else kind
        found = sandboxes.misbehave(settings, name, wanted, seconds, operation)
    else:
        shown = sandboxes.behaviour(settings, name)
        found = shown or sandboxes.misbehave(settings, name, "")
    table(f"{name} : {', '.join(found.waiting) or '—'}", ["sorte", "effet"], _kinds(found))


def _kinds(found: sandboxes.Behaviour) -> list[list[str]]:
    return [[kind, words] for kind, words in found.kinds.items()]
