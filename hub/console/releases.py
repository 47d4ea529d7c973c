"""The life of maps and tables: their versions and drafts, what a draft changes, and who decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from starlette.responses import PlainTextResponse, Response

from hub.authoring import comparing, releases, replay
from hub.authoring.catalogue import Artefact
from hub.authoring.people import Person, of_account
from hub.console import release_words as names
from hub.console.gate import Page, route
from hub.console.visit import Visit
from hub.errors import Forbidden, Invalid, Issue
from hub.fhir.search_index import folded
from hub.ports.releases import SUBMISSION

#: What a list may be narrowed to.
STATES = ("draft", "tested", "proposed", "approved", "effective", "packaged", "retired")


def listed(visit: Visit) -> Response:
    """All artefacts, narrowed by kind, state and words."""
    kind, state, said = (visit.asked(name) for name in ("kind", "state", "q"))
    found = [one for one in releases.artefacts(visit.hub) if _wanted(one, kind, state, said)]
    return visit.page(
        "releases.html",
        found=found,
        kind=kind,
        state=state,
        said=said,
        states=STATES,
        names=names,
    )


def _wanted(one: Artefact, kind: str, state: str, said: str) -> bool:
    states = {one.state, one.draft.state if one.draft else "", "approved" if one.scheduled else ""}
    text = folded(f"{one.url} {one.title}")
    return (
        kind in ("", one.kind)
        and (not state or state in states)
        and all(word in text for word in folded(said).split())
    )


def one(visit: Visit) -> Response:
    """One artefact: versions, draft, what may be done, its history."""
    hub, url, person = visit.hub, visit.asked("url"), _person(visit)
    about = releases.artefact(hub, url)
    rights = {
        name: about.editable and releases.may(hub, person, f"mapping.{name}", url)
        for name in ("edit", "propose", "publish", "rollback")
    }
    draft = about.draft
    mine = draft is not None and person.id in (*draft.authors, draft.proposer)
    return visit.page(
        "release.html",
        about=about,
        known=releases.versions(hub, url),
        draft=draft,
        mine=mine,
        rights=rights,
        previous=releases.previous(hub, url) if about.editable else None,
        replays=replay.replays(hub, url)[:5] if about.editable else [],
        history=releases.history(hub, url)[:100],
        done=names.DONE.get(visit.asked("done"), ""),
        names=names,
    )


def compared(visit: Visit) -> Response:
    """Two versions side by side, and what they do differently."""
    url, first, second = (visit.asked(name) for name in ("url", "first", "second"))
    about = releases.artefact(visit.hub, url)
    found = comparing.compare(visit.hub, url, first, second)
    return visit.page(
        "release_diff.html", about=about, found=found, first=first, second=second, names=names
    )


def text(visit: Visit) -> Response:
    """The text of a version, to read and keep."""
    found = comparing.side(visit.hub, visit.asked("url"), visit.asked("version"))
    name = f"{visit.asked('url').rpartition('/')[2]}-{visit.asked('version')}.{found.form}"
    safe = "".join(sign for sign in name if sign.isascii() and (sign.isalnum() or sign in "-._"))
    return PlainTextResponse(
        found.text, headers={"content-disposition": f'attachment; filename="{safe}"'}
    )


def replayed(visit: Visit) -> Response:
    """A replay: how far it is, then what it found."""
    found = replay.replay(visit.hub, str(visit.request.path_params["id"]))
    refreshed = "hx-request" in visit.request.headers
    template = "release_replay_state.html" if refreshed else "release_replay.html"
    about = releases.artefact(visit.hub, found.url)
    current = about.draft is not None and about.draft.hash == found.hash
    return visit.page(template, replay=found, about=about, current=current, names=names)


def start_replay(visit: Visit) -> Response:
    """Begin a replay, and lead to the page that shows how far it is."""
    count = visit.given("count")
    number = int(count) if count.isascii() and count.isdigit() and len(count) < 6 else 100
    made = replay.begin(visit.hub, _person(visit), visit.given("url"), number)
    return visit.go(f"/releases/replays/{made.id}")


def stop_replay(visit: Visit) -> Response:
    """End it with what it has."""
    id = str(visit.request.path_params["id"])
    replay.stop(visit.hub, _person(visit), id)
    return visit.go(f"/releases/replays/{id}")


def _act(done: str, act: Callable[[Visit, Person, str], Any]) -> Page:
    """A form that does one thing, then shows the artefact again."""

    def page(visit: Visit) -> Response:
        url = visit.given("url")
        if visit.request.method == "GET":
            return visit.go("/releases")
        try:
            act(visit, _person(visit), url)
        except Forbidden:
            visit.record("refused", visit.request.url.path, url=url)
            raise
        return visit.go(f"/releases/one?url={quote(url, safe='')}&done={done}")

    return page


def _approve(visit: Visit, person: Person, url: str) -> None:
    start, by = _start(visit)
    hash, reason = visit.given("hash"), visit.given("reason")
    if visit.given("reviewed") != "yes":
        raise Invalid(
            Issue(
                "required",
                "Confirmez que vous avez relu ce texte : cochez la case, puis approuvez.",
                "Confirm that you have reviewed this text: tick the box, then approve.",
            )
        )
    releases.approve(visit.hub, person, url, hash, start, by, reason)


def _retire(visit: Visit, person: Person, url: str) -> None:
    start, by = _start(visit)
    releases.retire(visit.hub, person, url, visit.given("reason"), start, by)


def _start(visit: Visit) -> tuple[date | datetime | None, str]:
    """From when, as a form says it; empty: from now on.

    Raises:
        Invalid: it is no day.
    """
    said, by = visit.given("start"), visit.given("by") or SUBMISSION
    try:
        return (date.fromisoformat(said) if said else None), by
    except ValueError:
        raise Invalid(
            Issue(
                "value",
                "Donnez le jour comme 2026-12-01, ou laissez vide pour « dès maintenant ».",
                "Give the day as 2026-12-01, or leave it empty for 'from now on'.",
            )
        ) from None


def _person(visit: Visit) -> Person:
    return of_account(visit.person)


def _open(visit: Visit, person: Person, url: str) -> None:
    releases.open_draft(visit.hub, person, url)


def _test(visit: Visit, person: Person, url: str) -> None:
    releases.test(visit.hub, person, url)


def _propose(visit: Visit, person: Person, url: str) -> None:
    releases.propose(visit.hub, person, url, visit.given("hash"), visit.given("reason"))


def _send_back(visit: Visit, person: Person, url: str) -> None:
    releases.send_back(visit.hub, person, url, visit.given("hash"), visit.given("reason"))


def _discard(visit: Visit, person: Person, url: str) -> None:
    releases.discard(visit.hub, person, url, visit.given("hash"))


def _revert(visit: Visit, person: Person, url: str) -> None:
    releases.revert(visit.hub, person, url, visit.given("reason"))


_READ = "mapping.read"
#: What may be done, and the right it takes; the service looks closer (whose work it is).
_ACTS = {
    "open": (_open, "mapping.edit"),
    "test": (_test, _READ),  # authors and publishers
    "propose": (_propose, "mapping.propose"),
    "send-back": (_send_back, _READ),  # publishers, and whoever wrote it
    "discard": (_discard, "mapping.edit"),
    "approve": (_approve, "mapping.publish"),
    "retire": (_retire, "mapping.publish"),
    "revert": (_revert, "mapping.rollback"),
}

ROUTES = (
    route("/releases", listed, _READ),
    route("/releases/one", one, _READ),
    route("/releases/diff", compared, _READ),
    route("/releases/text", text, _READ),
    route("/releases/replay", start_replay, _READ, post=True),
    route("/releases/replays/{id}", replayed, _READ),
    route("/releases/replays/{id}/stop", stop_replay, _READ, post=True),
    *(
        route(f"/releases/{name}", _act(name, act), right, post=True)
        for name, (act, right) in _ACTS.items()
    ),
)
