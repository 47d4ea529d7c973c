"""One task for a person in doubt: unknown numbers, or numbers that lead to several people.

However many claims and notices name the person, they wait for one answer: the right number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hub.errors import UnknownPerson
from hub.exchange import crosswalk, resources
from hub.exchange.orders import REASONS
from hub.exchange.parts import Parts
from hub.model import Exchange, Operation, Tree
from hub.ports import Change, Doubt, PersonTask

CODES = "https://benkan.example/fhir/CodeSystem/tache"
DISPLAY = {"unknown": "Personne inconnue", "ambiguous": "Personne ambiguë"}
#: The hub's reason for a person whom an institution does not know.
UNKNOWN = "R01"
NUMBER = "https://benkan.example/fhir/sid/tache"


def attached(change: Change, problem: Exception) -> Change:
    """The change of an exchange that is held because of a person: attached to the task."""
    if not isinstance(problem, UnknownPerson):
        return change
    doubt = Doubt(problem.kind, problem.keys, problem.text, exchange=change.exchange.id)
    return replace(change, doubt=doubt)


def disowned(parts: Parts, exchange: Exchange, decision: Tree) -> Doubt | None:
    """The doubt about a person whom the deciding institution says it does not know (R01).

    The sheet stays rejected: it is the provider who sends a corrected one. The number is still a
    question for a person here, once for all sheets that bear it.
    """
    if exchange.operation is not Operation.CLAIM or not _unknown(decision.get("error", ())):
        return None
    source = parts.dossier(exchange)
    keys = crosswalk.keys_of(source, parts.table, source["claim"])
    if not keys:
        return None
    listed = ", ".join(value for _, value in keys)
    text = (
        f"R01 : {exchange.partner} ne connaît pas l'assuré {listed} et a rejeté la feuille. "
        "Comparez le numéro avec la carte et avec l'organisme, puis donnez le bon (benkan task "
        "resolve). Le prestataire renvoie la feuille corrigée sous un nouveau numéro."
    )
    return Doubt("unknown", keys, text, exchange=exchange.id)


def _unknown(errors: Iterable[Tree]) -> bool:
    codings = [c for e in errors for c in (e.get("code") or {}).get("coding", ())]
    return any((c.get("system"), c.get("code")) == (REASONS, UNKNOWN) for c in codings)


def show_all(parts: Parts) -> int:
    """Bring the FHIR Tasks up to date; gives how many there were to write."""
    stale = parts.store.tasks_to_show()
    for id in stale:
        show(parts, id)
    return len(stale)


def show(parts: Parts, id: str) -> None:
    """Write the FHIR Task of one task as it is now."""
    task = parts.store.task(id)
    if task is None:
        return
    stored = parts.store.read("Task", id)
    now = parts.clock.now()
    version = stored.version + 1 if stored else 1
    made = resources.emitted(_resource(parts, task), id, now, version)
    parts.store.show_task(id, replace(made, follows=None), task.attached)


def _resource(parts: Parts, task: PersonTask) -> Tree:
    """Source: https://hl7.org/fhir/R4/task.html"""
    named = [{"system": system, "value": value} for system, value in task.keys]
    tree: Tree = {
        "resourceType": "Task",
        "id": task.id,
        "identifier": [{"system": NUMBER, "value": task.id}],
        "status": "completed" if task.resolved else "requested",
        "intent": "order",
        "code": {"coding": [{"system": CODES, "code": task.kind, "display": DISPLAY[task.kind]}]},
        "description": task.reason,
        "authoredOn": task.opened.isoformat(timespec="seconds"),
        "lastModified": (task.resolved or parts.clock.now()).isoformat(timespec="seconds"),
    }
    if task.person:
        tree["for"] = {"reference": f"Patient/{task.person}"}
    elif named:
        tree["for"] = {"type": "Patient", "identifier": named[0]}
    tree["input"] = [
        *({"type": {"text": "identifiant"}, "valueIdentifier": i} for i in named),
        *(
            {"type": {"text": "feuille en attente"}, "valueReference": {"reference": claim}}
            for claim in _claims(parts, task)
        ),
    ]
    if not tree["input"]:
        del tree["input"]
    if task.resolved:
        tree["output"] = [
            {"type": {"text": "décidé par"}, "valueString": task.actor or "exploitant"}
        ]
    return tree


def _claims(parts: Parts, task: PersonTask) -> list[str]:
    found = (parts.store.exchange(id) for id in task.exchanges)
    return list(dict.fromkeys(e.resource for e in found if e is not None))
