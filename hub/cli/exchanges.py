"""`benkan exchange`: list, show, resume, withdraw, totals."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from hub import wiring
from hub.authoring import urgent_rows
from hub.cli import acting, sums
from hub.cli.output import console, print_json, table
from hub.evidence.chain import Act
from hub.model import Exchange, Operation, State, StoredMessage
from hub.ports import Criterion
from hub.settings import Settings
from hub.watching import reading, sandboxes
from hub.watching.dossiers import legible

app = typer.Typer(no_args_is_help=True, help="Watch and repair exchanges.")

#: What an exchange carries, in a word.
OBJECTS = {
    Operation.CLAIM: "feuille",
    Operation.CONTROL_COPY: "copie",
    Operation.PREAUTHORIZATION: "accord",
    Operation.LIQUIDATION_COPY: "copie de décision",
    Operation.CANCELLATION: "annulation",
}
SHORT = 8  #: characters of an id that a list shows; commands take them when they name only one

SEEN = {"page": "command line"}  #: what the audit says of messages that were printed

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Id = Annotated[
    str, typer.Argument(help="Exchange id or its first 8 signs, claim id (Claim/…), sheet number.")
]


def _row(exchange: Exchange) -> dict[str, Any]:
    return {
        "id": exchange.id,
        "state": str(exchange.state),
        "held": exchange.held,
        "reason": exchange.reason,
        "partner": exchange.partner,
        "operation": str(exchange.operation),
        "identifier": exchange.identifier,
        "submission": exchange.submission,
        "updated": exchange.updated.isoformat(),
    }


@app.command("list")
def list_(
    state: Annotated[State | None, typer.Option(help="Only this state.")] = None,
    held: Annotated[bool | None, typer.Option("--held/--not-held", help="Only held ones.")] = None,
    partner: Annotated[str | None, typer.Option(help="Only this partner.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 1000,
    as_json: Json = False,
) -> None:
    """The exchanges, newest first."""
    hub = wiring.build(adapters={})
    found = hub.store.exchanges(state=state, held=held, partner=partner, limit=limit)
    rows = [_row(e) for e in found]
    if as_json:
        print_json(rows)
        return
    shown = [
        [
            e.id[:SHORT],
            e.identifier.rpartition("|")[2],
            f"{e.state} RETENU" if e.held else str(e.state),
            OBJECTS.get(e.operation, str(e.operation)),
            e.partner or "?",
            f"{e.updated:%d/%m %H:%M}",
        ]
        for e in found
    ]
    columns = ["id", "feuille", "état", "objet", "chez", "mouvement"]
    table(f"{len(found)} échange(s) / exchange(s)", columns, shown)
    for e in found:
        if e.held and e.reason:
            number = e.identifier.rpartition("|")[2]
            console.print(f"{e.id[:SHORT]} {number}\n    {e.reason}", markup=False)
    for file in hub.store.quarantined():
        if file["applies_itself"] and partner in (None, file["partner"]):
            told = f"{file['partner']} : {file['reference']}\n    {file['reason']}"
            console.print(told, markup=False)


def find(hub: wiring.Hub, name: str) -> list[Exchange]:
    """The exchange of this id, or all of a claim or sheet number.

    Raises:
        typer.Exit: there is none.
    """
    one = hub.store.exchange(name)
    if one is not None:
        return [one]
    begin_so = hub.store.exchanges_like(name) if len(name) >= SHORT else []
    if len(begin_so) == 1:
        return begin_so
    claim = name if "/" in name else f"Claim/{name}"
    found = hub.store.exchanges(resource=claim) or hub.store.exchanges(identifier=name)
    found = found or [e for c in _claims(hub, name) for e in hub.store.exchanges(resource=c)]
    if not found:
        console.print(
            f"Aucun échange « {name} ». « benkan exchange list » les montre.\n"
            f"No exchange '{name}'. 'benkan exchange list' shows them."
        )
        raise typer.Exit(1)
    return found


def _claims(hub: wiring.Hub, number: str) -> list[str]:
    """Claims with this sheet number, whatever its system."""
    sheet = Criterion("identifier", [("eq", "", number)])
    return [f"Claim/{r.id}" for r in hub.store.search("Claim", [sheet], 100, None).resources]


@app.command()
def show(
    name: Id,
    as_json: Json = False,
    body: Annotated[bool, typer.Option(help="Print the messages themselves.")] = True,
    full: Annotated[bool, typer.Option("--full", help="Also deposits of many sheets.")] = False,
) -> None:
    """The story of an exchange, step by step, with every message that crossed the border.

    Messages are whole, with identities: that they were read is written into the audit (--no-body).
    """
    hub = wiring.build(adapters={})
    found = list(reversed(find(hub, name)))
    if as_json or body:
        who, now = acting.actor(hub), datetime.now(UTC)
        hub.store.record([Act(who, "read-payload", f"Exchange/{e.id}", now, SEEN) for e in found])
    if as_json:
        print_json([_story(hub, e) for e in found])
        return
    for exchange in found:
        _print_story(hub, exchange)
        if body:
            for message in hub.store.messages(exchange.id):
                _print_message(message, full)


def _story(hub: wiring.Hub, exchange: Exchange) -> dict[str, Any]:
    return {
        **_row(exchange),
        "resource": exchange.resource,
        "answer": exchange.answer,
        "submission": exchange.submission,
        "care_date": exchange.care_date.isoformat(),
        "maps": dict(exchange.maps),
        "detail": dict(exchange.detail),
        "amount": exchange.amount,
        "currency": exchange.currency,
        "copy_of": exchange.parent,
        "events": [
            {
                "at": e.at.isoformat(),
                "what": e.what,
                "text": e.text,
                "state": e.state,
                "actor": e.actor,
                "detail": dict(e.detail),
            }
            for e in hub.store.events(exchange.id)
        ],
        "messages": [
            {
                "at": m.at.isoformat(),
                "direction": m.direction,
                "kind": m.kind,
                "name": m.name,
                "content_type": m.content_type,
                "sha256": m.sha256,
                "body": legible(m.body),
            }
            for m in hub.store.messages(exchange.id)
        ],
    }


def _print_story(hub: wiring.Hub, exchange: Exchange) -> None:
    number = exchange.identifier.rpartition("|")[2]
    held = " — RETENU" if exchange.held else ""
    what = OBJECTS.get(exchange.operation, str(exchange.operation))
    console.rule(f"{what} {number} → {exchange.partner or '?'} : {exchange.state}{held}")
    lines = [
        f"échange {exchange.id}",
        f"{exchange.resource}   {exchange.amount} {exchange.currency}",
    ]
    if exchange.held:
        lines += ["", f"MOTIF : {exchange.reason}"]
        for m in exchange.detail.get("missing") or []:
            lines.append(f"  {urgent_rows.command(m)}")
        lines += [f"  benkan exchange resume {exchange.id}", ""]
    for event in hub.store.events(exchange.id):
        state = f" → {event.state}" if event.state else ""
        actor = "" if event.actor == "hub" else f"   ({event.actor})"
        lines.append(f"{event.at:%d/%m/%Y %H:%M:%S}  {event.what}{state}{actor}")
        lines.append(f"    {event.text}")
    console.print("\n".join(lines), markup=False)


#: Bytes above which a message is cut when it is printed for a person.
LONG = 6_000


def _print_message(message: StoredMessage, full: bool) -> None:
    arrow = "envoyé" if message.direction == "out" else "reçu"
    size = len(message.body)
    text = reading.indented(legible(message.body), message.content_type)
    if size > LONG and not full:
        text = text[:LONG] + f"\n[… {size} octets en tout ; --full les montre tous]"
    head = f"{arrow} : {message.kind} {message.name} ({message.content_type}, {size} octets, "
    head += f"sha256 {message.sha256[:16]}…), mis en retrait pour la lecture"
    console.print(f"\n{head}\n{text}", markup=False, soft_wrap=True)


@app.command()
def resume(
    names: Annotated[
        list[str] | None, typer.Argument(help="Exchange ids or sheet numbers.")
    ] = None,
    all_held: Annotated[bool, typer.Option("--all", help="All held exchanges.")] = False,
    actor: Annotated[str, typer.Option(help="Who asks, for the record.")] = "",
) -> None:
    """Let held exchanges go on, once what held them is repaired."""
    if bool(names) == all_held:
        raise typer.BadParameter("name exchanges / nommez des échanges, ou / or --all")
    hub = wiring.build(adapters={})
    found = [e for name in names or [] for e in find(hub, name)]
    held = hub.store.exchanges(held=True, limit=100_000) if all_held else found
    chosen = [e for e in held if e.held]
    for exchange in chosen:
        hub.control.resume(exchange.id, acting.actor(hub, actor))
    console.print(f"{len(chosen)} échange(s) repris / resumed.")
    if not chosen and not all_held:
        console.print("Rien n'y est retenu : rien à reprendre. / Nothing is held there.")
        raise typer.Exit(1)


@app.command()
def withdraw(
    name: Id,
    reason: Annotated[str, typer.Option(help="Why, for the record.")],
    actor: Annotated[str, typer.Option(help="Who asks, for the record.")] = "",
) -> None:
    """Cancel an exchange from which nothing has left yet."""
    hub = wiring.build(adapters={})
    for exchange in find(hub, name):
        hub.control.withdraw(exchange.id, reason, acting.actor(hub, actor))
        console.print(f"{exchange.id} retiré / withdrawn.")


@app.command()
def totals(as_json: Json = False) -> None:
    """Sums of money at the six places they appear; exit status 1 when they differ.

    Received, stored, mapped, sent, the partner's ledger (sandboxes of a running `benkan up`, or
    those of BENKAN_SANDBOXES), and response. Claims that are held or still on their way are
    counted apart.
    """
    settings = Settings()
    hub = wiring.build(settings, adapters={})
    claims = [e for e in hub.store.exchanges(limit=10_000_000) if e.parent is None]
    books = sums.ledgers(sandboxes.controls(settings))
    partners = {e.partner for e in claims if e.operation is Operation.CLAIM}
    ledger = sums.merged(books[p] for p in partners if p in books) if books else None
    found, equal = sums.compare(hub.store.totals(), ledger, claims)
    if as_json:
        print_json({"equal": equal, "places": [asdict(s) for s in found]})
    else:
        title = "Les sommes sont égales / sums are equal" if equal else "ÉCART / SUMS DIFFER"
        columns = ["endroit / place", "devise", "nombre", "somme", "pas encore là"]
        table(title, columns, [s.row() for s in found])
    if not equal:
        raise typer.Exit(1)
