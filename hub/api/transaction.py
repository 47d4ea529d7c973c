"""FHIR transaction: all entries are stored, or none.

https://hl7.org/fhir/R4/http.html#trules

An entry whose ifNoneExist finds a resource is not stored again: references to it are turned
towards the one that is there. A transaction repeated as a whole (the first answer got lost) is
answered with what the first one stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from hub.api import answers, bundles
from hub.api.bundles import EntryAnswer
from hub.api.call import Call
from hub.api.check import check
from hub.api.conditional import addresses
from hub.api.create import creatable, existing
from hub.api.keep import keep
from hub.api.repeated import repeated
from hub.errors import Invalid, Issue
from hub.exchange.intake import Transaction
from hub.fhir import references
from hub.model import StoredResource, Tree


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done with each entry."""

    known: Mapping[int, StoredResource]  #: position → the resource that ifNoneExist found
    new: Tree  #: the Bundle of the other entries
    transaction: Transaction
    before: Sequence[StoredResource] | None  #: what an earlier delivery of `new` stored


async def process(this: Call, bundle: Tree) -> Response:
    """The transaction-response: one entry for each entry, in the same order.

    Raises:
        Invalid, Unsupported, Unroutable: with the entry's path; nothing is stored.
        Conflict: 409, a Claim of it came before with other content; nothing is stored.
    """
    plan = await run_in_threadpool(_plan, this, bundle)
    rest = iter(await _store(this, plan))
    given = [
        _entry(this, plan.known[i], 200) if i in plan.known else _entry(this, *next(rest))
        for i in range(len(bundle.get("entry", [])))
    ]
    return answers.fhir(bundles.responses("transaction-response", given))


async def _store(this: Call, plan: _Plan) -> list[tuple[StoredResource, int]]:
    """Each new entry as it is stored, and whether it was (201) or was there before (200)."""
    before = plan.before
    if before is None and plan.new["entry"]:
        accepted = await keep(this.hub, plan.transaction.acceptance)
        if accepted.duplicate is None:
            by_name = {(one.type, one.id): one for one in accepted.resources}
            return [(by_name[name], 201) for name in plan.transaction.entries]
        # Another delivery was faster between the look and the write.
        before = await run_in_threadpool(repeated, this.hub, plan.transaction, plan.new)
    return [(one, 200) for one in before or ()]


def _plan(this: Call, bundle: Tree) -> _Plan:
    check(bundle, "Bundle")
    known: dict[int, StoredResource] = {}
    entries = bundle.get("entry", [])
    moved = addresses(this, [entry.get("resource") for entry in entries])
    for position, entry in enumerate(entries):
        _creation(entry, f"Bundle.entry[{position}]")
        this.may("create", entry["request"]["url"])
        condition = entry["request"].get("ifNoneExist")
        found = condition and existing(this.hub, entry["request"]["url"], condition, this.base)
        if found:
            known[position] = found
            moved[entry.get("fullUrl", "")] = f"{found.type}/{found.id}"
    kept = [
        {**entry, "resource": references.rewrite(entry["resource"], moved)}
        for position, entry in enumerate(entries)
        if position not in known
    ]
    new = {**bundle, "entry": kept}
    transaction = this.hub.intake.transaction(new)
    return _Plan(known, new, transaction, repeated(this.hub, transaction, new))


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


def _entry(this: Call, stored: StoredResource, status: int) -> EntryAnswer:
    shown = this.prefer.returns == "representation"
    return EntryAnswer(
        status=status,
        location=f"{stored.type}/{stored.id}/_history/{stored.version}",
        etag=answers.etag(stored),
        modified=stored.updated,
        resource=stored.body if shown else b"",
    )
