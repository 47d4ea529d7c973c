"""`benkan reference`: the scheme manager's lists, as they were pulled, by date."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Annotated

import typer

from hub import wiring
from hub.cli import reference_import
from hub.cli.output import console, print_json, table
from hub.exchange import questions, routing
from hub.ports import Question

app = typer.Typer(
    no_args_is_help=True,
    help="Reference lists of the scheme manager (illustrative profiles): pull, list, show.",
)

reference_import.register(app)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Day = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; default: today.")
]


def _day(given: datetime | None) -> date:
    return given.date() if given else datetime.now(UTC).date()


@app.command()
def pull(
    on: Day = None,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for the answers.")] = 60.0,
    as_json: Json = False,
) -> None:
    """Have a worker ask for all lists of a day now; exit status 1 when one did not come."""
    hub = wiring.build(adapters={})
    day = _day(on).isoformat()
    schemes = [b for b in hub.table.bodies.values() if b.role == routing.SCHEME]
    ids = [
        hub.store.ask_for(body.partner, "reference", name, day)
        for body in schemes
        for name in questions.LISTS
    ]
    done = waited(hub, ids, wait)
    if as_json:
        print_json([{"list": q.subject, "done": q.done, "told": q.told} for q in done])
    else:
        rows = [[q.subject, q.partner, q.told or "aucun ouvrier n'a répondu"] for q in done]
        table(f"Listes du {day}", ["liste", "organisme", "résultat"], rows)
    pulled = {p.list for p in hub.store.reference_pulls() if p.day.isoformat() == day}
    if not all(q.done and q.subject in pulled for q in done):
        raise typer.Exit(1)


def waited(hub: wiring.Hub, ids: list[int], seconds: float) -> list[Question]:
    """The questions, once a worker has put them or the time is up."""
    end = time.monotonic() + seconds
    while True:
        found = hub.store.questions(ids)
        if all(q.done for q in found) or time.monotonic() >= end:
            return found
        time.sleep(0.2)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """The lists the hub has, and when each was pulled last."""
    found = wiring.build(adapters={}).store.reference_pulls()
    if as_json:
        print_json([asdict(pull) for pull in found])
        return
    rows = [
        [p.list, p.partner, p.day.isoformat(), str(p.rows), f"{p.at:%d/%m/%Y %H:%M} UTC"]
        for p in found
    ]
    table("Listes de référence", ["liste", "organisme", "jour", "lignes", "reçue le"], rows)


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="LIST", help=", ".join(questions.LISTS))],
    on: Day = None,
    code: Annotated[str | None, typer.Option(help="Only this code.")] = None,
    as_json: Json = False,
) -> None:
    """The rows valid on a day; exit status 1 when there is none."""
    hub = wiring.build(adapters={})
    day = _day(on)
    rows = hub.store.reference(name, day, code=code)
    if as_json:
        print_json([asdict(row) for row in rows])
    elif rows:
        shown = [
            [r.code, r.label, f"{r.value} {r.currency}".strip(), r.start or "…", r.end or "…"]
            for r in rows
        ]
        title = f"{name} au {day:%d/%m/%Y} : {len(rows)} ligne(s)"
        table(title, ["code", "libellé", "valeur", "depuis", "jusqu'au"], shown)
    else:
        console.print(
            f"Rien dans « {name} » au {day:%d/%m/%Y}. Voyez : benkan reference list\n"
            f"Nothing in '{name}' on {day.isoformat()}. See: benkan reference list"
        )
    if not rows:
        raise typer.Exit(1)
