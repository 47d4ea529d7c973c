"""The workbench's drafts: the text to open, saving it, and what to do when another was quicker."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from hub.authoring import bench, bench_sources, releases
from hub.authoring.bench_turn import turn
from hub.authoring.releases import Overtaken
from hub.console.gate import route
from hub.console.visit import Visit
from hub.console.workbench_json import answered, json_response, posted
from hub.formats import exact_json
from hub.ports.releases import Draft

LARGEST = 6_000_000  #: bytes of a form with a text and a source


@dataclass(frozen=True, slots=True)
class Opened:
    """The text of a map as this person may see and write it."""

    text: str
    draft: Draft | None  #: None: the text is the one that holds now
    examples: Mapping[str, Any]  #: kept with the draft, or with the version that holds
    writes: bool  #: may they save it?


def opened(visit: Visit, url: str) -> Opened:
    """The draft of a map, or what holds now when it has none, or when that was asked for.

    Raises:
        Unmappable, NotFound: there is no such map.
    """
    draft = releases.draft(visit.hub, url)
    writes = releases.may(visit.hub, releases.of_account(visit.person), "mapping.edit", url)
    if draft is not None and visit.asked("draft") != "no":
        free = writes and draft.state != "proposed"
        return Opened(draft.text, draft, draft.examples, free)
    known = releases.versions(visit.hub, url)
    held = next((one.version for one in known if one.state == "effective"), None)
    text = bench_sources.text(visit.hub, url)
    return Opened(text, None, held.examples if held is not None else {}, writes and draft is None)


def save(visit: Visit) -> Response:
    """Keep the text as the draft: JSON for the page's script, else back to the page.

    Raises:
        Overtaken: another has saved meanwhile. Forbidden: the map is not theirs to write.
    """
    asked = "json" in visit.request.headers.get("accept", "")
    url, text, seen = visit.given("map"), posted(visit, "text"), visit.given("seen")
    person = releases.of_account(visit.person)
    try:
        made = _saved(visit, person, url, text, seen)
    except Overtaken as other:
        if not asked:
            raise
        return json_response(_overtaken(other), 409)
    if not asked:
        return visit.go(f"/workbench?map={url}")
    return json_response(_told(made))


def _saved(visit: Visit, person: releases.Person, url: str, text: str, seen: str) -> Draft:
    if seen or releases.draft(visit.hub, url) is not None:
        return releases.save(visit.hub, person, url, text, seen)
    begun = releases.open_draft(visit.hub, person, url, text)
    if begun.editor != person.id:  # somebody began one between our two questions
        return releases.save(visit.hub, person, url, text, seen)
    return begun


def _told(draft: Draft) -> dict[str, Any]:
    return {
        "hash": draft.hash,
        "text": draft.text,
        "state": draft.state,
        "editor": draft.editor,
        "edited": draft.edited.isoformat(timespec="seconds"),
    }


def _overtaken(other: Overtaken) -> dict[str, Any]:
    """Both texts and how they differ, line by line."""
    issue, theirs = other.issues[0], other.theirs
    lines = difflib.unified_diff(
        (theirs.text if theirs is not None else "").splitlines(),
        other.yours.splitlines(),
        lineterm="",
        n=2,
    )
    return {
        "fr": issue.fr.replace("person|", ""),
        "en": issue.en.replace("person|", ""),
        "theirs": _told(theirs) if theirs is not None else None,
        "difference": [line for line in lines if not line.startswith(("---", "+++"))],
    }


def keep(visit: Visit) -> Response:
    """Keep the present source, with what the text makes of it, as an example of the draft.

    Raises:
        Overtaken: another has saved meanwhile. Invalid: no name. Unmappable: there is no result.
    """
    person = releases.of_account(visit.person)
    url, name, seen = visit.given("map"), visit.given("name"), visit.given("seen")
    source = posted(visit, "source")
    with turn():
        done = bench.evaluate(visit.hub, posted(visit, "text"), source)
    expected = bench_sources.indented(exact_json.dumps(done.tree).decode())
    made = releases.keep_example(visit.hub, person, url, name, source, expected, seen)
    return json_response(_told(made))


ROUTES = (
    route("/workbench/save", answered(save), "mapping.edit", post=True, largest=LARGEST),
    route("/workbench/keep", answered(keep), "mapping.edit", post=True, largest=LARGEST),
)
