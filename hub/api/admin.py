"""The administrators' door: the same acts on maps and tables as the console's, as JSON.

A client's token reads, writes and proposes; what a second person must decide takes a person's
session (POST /admin/session). Same services, same rights, same audit as the console.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.access import tokens
from hub.access.clients import Caller
from hub.access.matrix import matrix
from hub.access.scopes import read as read_scopes
from hub.api.body import received
from hub.api.call import hub_of
from hub.authoring import comparing, packages, proving, releases, replay
from hub.authoring.conflicts import Overtaken
from hub.authoring.people import Person, of_account, of_caller
from hub.errors import Invalid, Issue, Unauthenticated
from hub.fhir.outcome import language
from hub.formats import exact_json
from hub.model import Tree
from hub.wiring import Hub

Act = Callable[[Hub, Person, Tree], Any]
LONGEST = 200  #: characters of a token


def _listed(hub: Hub, person: Person, asked: Tree) -> Any:
    return [asdict(one) for one in releases.artefacts(hub)]


def _one(hub: Hub, person: Person, asked: Tree) -> Any:
    url = _text(asked, "url")
    known = [asdict(one) for one in releases.versions(hub, url)]
    return {"artefact": asdict(releases.artefact(hub, url)), "versions": known}


def _diff(hub: Hub, person: Person, asked: Tree) -> Any:
    url, first, second = (_text(asked, name) for name in ("url", "first", "second"))
    return asdict(comparing.compare(hub, url, first, second))


def _history(hub: Hub, person: Person, asked: Tree) -> Any:
    return releases.history(hub, _text(asked, "url"))


def _replays(hub: Hub, person: Person, asked: Tree) -> Any:
    if asked.get("id"):
        return asdict(replay.replay(hub, _text(asked, "id")))
    return [asdict(one) for one in replay.replays(hub, _text(asked, "url"))]


def _export(hub: Hub, person: Person, asked: Tree) -> Any:
    urls = [url for url in str(asked.get("url") or "").split(",") if url]
    return {"package": base64.b64encode(packages.export(hub, urls)).decode()}


def _bring(hub: Hub, person: Person, asked: Tree) -> Any:
    try:
        body = base64.b64decode(_text(asked, "package"), validate=True)
    except (binascii.Error, ValueError):
        raise _wrong("« package » doit être en base64.", "'package' must be base64.") from None
    return [asdict(one) for one in packages.bring(hub, person, body)]


def _draft(hub: Hub, person: Person, asked: Tree) -> Any:
    text = asked.get("text", "")
    made = releases.open_draft(hub, person, _text(asked, "url"), text if text else "")
    return asdict(made)


def _save(hub: Hub, person: Person, asked: Tree) -> Any:
    url, text, seen = (_text(asked, name) for name in ("url", "text", "hash"))
    return asdict(releases.save(hub, person, url, text, seen))


def _example(hub: Hub, person: Person, asked: Tree) -> Any:
    url, name, seen = (_text(asked, part) for part in ("url", "name", "hash"))
    given = _text(asked, "in") if "in" in asked else None
    expected = _text(asked, "out") if given is not None else ""
    return asdict(releases.keep_example(hub, person, url, name, given, expected, seen))


def _test(hub: Hub, person: Person, asked: Tree) -> Any:
    found = releases.test(hub, person, _text(asked, "url"))
    return asdict(found) | {"ok": found.ok}


def _propose(hub: Hub, person: Person, asked: Tree) -> Any:
    url, seen, reason = (_text(asked, name) for name in ("url", "hash", "reason"))
    return asdict(releases.propose(hub, person, url, seen, reason))


def _send_back(hub: Hub, person: Person, asked: Tree) -> Any:
    url, seen, reason = (_text(asked, name) for name in ("url", "hash", "reason"))
    return asdict(releases.send_back(hub, person, url, seen, reason))


def _discard(hub: Hub, person: Person, asked: Tree) -> Any:
    releases.discard(hub, person, _text(asked, "url"), _text(asked, "hash"))
    return {}


def _approve(hub: Hub, person: Person, asked: Tree) -> Any:
    url, seen, reason = (_text(asked, name) for name in ("url", "hash", "reason"))
    by = str(asked.get("by") or "submission")
    return asdict(releases.approve(hub, person, url, seen, _start(asked), by, reason))


def _retire(hub: Hub, person: Person, asked: Tree) -> Any:
    by = str(asked.get("by") or "submission")
    url, reason = _text(asked, "url"), _text(asked, "reason")
    return asdict(releases.retire(hub, person, url, reason, _start(asked), by))


def _revert(hub: Hub, person: Person, asked: Tree) -> Any:
    return asdict(releases.revert(hub, person, _text(asked, "url"), _text(asked, "reason")))


def _replay(hub: Hub, person: Person, asked: Tree) -> Any:
    count = asked.get("count", 100)
    if not isinstance(count, int) or isinstance(count, bool):
        raise _wrong("« count » doit être un entier.", "'count' must be a whole number.")
    return asdict(replay.begin(hub, person, _text(asked, "url"), count))


def _stop(hub: Hub, person: Person, asked: Tree) -> Any:
    return asdict(replay.stop(hub, person, _text(asked, "id")))


#: Address → what it does, the right it takes at least; the service looks closer.
READS: dict[str, Act] = {
    "": _listed,
    "/one": _one,
    "/diff": _diff,
    "/history": _history,
    "/replays": _replays,
    "/package": _export,
}
ACTS: dict[str, tuple[Act, str]] = {
    "/draft": (_draft, "mapping.edit"),
    "/save": (_save, "mapping.edit"),
    "/discard": (_discard, "mapping.edit"),
    "/example": (_example, "mapping.edit"),
    "/package": (_bring, "mapping.edit"),
    "/test": (_test, "mapping.read"),
    "/replay": (_replay, "mapping.read"),
    "/replay-stop": (_stop, "mapping.read"),
    "/propose": (_propose, "mapping.propose"),
    "/send-back": (_send_back, "mapping.read"),
    "/approve": (_approve, "mapping.publish"),
    "/retire": (_retire, "mapping.publish"),
    "/revert": (_revert, "mapping.rollback"),
}


def _door(act: Act, right: str) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        asked = dict(request.query_params) if request.method == "GET" else await body_of(request)
        return await run_in_threadpool(_served, request, act, right, asked)

    return serve


def _served(request: Request, act: Act, right: str, asked: Tree) -> Response:
    hub = hub_of(request)
    person = person_of(hub, request)
    matrix().require(person.roles, right)
    try:
        return answered(act(hub, person, asked))
    except Overtaken as late:
        lang = language(request.headers.get("accept-language"))
        told = [{"code": one.code, "text": getattr(one, lang)} for one in late.issues]
        theirs = asdict(late.theirs) if late.theirs else None
        return answered({"issues": told, "yours": late.yours, "theirs": theirs}, 409)


def person_of(hub: Hub, request: Request) -> Person:
    """Who calls: a person by their session, or a system by its token.

    Raises:
        Unauthenticated: neither.
    """
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and text.isascii() and len(text) < LONGEST:
        account = proving.account_of(hub, text)
        if account is not None:
            return of_account(account)
        found = hub.store.token(tokens.digest(text)) if tokens.plausible(text) else None
        bound = found[0].certificate if found else ""
        if found is not None and (not bound or request.scope.get("certificate") == bound):
            token, client = found
            return of_caller(
                Caller(
                    client.id,
                    client.roles,
                    client.tenant,
                    client.organizations,
                    read_scopes(token.scopes),
                    client.body,
                )
            )
    raise Unauthenticated(
        Issue(
            "login",
            "Il faut une session (POST /admin/session) ou un jeton d'accès valable.",
            "A session (POST /admin/session) or a valid access token is needed.",
        )
    )


async def _session(request: Request) -> Response:
    """Sign in: account, password and one-time code give a token for half an hour of rest."""
    asked = await body_of(request)
    hub = hub_of(request)
    given = [_text(asked, name) for name in ("account", "password", "code")]
    return answered({"token": await run_in_threadpool(proving.sign_in, hub, *given)})


async def body_of(request: Request) -> Tree:
    """The JSON object of a call.

    Raises:
        Invalid: it is none.
    """
    tree = exact_json.loads(await received(request))
    if not isinstance(tree, dict):
        raise _wrong("Le corps doit être un objet JSON.", "The body must be a JSON object.")
    return tree


def _text(asked: Tree, name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str) or not value:
        raise _wrong(f"Il manque « {name} », un texte.", f"'{name}' is missing: a text.")
    return value


def _start(asked: Tree) -> date | datetime | None:
    said = str(asked.get("from") or "")
    try:
        if not said:
            return None
        return date.fromisoformat(said) if len(said) == 10 else datetime.fromisoformat(said)
    except ValueError:
        raise _wrong("« from » doit être une date ISO 8601.", "'from' must be ISO 8601.") from None


def answered(tree: Any, status: int = 200) -> Response:
    """A JSON answer that nobody keeps."""
    body = json.dumps(tree, ensure_ascii=False, default=str).encode(errors="replace")
    return Response(body, status, {"cache-control": "no-store"}, "application/json")


def _wrong(fr: str, en: str) -> Invalid:
    return Invalid(Issue("value", fr, en))


_BASE = "/admin/releases"
ROUTES = [
    Route("/admin/session", _session, methods=["POST"]),
    *(Route(_BASE + at, _door(act, "mapping.read"), methods=["GET"]) for at, act in READS.items()),
    *(Route(_BASE + at, _door(act, right), methods=["POST"]) for at, (act, right) in ACTS.items()),
]
