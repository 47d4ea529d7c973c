"""`benkan person` and `benkan task`: who has which number, and who is in doubt."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hub import wiring
from hub.cli import acting
from hub.cli.output import console, print_json, table
from hub.exchange import covers, decisions
from hub.formats import exact_json
from hub.model import Tree
from hub.ports import Identity, PersonTask

people = typer.Typer(no_args_is_help=True, help="People, by any number they have or had.")
tasks = typer.Typer(no_args_is_help=True, help="People in doubt: one task each, until decided.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
USES = {"official": "définitif", "temp": "provisoire", "old": "ancien", "secondary": "secondaire"}


def _short(system: str) -> str:
    return system.rpartition("/")[2]


def _told_by(source: str) -> str:
    """Who told a number; of a notice that has only the hash of its row, the beginning of it."""
    partner, _, notice = source.rpartition(" ")
    return f"{partner} {notice[:12]}…" if partner and len(notice) == 64 else source


@people.command("show")
def show_person(
    number: Annotated[str, typer.Argument(help="Any number of the person, or system|number.")],
    as_json: Json = False,
) -> None:
    """All numbers of a person, who told them and when, and their covers.

    Exit status 1 when nobody has the number; several people are all shown.
    """
    hub = wiring.build(adapters={})
    system, _, value = number.rpartition("|")
    systems = [system] if system else hub.store.identity_systems()
    found = hub.store.identities([(one, value) for one in systems])
    persons = list(dict.fromkeys(row.person for row in found))
    if not persons:
        console.print(f"Personne n'a le numéro {value}. / Nobody has number {value}.")
        raise typer.Exit(1)
    if as_json:
        print_json([_told(hub, person) for person in persons])
        return
    if len(persons) > 1:
        console.print(f"{len(persons)} personnes ont ce numéro / people have this number.")
    for person in persons:
        _print_person(hub, person)


def _told(hub: wiring.Hub, person: str) -> dict[str, Any]:
    stored = hub.store.read("Patient", person)
    return {
        "person": person,
        "patient": exact_json.loads(stored.body) if stored else None,
        "identifiers": [_row(row) for row in hub.store.identities_of(person)],
        "covers": [tree for tree, _ in covers.of(hub.store, person)],
        "notices": [
            {
                "partner": partner,
                "notice": notice,
                "resource": piece.resource,
                "as_of": piece.as_of.isoformat(),
                "outcome": piece.outcome,
            }
            for partner, notice, piece in hub.store.pieces(person)
        ],
    }


def _row(row: Identity) -> dict[str, str]:
    return {
        "system": row.system,
        "value": row.value,
        "use": row.use,
        "start": row.start,
        "end": row.end,
        "source": row.source,
        "first_seen": row.first_seen.isoformat() if row.first_seen else "",
        "last_seen": row.last_seen.isoformat() if row.last_seen else "",
    }


def _print_person(hub: wiring.Hub, person: str) -> None:
    stored = hub.store.read("Patient", person)
    patient: Tree = exact_json.loads(stored.body) if stored else {}
    name: Tree = next(iter(patient.get("name", [])), {})
    said = " ".join([*name.get("given", []), str(name.get("family", ""))]).strip()
    born = patient.get("birthDate", "?")
    rows = [
        [
            row.value,
            _short(row.system),
            USES.get(row.use, row.use),
            f"{row.start or '…'} → {row.end or '…'}",
            _told_by(row.source),
            f"{row.last_seen:%d/%m/%Y}" if row.last_seen else "",
        ]
        for row in hub.store.identities_of(person)
    ]
    columns = ["numéro", "système", "emploi", "période", "source", "vu le"]
    table(f"{said or 'sans nom'} ({born}) — Patient/{person}", columns, rows)
    for cover, _ in covers.of(hub.store, person):
        period = f"{covers.first_day(cover) or '…'} → {covers.last_day(cover) or '…'}"
        told = f"{covers.regime(cover)} {_payor(hub, cover)} {period} ({cover.get('status')})"
        console.print(f"  couverture : {told}", markup=False)


def _payor(hub: wiring.Hub, cover: Tree) -> str:
    """The code of the body that manages the cover, else the words that name it."""
    body = covers.payor(hub.table, cover)
    named: Tree = next(iter(cover.get("payor", [])), {})
    said = (named.get("identifier") or {}).get("value") or named.get("reference")
    return body.code if body else str(said or "?")


@tasks.command("list")
def list_tasks(
    every: Annotated[bool, typer.Option("--all", help="Resolved ones too.")] = False,
    as_json: Json = False,
) -> None:
    """People in doubt, newest first."""
    found = wiring.build(adapters={}).store.tasks(open=None if every else True)
    if as_json:
        print_json([_task(one) for one in found])
        return
    rows = [
        [
            one.id,
            "résolue" if one.resolved else ("inconnue" if one.kind == "unknown" else "ambiguë"),
            ", ".join(value for _, value in one.keys),
            str(len(one.exchanges)),
            str(len(one.news)),
        ]
        for one in found
    ]
    columns = ["tâche", "état", "numéros", "feuilles", "avis"]
    table(f"{len(found)} tâche(s) / task(s)", columns, rows)


def _task(one: PersonTask) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "reason": one.reason,
        "opened": one.opened.isoformat(),
        "resolved": one.resolved.isoformat() if one.resolved else None,
        "actor": one.actor,
        "person": one.person,
        "identifiers": [{"system": s, "value": v} for s, v in one.keys],
        "exchanges": list(one.exchanges),
        "notices": [f"{partner} {reply.partner_reference}" for partner, reply in one.news],
    }


@tasks.command("show")
def show_task(id: Annotated[str, typer.Argument(help="Task id.")], as_json: Json = False) -> None:
    """One task, with all that waits for it."""
    hub = wiring.build(adapters={})
    one = hub.store.task(id)
    if one is None:
        console.print(f"Aucune tâche {id}. / No task {id}. benkan task list")
        raise typer.Exit(1)
    if as_json:
        print_json(_task(one))
        return
    state = f"résolue par {one.actor}" if one.resolved else "à résoudre"
    lines = [f"tâche {one.id} : {state}", one.reason, ""]
    lines += [f"  {value}   ({_short(system)})" for system, value in one.keys]
    for id in one.exchanges:
        exchange = hub.store.exchange(id)
        number = exchange.identifier.rpartition("|")[2] if exchange else "?"
        lines.append(f"  feuille {number}, échange {id}")
    lines += [f"  avis {partner} {reply.partner_reference}" for partner, reply in one.news]
    if not one.resolved:
        lines += ["", f"  benkan task resolve {one.id} --number BON_NUMERO"]
    console.print("\n".join(lines), markup=False, soft_wrap=True)


@tasks.command()
def resolve(
    id: Annotated[str, typer.Argument(help="Task id.")],
    number: Annotated[str, typer.Option(help="The right number of the person.")],
    system: Annotated[str, typer.Option(help="Its system, when several people have it.")] = "",
    actor: Annotated[str, typer.Option(help="Who decides, for the record.")] = "",
) -> None:
    """Say who is meant: what waits for the person goes on."""
    hub = wiring.build(adapters={})
    resumed = decisions.resolve(hub.control, id, (system, number), acting.actor(hub, actor))
    console.print(f"Tâche résolue : {resumed} feuille(s) reprise(s). / Resolved.")
