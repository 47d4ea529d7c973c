"""FHIR create, and conditional create.

https://hl7.org/fhir/R4/http.html#create, #ccreate

A Claim brings its exchanges with it. The same Claim again (same provider, same identifier, same
content) is answered 200 with the one that is known; other content under the same identifier is
answered 409 and says what differs.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.api import answers, audit_events, body, call, criteria, threads
from hub.api.call import Call
from hub.api.check import check
from hub.api.idempotency import once
from hub.api.keep import keep
from hub.api.offer import CREATED, ORDERED, served
from hub.api.query import parse
from hub.errors import Invalid, Issue, Problem, Unsupported
from hub.model import Exchange, StoredResource
from hub.ports import Acceptance
from hub.wiring import Hub


async def create(this: Call, type_name: str, raw: bytes) -> Response:
    """Validate and store one resource; 201, or 200 for one that is known.

    Raises:
        Unsupported: 405, this type is only made by the hub.
        Invalid: 400 or 422 with every finding; 412, If-None-Exist matches several.
        Forbidden: 403.
        Conflict: 409, the same identifier with other content.
    """
    hub = this.hub
    creatable(type_name)
    this.may("create", type_name)
    condition = this.headers.get("if-none-exist")
    if condition is not None:
        known = await run_in_threadpool(existing, hub, type_name, condition, this.base)
        if known is not None:
            return answers.written(this, known, 200)
    acceptance = await threads.run(hub, len(raw), _prepare, hub, type_name, raw)
    accepted = await keep(hub, acceptance)
    if accepted.duplicate is None:
        return answers.written(this, accepted.resources[0], 201)
    first = await run_in_threadpool(_first, hub, acceptance, accepted.duplicate)
    return answers.written(this, first, 200)


def creatable(type_name: str) -> None:
    """Check that a client may create resources of this type.

    Raises:
        NotFound, Unsupported
    """
    if type_name == audit_events.TYPE or served(type_name) not in CREATED:
        types = ", ".join(CREATED)
        if type_name == ORDERED:
            raise Unsupported(
                Issue(
                    "not-supported",
                    f"{ORDERED} s’envoie seul, par POST à /fhir/{ORDERED}, pas dans un Bundle.",
                    f"{ORDERED} is sent on its own, by POST to /fhir/{ORDERED}, not in a Bundle.",
                ),
                status=405,
            )
        raise Unsupported(
            Issue(
                "not-supported",
                f"{type_name} est créé par la plateforme elle-même. Types que vous pouvez "
                f"créer : {types}.",
                f"{type_name} is made by the hub itself. Types you may create: {types}.",
            ),
            status=405,
        )


def existing(hub: Hub, type_name: str, condition: str, base: str) -> StoredResource | None:
    """The resource an If-None-Exist condition finds, None when there is none.

    Raises:
        Invalid: 400, the condition cannot be read; 412, it finds several.
    """
    parameters = parse(condition.removeprefix("?").encode("utf-8", "replace"))
    wanted = criteria.read(type_name, parameters, base, hub.store)
    if not wanted:
        raise _condition(
            "La condition If-None-Exist est vide : donnez par exemple identifier=système|valeur.",
            "The If-None-Exist condition is empty: give for example identifier=system|value.",
            400,
        )
    page = hub.store.search(type_name, wanted, 2, None)
    if page.total > 1:
        raise _condition(
            f"La condition If-None-Exist désigne {page.total} ressources : précisez-la.",
            f"The If-None-Exist condition finds {page.total} resources: make it precise.",
            412,
        )
    return page.resources[0] if page.resources else None


def _prepare(hub: Hub, type_name: str, raw: bytes) -> Acceptance:
    resource = body.resource(raw)
    if resource["resourceType"] != type_name:
        shown = resource["resourceType"][:64]
        raise Invalid(
            Issue(
                "invalid",
                f"L’adresse est celle de {type_name} mais le corps est « {shown} » : envoyez-le à "
                "l’adresse de son type.",
                f'The address is that of {type_name} but the body is "{shown}": send it to the '
                "address of its type.",
                "resourceType",
            ),
            status=400,
        )
    check(resource, type_name)
    return hub.intake.create(resource, raw)


def _first(hub: Hub, acceptance: Acceptance, duplicate: Exchange) -> StoredResource:
    """The Claim that came first, when the repetition says the same."""
    known = hub.intake.duplicate(acceptance, duplicate)
    type_name, _, id = known.resource.partition("/")
    stored = hub.store.read(type_name, id)
    if stored is None:
        raise Problem(Issue("exception", "Ressource absente.", f"{known.resource} is gone."))
    return stored


def _condition(fr: str, en: str, status: int) -> Problem:
    return Invalid(Issue("multiple-matches" if status == 412 else "invalid", fr, en), status=status)


async def _endpoint(request: Request) -> Response:
    this = call.of(request)
    type_name = request.path_params["type"]
    creatable(type_name)
    raw = await body.fhir(request)
    return await once(this, request, raw, lambda: create(this, type_name, raw))


ROUTES = [Route("/fhir/{type}", _endpoint, methods=["POST"])]
