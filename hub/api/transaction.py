"""FHIR transaction: all entries are stored, or none.

https://hl7.org/fhir/R4/http.html#trules

An entry whose ifNoneExist finds a resource is not stored again: references to it are turned
towards the one that is there. A transaction repeated as a whole (the first answer got lost) is
answered with what the first one stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from hub.api import answers, bundles
from hub.api.bundles import EntryAnswer
from hub.api.call import Call
from hub.api.check import check
from hub.api.create import creatable, existing
from hub.api.keep import keep
from hub.errors import Conflict, Invalid, Issue
from hub.exchange.intake import Transaction
from hub.fhir import references
from hub.model import Exchange, StoredResource, Tree
from hub.wiring import Hub


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done with each entry."""

    known: Mapping[int, StoredResource]  #: position → the resource that ifNoneExist found
    new: Tree  #: the Bundle of the other entries
    transaction: Transaction | None  #: None when every entry is known


async def process(this: Call, bundle: Tree) -> Response:
    """The transaction-response: one entry for each entry, in the same order.

    Raises:
        Invalid, Unsupported, Unroutable: with the entry's path; nothing is stored.
        Conflict: 409, a Claim of it came before with other content; nothing is stored.
    """
    plan = await run_in_threadpool(_plan, this, bundle)
    stored: list[tuple[StoredResource, int]] = []
    if plan.transaction is not None:
        accepted = await keep(this.hub, plan.transaction.acceptance)
        if accepted.duplicate is None:
            by_name = {(one.type, one.id): one for one in accepted.resources}
            stored = [(by_name[name], 201) for name in plan.transaction.entries]
        else:
            before = await run_in_threadpool(_repeated, this.hub, plan, accepted.duplicate)
            stored = [(one, 200) for one in before]
    rest = iter(stored)
    given = [
        _entry(this, plan.known[i], 200) if i in plan.known else _entry(this, *next(rest))
        for i in range(len(bundle.get("entry", [])))
    ]
    return answers.fhir(bundles.responses("transaction-response", given))


def _plan(this: Call, bundle: Tree) -> _Plan:
    check(bundle, "Bundle")
    known: dict[int, StoredResource] = {}
    moved: dict[str, str] = {}
    entries = bundle.get("entry", [])
    for position, entry in enumerate(entries):
        _creation(entry, f"Bundle.entry[{position}]")
        condition = entry["request"].get("ifNoneExist")
        found = condition and existing(this.hub, entry["request"]["url"], condition, this.base)
        if found:
            known[position] = found
            moved[entry.get("fullUrl", "")] = f"{found.type}/{found.id}"
    kept = [
        {
            **entry,
            "resource": references.rewrite(entry["resource"], moved)
            if moved
            else entry["resource"],
        }
        for position, entry in enumerate(entries)
        if position not in known
    ]
    new = {**bundle, "entry": kept}
    return _Plan(known, new, this.hub.intake.transaction(new) if kept else None)


def _creation(entry: Tree, path: str) -> None:
    """Check that an entry creates a resource of a type that clients may create."""
    request, resource = entry.get("request", {}), entry.get("resource", {})
    if request.get("method") != "POST" or request.get("url") != resource.get("resourceType"):
        raise Invalid(
            Issue(
                "not-supported",
                "Dans une transaction, ce serveur n’accepte que des créations : request.method "
                "POST et request.url égal au type de la ressource. Envoyez les lectures dans un "
                "batch.",
                "In a transaction this server takes only creations: request.method POST and "
                "request.url the type of the resource. Send reads in a batch.",
                f"{path}.request",
            ),
            status=400,
        )
    creatable(request["url"])


def _repeated(hub: Hub, plan: _Plan, duplicate: Exchange) -> list[StoredResource]:
    """What the first transaction stored for each entry.

    Raises:
        Conflict: the Claim differs, or something comes along that was not stored then.
    """
    transaction = plan.transaction
    claim = hub.intake.duplicate(transaction.acceptance, duplicate) if transaction else duplicate
    found = []
    for entry in plan.new["entry"]:
        resource = entry["resource"]
        stored = _same(hub, resource, claim)
        if stored is None:
            raise Conflict(
                Issue(
                    "duplicate",
                    f"{claim.resource} a déjà été reçu avec ce contenu, mais cette transaction "
                    f"apporte aussi une ressource {resource['resourceType']} inconnue ici. Rien "
                    "n’a été enregistré : envoyez le reste sans la feuille de soins.",
                    f"{claim.resource} was already received with this content, but this "
                    f"transaction also brings a {resource['resourceType']} unknown here. Nothing "
                    "was stored: send the rest without the claim.",
                )
            )
        found.append(stored)
    return found


def _same(hub: Hub, resource: Tree, claim: Exchange) -> StoredResource | None:
    kind = resource["resourceType"]
    for identifier in resource.get("identifier", []):
        system, value = identifier.get("system", ""), identifier.get("value", "")
        if kind == "Claim" and claim.identifier == f"{system}|{value}":
            return hub.store.read("Claim", claim.resource.partition("/")[2])
        stored = hub.store.find(kind, "identifier", system, value) if value else None
        if stored is not None:
            return stored
    return None


def _entry(this: Call, stored: StoredResource, status: int) -> EntryAnswer:
    shown = this.prefer.returns == "representation"
    return EntryAnswer(
        status=status,
        location=f"{stored.type}/{stored.id}/_history/{stored.version}",
        etag=answers.etag(stored),
        modified=stored.updated,
        resource=stored.body if shown else b"",
    )
