"""POST Task: a provider orders something about a claim of his.

https://hl7.org/fhir/R4/task.html, financialtaskcode `cancel` and `status`.

`cancel`: what has not left is withdrawn at once; else the institution is asked, and the Task moves
on by itself (requested → in-progress → completed or rejected). The answer comes when it is settled
or after settings.wait seconds (Prefer: wait, respond-async). `status` is asked while the client
waits and never queued.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.api import answers, body, call, threads
from hub.api.call import Call
from hub.api.check import check
from hub.api.idempotency import once
from hub.api.keep import keep
from hub.errors import Invalid, Issue, Problem
from hub.exchange import cancelling, inquiry, orders, resources
from hub.exchange.orders import Order
from hub.model import State, StoredResource, Tree
from hub.ports import Acceptance
from hub.wiring import Hub

TYPE = "Task"


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What asking for one stores; nothing when the same Task came before."""

    id: str
    acceptance: Acceptance | None
    at_once: bool  #: nothing has left: the hub settles it itself


async def create(this: Call, raw: bytes) -> Response:
    """Take an order; 201 with the Task as it stands, 200 when the same came before.

    Raises:
        Invalid: 400 or 422; no Task, no such order, no such claim, or another provider's.
        Conflict: 409, the claim's cancellation was asked for already.
    """
    this.may("create", TYPE)
    hub = this.hub
    task, order = await threads.run(hub, len(raw), _read, hub, raw)
    if order.code == orders.STATUS:
        stored = await run_in_threadpool(_status, hub, task, raw, order)
        return answers.written(this, stored, 201)
    asked = await threads.run(hub, len(raw), _cancel, hub, task, raw, order)
    if asked.acceptance is not None:
        await keep(hub, asked.acceptance)
        if asked.at_once:
            await run_in_threadpool(hub.trip.advance, asked.id)
        elif not this.prefer.asynchronous:
            patience = hub.settings.wait if this.prefer.wait is None else this.prefer.wait
            await hub.decided(asked.id, min(patience, hub.settings.wait))
    stored = await threads.run(hub, 0, _stored, hub, asked.id)
    return answers.written(this, stored, 201 if asked.acceptance else 200)


def _read(hub: Hub, raw: bytes) -> tuple[Tree, Order]:
    task = body.resource(raw)
    if task["resourceType"] != TYPE:
        raise Invalid(
            Issue(
                "invalid",
                "L’adresse est celle de Task : envoyez-y un Task, et le reste à l’adresse de son "
                "type.",
                "The address is that of Task: send a Task there, and the rest to the address of "
                "its type.",
                "resourceType",
            ),
            status=400,
        )
    check(task, TYPE)
    return task, orders.read(hub.trip, task)


def _cancel(hub: Hub, task: Tree, raw: bytes, order: Order) -> Cancellation:
    trip, claim = hub.trip, order.claim
    before = cancelling.asked_before(trip, claim)
    if before is not None:
        if _digest(hub.store.received(TYPE, before.id)) == _digest(raw):
            return Cancellation(before.id, None, at_once=False)
        raise cancelling.under_way(claim, before)
    id = cancelling.name(trip, claim)
    new = resources.received(task, raw, id, trip.clock.now())
    asked = cancelling.acceptance(trip, claim, id, order.reason, new, claim.provider)
    return Cancellation(id, asked, claim.state in (State.ACCEPTED, State.READY))


def _status(hub: Hub, task: Tree, raw: bytes, order: Order) -> StoredResource:
    standing = inquiry.ask(hub.trip, order.claim)
    now, id = hub.trip.clock.now(), resources.new_id()
    first = resources.received(task, raw, id, now)
    done = {
        "status": "completed",
        "lastModified": now.isoformat(timespec="seconds"),
        "output": standing.outputs(),
    }
    posted = StoredResource(TYPE, id, 1, first.body, now)
    hub.store.accept([Acceptance(resources=(first, resources.revised(posted, now, **done)))])
    return _stored(hub, id)


def _stored(hub: Hub, id: str) -> StoredResource:
    found = hub.store.read(TYPE, id)
    if found is None:
        raise Problem(Issue("exception", "Ressource absente.", f"Task/{id} is gone."))
    return found


def _digest(raw: bytes | None) -> str:
    return hashlib.sha256(raw or b"").hexdigest()


async def _endpoint(request: Request) -> Response:
    this = call.of(request)
    raw = await body.fhir(request)
    return await once(this, request, raw, lambda: create(this, raw))


ROUTES = [Route(f"/fhir/{TYPE}", _endpoint, methods=["POST"])]
