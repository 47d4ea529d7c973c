"""POST /partners/{name}: the door for partners that call us.

The call proves its origin by whatever the partner's adapter checks (a signature, as a rule). It is
stored before it is acknowledged (202), under a name made of its content, so that the same call
again changes nothing; the sweep applies it. What is not authenticated is counted and not stored.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.api import answers, body
from hub.api.call import hub_of
from hub.errors import Invalid, Issue, NotFound, Unreadable
from hub.fhir.outcome import language
from hub.model import Inbound
from hub.ports import Adapter
from hub.wiring import Hub

log = logging.getLogger("hub.api")

#: Issue codes that say who is calling is not proven.
#: Source: https://hl7.org/fhir/R4/valueset-issue-type.html, `security` and what stands below it
SECURITY = frozenset({"security", "login", "unknown", "expired", "forbidden"})

_UNSIGNED = {"via": "call"}


def take(hub: Hub, name: str, headers: Mapping[str, str], raw: bytes) -> str:
    """Store a call; gives the name under which it is kept.

    Raises:
        NotFound: no such partner here, or none that authenticates its calls.
        Invalid: 401, not authenticated: nothing is stored. 400, authenticated and unreadable: kept
            for a person.
    """
    adapter = hub.adapters.get(name)
    if adapter is None or not _authenticates(adapter, raw):
        raise _no_door(name)
    given = {k: v for k, v in headers.items() if k != "name"} | _UNSIGNED
    try:
        adapter.receive(given, raw)
    except Unreadable as problem:
        if _is_about_security(problem):
            hub.refused[name] += 1
            log.warning("partner %s: call refused, not authenticated (%d)", name, hub.refused[name])
            raise Invalid(*problem.issues, status=401) from problem
        hub.store.quarantine(name, raw, problem.text)
        raise Invalid(*problem.issues, status=400) from problem
    kept = f"appel-{hashlib.sha256(raw).hexdigest()[:32]}"
    hub.store.inbox_put(name, Inbound(kept, raw))
    return kept


def _authenticates(adapter: Adapter, raw: bytes) -> bool:
    """Does it refuse the same bytes when nothing proves where they come from?

    An adapter that only ever fetches its files reads whatever it is given.
    """
    try:
        adapter.receive(_UNSIGNED, raw)
    except Unreadable as problem:
        return _is_about_security(problem)
    return False


def _is_about_security(problem: Unreadable) -> bool:
    return any(issue.code in SECURITY for issue in problem.issues)


def _no_door(name: str) -> NotFound:
    shown = name[:64]
    return NotFound(
        Issue(
            "not-found",
            f"« {shown} » n’est pas un organisme qui appelle cette plateforme. Vérifiez l’adresse.",
            f'"{shown}" is not a partner that calls this hub. Check the address.',
        )
    )


async def _endpoint(request: Request) -> Response:
    hub = hub_of(request)
    raw = await body.received(request)
    name = request.path_params["name"]
    kept = await run_in_threadpool(take, hub, name, dict(request.headers), raw)
    lang = language(request.headers.get("accept-language"))
    told = Issue(
        "informational",
        f"Message enregistré sous {kept} ; il sera appliqué dans un instant.",
        f"Message stored as {kept}; it will be applied in a moment.",
        "",
        "information",
    )
    return answers.issues((told,), lang, 202)


ROUTES = [Route("/partners/{name}", _endpoint, methods=["POST"])]
