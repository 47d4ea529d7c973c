"""`benkan reconcile`: the three positions of each claim of a month; what is not paid in time."""

from __future__ import annotations

import csv
import re
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import typer

from hub import wiring
from hub.cli.output import console, print_json, table
from hub.cli.references import waited
from hub.exchange import arrears as unpaid
from hub.exchange import questions, reconciliation
from hub.exchange.reconciliation import Position, Reconciliation, Total
from hub.formats.spreadsheet import harmless
from hub.ports import Question

app = typer.Typer(
    invoke_without_command=True,
    help="Hold the provider's, the managing body's and the scheme manager's books against each "
    "other, claim by claim (illustrative reference profiles).",
)

SIDES = {"hub": "prestataire", "managed": "organisme", "scheme": "gestionnaire du régime"}
#: Seconds without any movement after which copies are no longer waited for.
STILL = 5.0
#: Differences printed one by one; the others are in --csv and --json.
NAMED = 30
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Body = Annotated[str, typer.Option(help="Only this managing body, by its code.")]


@app.callback()
def reconcile(
    context: typer.Context,
    month: Annotated[str, typer.Option(help="Month of care, YYYY-MM.")] = "",
    body: Body = "",
    ask: Annotated[bool, typer.Option(help="Have the institutions asked first.")] = True,
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for copies, then for statements.")
    ] = 900.0,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the claims as CSV.")] = False,
) -> None:
    """Compare a month's three positions; exit status 1 when they differ.

    Copies on their way to the scheme manager are waited for as long as they advance. A statement
    that comes later as a file counts from the next run on.
    """
    if context.invoked_subcommand is not None:
        return
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise typer.BadParameter("--month YYYY-MM / AAAA-MM", param_hint="--month")
    hub = wiring.build(adapters={})
    if body and body not in hub.table.bodies:
        raise typer.BadParameter(", ".join(hub.table.bodies), param_hint="--body")
    partners = {b.partner for b in hub.table.bodies.values()}
    if ask:
        _await_copies(hub, month, wait, quiet=as_json or as_csv)
    told = _asked(hub, month, body, partners, wait) if ask else []
    found = reconciliation.reconcile(hub.store, hub.table, partners, month, body)
    if as_json:
        print_json(_report(found, told))
    elif as_csv:
        _print_csv(found)
    else:
        _print(found, told)
        _say_left(hub.store.copies_left(month))
    if not found.equal:
        raise typer.Exit(1)


def _await_copies(hub: wiring.Hub, month: str, wait: float, *, quiet: bool) -> None:
    """Until the scheme manager has every copy, or none has moved for a while, or the time is up."""
    end = time.monotonic() + wait
    left, since = hub.store.copies_left(month), time.monotonic()
    if left and not quiet:
        console.print(
            f"{left} copie(s) encore en route vers le gestionnaire du régime : j'attends. / "
            f"{left} copies still on their way: waiting.",
            soft_wrap=True,
        )
    while left and time.monotonic() < min(end, since + STILL):
        time.sleep(0.5)
        now = hub.store.copies_left(month)
        if now != left:
            left, since = now, time.monotonic()


def _say_left(left: int) -> None:
    if left:
        console.print(
            f"{left} copie(s) encore en route vers le gestionnaire du régime : relancez la même "
            f"commande plus tard.\n{left} copies still on their way: run the same command later.",
            soft_wrap=True,
        )


def _asked(
    hub: wiring.Hub, month: str, body: str, partners: set[str], wait: float
) -> list[dict[str, str]]:
    wanted = reconciliation.statements_wanted(hub.table, partners, body)
    ids = [hub.store.ask_for(partner, "statement", code, month) for partner, code in wanted]
    end = time.monotonic() + wait
    asked = waited(hub, ids, wait)
    while time.monotonic() < end and any(_awaited(hub, q) for q in asked):
        time.sleep(0.2)
    return [
        {"partner": q.partner, "body": q.subject, "told": q.told or "pas de réponse pour l'instant"}
        for q in asked
        if q.told != questions.NOT_ASKED
    ]


def _awaited(hub: wiring.Hub, question: Question) -> bool:
    """Its answer comes as a file and has not come yet."""
    kept = hub.store.statement(question.partner, question.subject, question.period)
    return question.told == questions.LATER and (kept is None or kept.at < question.asked)


def _report(found: Reconciliation, told: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "month": found.month,
        "equal": found.equal,
        "statements": told,
        "absent": [{"partner": p, "body": b} for p, b in found.absent],
        "bodies": [asdict(t) for t in reconciliation.totals(found.lines, by_provider=False)],
        "totals": [asdict(total) for total in reconciliation.totals(found.lines)],
        "differences": [asdict(line) for line in found.differing],
        "claims": len(found.lines),
    }


def _money(position: Position | None, name: str) -> str:
    if position is None:
        return "—"
    amount: Decimal | None = getattr(position, name)
    return "en cours" if amount is None else f"{amount:f}"


def _print(found: Reconciliation, told: list[dict[str, str]]) -> None:
    for one in told:
        console.print(f"{one['partner']} ({one['body']}) : {one['told']}", markup=False)
    columns = ["organisme", "prestataire", "devise", *(f"{s} : n, part" for s in SIDES.values())]
    rows = [_total_row(total) for total in reconciliation.totals(found.lines)]
    table(f"{found.month} : {len(found.lines)} feuille(s)", columns, rows)
    rows = [_total_row(one) for one in reconciliation.totals(found.lines, by_provider=False)]
    table("Par organisme / by managing body", columns, [[r[0], "tous / all", *r[2:]] for r in rows])
    for line in found.differing[:NAMED]:
        what = " ; ".join(reconciliation.WORDS[code] for code in line.differences)
        sides = ", ".join(
            f"{words} {_money(one, 'claimed')}/{_money(one, 'share')}"
            for words, one in ((w, getattr(line, side)) for side, w in SIDES.items())
        )
        console.print(
            f"ÉCART feuille {line.sheet} ({line.body}, {line.provider}) : {what}\n"
            f"    demandé/part : {sides}  {line.currency}  {line.submission}",
            markup=False,
            soft_wrap=True,
        )
    if len(found.differing) > NAMED:
        console.print(f"… {len(found.differing) - NAMED} autres / more: --csv", markup=False)
    for partner, body in found.absent:
        console.print(f"Il manque l'état de {partner} pour {body}. / Statement missing.")
    if found.equal:
        console.print("Les trois positions sont égales. / The three positions are equal.")
    else:
        console.print(f"{len(found.differing)} écart(s) / difference(s).")


def _total_row(total: Total) -> list[str]:
    sides = [
        f"{total.count[side]}, {total.share[side]:f}" if side in total.count else "—"
        for side in SIDES
    ]
    return [total.body, total.provider, total.currency, *sides]


def _print_csv(found: Reconciliation) -> None:
    out = csv.writer(sys.stdout, lineterminator="\n")
    amounts = [f"{side}_{name}" for side in SIDES for name in ("status", "claimed", "share")]
    out.writerow(["body", "provider", "sheet", "submission", "currency", *amounts, "differences"])
    for line in found.lines:
        out.writerow(
            [*map(harmless, (line.body, line.provider, line.sheet, line.submission)), line.currency]
            + [cell for side in SIDES for cell in _cells(getattr(line, side))]
            + [" ".join(line.differences)]
        )


def _cells(position: Position | None) -> list[str]:
    if position is None:
        return ["", "", ""]
    sums = (position.claimed, position.share)
    return [position.status, *("" if s is None else f"{s:f}" for s in sums)]


@app.command()
def arrears(
    body: Body = "",
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; default: today.")
    ] = None,
    as_json: Json = False,
) -> None:
    """What each body has received and not paid, by age, and what is beyond the delay of art. 40.

    Pharmacies: 15 days; laboratories: 30. Exit status 1 when something is beyond its delay.
    """
    hub = wiring.build(adapters={})
    today = on.date() if on else datetime.now(UTC).date()
    found = unpaid.arrears(hub.store, hub.table, today, body)
    late = [one for one in found if one.late]
    if as_json:
        print_json({"day": today, "late": len(late), "claims": [asdict(one) for one in found]})
    else:
        ages = [*(f"≤ {age} j" for age in unpaid.AGES), f"> {unpaid.AGES[-1]} j"]
        rows = [
            [code, currency, *(f"{n} : {amount:f}" if n else "" for n, amount in steps)]
            for (code, currency), steps in sorted(unpaid.by_age(found).items())
        ]
        table(f"Impayés au {today:%d/%m/%Y}", ["organisme", "devise", *ages], rows)
        for one in late:
            console.print(
                f"HORS DÉLAI ART. 40 : feuille {one.sheet} ({one.kind} {one.provider}) chez "
                f"{one.body}, {one.days} jours, {one.amount:f} {one.currency}",
                markup=False,
                soft_wrap=True,
            )
    if late:
        raise typer.Exit(1)
