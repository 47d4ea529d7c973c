"""The administrators' door: the same acts on maps and tables as the console's, as JSON.

A client's token reads, writes and proposes; what a second person must decide takes a person's
session (POST /admin/session). Same services, same rights, same audit as the console.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.api.admin_door import (
    Act,
    answered,
    body_of,
    caller_of,
    check,
    door,
    number,
    said,
    text,
    wrong,
)
from hub.api.call import hub_of
from hub.authoring import comparing, packages, proving, releases, replay
from hub.authoring.people import Person
from hub.model import Tree
from hub.wiring import Hub


def _listed(hub: Hub, person: Person, asked: Tree) -> Any:
    return [asdict(one) for one in releases.artefacts(hub)]


def _one(hub: Hub, person: Person, asked: Tree) -> Any:
    url = text(asked, "url")
    known = [asdict(one) for one in releases.versions(hub, url)]
    return {"artefact": asdict(releases.artefact(hub, url)), "versions": known}


def _diff(hub: Hub, person: Person, asked: Tree) -> Any:
    url, first, second = (text(asked, name) for name in ("url", "first", "second"))
    return asdict(comparing.compare(hub, url, first, second))


def _text(hub: Hub, person: Person, asked: Tree) -> Any:
    found = comparing.side(hub, text(asked, "url"), text(asked, "version"))
    return {"text": found.text, "form": found.form}


def _history(hub: Hub, person: Person, asked: Tree) -> Any:
    return releases.history(hub, text(asked, "url"))


def _replays(hub: Hub, person: Person, asked: Tree) -> Any:
    if asked.get("id"):
        return asdict(replay.replay(hub, text(asked, "id")))
    return [asdict(one) for one in replay.replays(hub, text(asked, "url"))]


def _export(hub: Hub, person: Person, asked: Tree) -> Any:
    urls = [url for url in said(asked, "url").split(",") if url]
    return {"package": base64.b64encode(packages.export(hub, urls)).decode()}


def _bring(hub: Hub, person: Person, asked: Tree) -> Any:
    try:
        body = base64.b64decode(text(asked, "package"), validate=True)
    except (binascii.Error, ValueError):
        raise wrong("« package » doit être en base64.", "'package' must be base64.") from None
    return [asdict(one) for one in packages.bring(hub, person, body)]


def _draft(hub: Hub, person: Person, asked: Tree) -> Any:
    return asdict(releases.open_draft(hub, person, text(asked, "url"), said(asked, "text")))


def _save(hub: Hub, person: Person, asked: Tree) -> Any:
    url, written, seen = (text(asked, name) for name in ("url", "text", "hash"))
    return asdict(releases.save(hub, person, url, written, seen))


def _example(hub: Hub, person: Person, asked: Tree) -> Any:
    url, name, seen = (text(asked, part) for part in ("url", "name", "hash"))
    given = text(asked, "in") if "in" in asked else None
    expected = text(asked, "out") if given is not None else ""
    return asdict(releases.keep_example(hub, person, url, name, given, expected, seen))


def _test(hub: Hub, person: Person, asked: Tree) -> Any:
    found = releases.test(hub, person, text(asked, "url"))
    return asdict(found) | {"ok": found.ok}


def _propose(hub: Hub, person: Person, asked: Tree) -> Any:
    url, seen, reason = (text(asked, name) for name in ("url", "hash", "reason"))
    return asdict(releases.propose(hub, person, url, seen, reason))


def _send_back(hub: Hub, person: Person, asked: Tree) -> Any:
    url, seen, reason = (text(asked, name) for name in ("url", "hash", "reason"))
    return asdict(releases.send_back(hub, person, url, seen, reason))


def _discard(hub: Hub, person: Person, asked: Tree) -> Any:
    releases.discard(hub, person, text(asked, "url"), text(asked, "hash"))
    return {}


def _approve(hub: Hub, person: Person, asked: Tree) -> Any:
    url, seen, reason = (text(asked, name) for name in ("url", "hash", "reason"))
    by = said(asked, "by", "submission")
    return asdict(releases.approve(hub, person, url, seen, _start(asked), by, reason))


def _retire(hub: Hub, person: Person, asked: Tree) -> Any:
    by = said(asked, "by", "submission")
    url, reason = text(asked, "url"), text(asked, "reason")
    return asdict(releases.retire(hub, person, url, reason, _start(asked), by))


def _revert(hub: Hub, person: Person, asked: Tree) -> Any:
    return asdict(releases.revert(hub, person, text(asked, "url"), text(asked, "reason")))


def _replay(hub: Hub, person: Person, asked: Tree) -> Any:
    return asdict(
        replay.begin(hub, person, text(asked, "url"), number(asked, "count", 100, 99_999))
    )


def _stop(hub: Hub, person: Person, asked: Tree) -> Any:
    return asdict(replay.stop(hub, person, text(asked, "id")))


#: Address → what it does, the right it takes at least; the service looks closer.
READS: dict[str, Act] = {
    "": _listed,
    "/one": _one,
    "/diff": _diff,
    "/text": _text,
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


async def _session(request: Request) -> Response:
    """Sign in: account, password and one-time code give a token for half an hour of rest."""
    asked = await body_of(request)
    check(asked)
    hub = hub_of(request)
    account, password, code = (text(asked, name) for name in ("account", "password", "code"))
    address = request.client.host if request.client else ""
    place = proving.Place(address, str(asked.get("device") or "")[:200])
    found = await run_in_threadpool(proving.sign_in, hub, account, password, code, place)
    return answered({"token": found})


async def _ended(request: Request) -> Response:
    """Sign out: the session of the token ends; without one there is nothing to end."""
    hub = hub_of(request)
    token = request.headers.get("authorization", "").partition(" ")[2]
    await run_in_threadpool(caller_of, hub, request)
    await run_in_threadpool(proving.sign_out, hub, token)
    return answered({})


def _start(asked: Tree) -> date | datetime | None:
    told = said(asked, "from")
    try:
        if not told:
            return None
        return date.fromisoformat(told) if len(told) == 10 else datetime.fromisoformat(told)
    except ValueError:
        raise wrong("« from » doit être une date ISO 8601.", "'from' must be ISO 8601.") from None


_BASE = "/releases"
ROUTES = [
    Route("/admin/session", _session, methods=["POST"]),
    Route("/admin/session/end", _ended, methods=["POST"]),
    *(door("GET", _BASE + at, act, "mapping.read") for at, act in READS.items()),
    *(door("POST", _BASE + at, act, right) for at, (act, right) in ACTS.items()),
]
