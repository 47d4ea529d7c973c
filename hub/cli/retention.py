"""`benkan retention`: how long what is stored is kept, and erasing what is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer

from hub import wiring
from hub.cli.acting import actor
from hub.cli.output import console, print_json, table
from hub.settings import Settings

app = typer.Typer(no_args_is_help=True, help="How long what is stored is kept.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

#: setting → (what it is about, unit): (French, English)
RULES = {
    "retention_payload": (
        "messages, fichiers et phrases, après le dernier mouvement",
        "messages, files and sentences, after the last change",
        "ans / years",
    ),
    "retention_resources": (
        "ressources FHIR, après leur dernière version",
        "FHIR resources, after their last version",
        "ans / years",
    ),
    "retention_answers": (
        "réponses gardées sous une clé d’idempotence, droits retenus pour un jour",
        "answers kept under an idempotency key, rights remembered for a day",
        "jours / days",
    ),
}
_KINDS = {
    "exchanges": "échanges",
    "messages": "messages",
    "events": "phrases d’histoires",
    "inbox": "fichiers reçus",
    "quarantine": "mis de côté",
    "resources": "ressources",
    "resource_history": "versions anciennes",
    "idempotency": "réponses sous clé",
    "rights": "droits retenus",
    "identities": "numéros de personnes",
    "tampered": "ILLISIBLES, laissés en place",
}


@app.command()
def show(as_json: Json = False) -> None:
    """The rules as they are set, and how much is due now."""
    settings = Settings()
    hub = wiring.build(settings, adapters={})
    due = hub.store.retention_due(wiring.limits(settings, datetime.now(UTC)))
    hub.close()
    if as_json:
        rules = {name: getattr(settings, name) for name in RULES}
        print_json({"rules": rules, "due": {name: n for name, n in due.items() if n}})
        return
    rows = [
        [f"BENKAN_{name.upper()}", _span(getattr(settings, name), unit), f"{fr} / {en}"]
        for name, (fr, en, unit) in RULES.items()
    ]
    table("Règles / rules", ["réglage", "durée", "ce qui est gardé / what is kept"], rows)
    _print(due, "À effacer maintenant / due now")


@app.command("apply")
def apply_(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only count what is due; erase nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Erase what is due. The audit chain and the digests stay; killed, run it again.

    A claim goes only when all its exchanges are closed or withdrawn, a deposit with its last
    member.
    """
    settings = Settings()
    hub = wiring.build(settings, adapters={})
    now = datetime.now(UTC)
    due = wiring.limits(settings, now)
    try:
        if dry_run:
            count: Mapping[str, int] = hub.store.retention_due(due)
        else:
            why = ", ".join(f"{name}={getattr(settings, name)}" for name in RULES)
            count = hub.store.retain(due, actor(hub), why)
    finally:
        hub.close()
    told = {name: number for name, number in count.items() if number}
    if as_json:
        print_json({"dry_run": dry_run, "count": told})
        return
    _print(told, "Serait effacé / would be erased" if dry_run else "Effacé / erased")


def erase(
    number: Annotated[str, typer.Argument(help="Any number of the person, or system|number.")],
    reason: Annotated[str, typer.Option(help="Who ordered it and why; no name, no number.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:
    """Erase all that is about a person, on order: resources, messages, sentences, numbers.

    Refused while a claim of theirs is still being worked on. What happened and its digests stay.
    """
    if not reason.strip():
        raise typer.BadParameter("--reason : le motif est exigé / a reason is required")
    hub = wiring.build(adapters={})
    try:
        persons = found(hub, number)
        if len(persons) != 1:
            console.print(
                f"{len(persons)} personne(s) ont ce numéro ; il en faut exactement une : donnez "
                "système|numéro. / exactly one is needed: give system|number."
            )
            raise typer.Exit(1)
        question = f"Effacer Patient/{persons[0]} sans retour ? / Erase for ever?"
        if not (yes or typer.confirm(question)):
            raise typer.Exit(1)
        count = hub.store.erase_person(persons[0], actor(hub), reason.strip())
    finally:
        hub.close()
    _print(count, f"Effacé / erased : Patient/{persons[0]}")


def found(hub: wiring.Hub, number: str) -> list[str]:
    """The persons who have a number."""
    system, _, value = number.rpartition("|")
    systems = [system] if system else hub.store.identity_systems()
    rows = hub.store.identities([(one, value) for one in systems])
    return list(dict.fromkeys(row.person for row in rows))


def _span(value: int, unit: str) -> str:
    return f"{value} {unit}" if value else "sans limite / no limit"


def _print(count: Mapping[str, int], title: str) -> None:
    rows = [[_KINDS.get(name, name), str(number)] for name, number in count.items() if number]
    table(title, ["quoi", "combien"], rows or [["rien / nothing", "0"]])
