"""One exchange: its story, its messages, its audit rows, and what may be done about it."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import Any

import msgspec
from lxml import etree
from starlette.responses import Response

from hub.access.matrix import Condition
from hub.console import words
from hub.console.gate import route
from hub.console.visit import Visit
from hub.errors import Forbidden, Issue, Unreadable
from hub.evidence.chain import Entry
from hub.exchange import cancelling, replaying
from hub.formats import exact_json, xml_strict
from hub.model import Exchange, State, StoredMessage
from hub.watching.dossiers import legible

log = logging.getLogger(__name__)

#: Characters of a message that are shown; a deposit of many sheets is longer than a page.
LONGEST = 20_000
#: Lines of a story that tell of an attempt that failed.
FAILURES = ("unreachable", "unconfirmed", "held")


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as this person may see it."""

    message: StoredMessage
    text: str  #: "" when it is hidden
    redacted: bool
    cut: bool


def exchange(visit: Visit) -> Response:
    """The page; whoever may see payloads is written down as having seen them."""
    found = visit.exchange()
    whole = visit.granted("exchange.payload") not in (None, Condition.GLASS)
    if whole:
        visit.record("read-payload", f"Exchange/{found.id}", page="console")
    return _page(visit, found, whole)


def break_glass(visit: Visit) -> Response:
    """Show the messages whole to somebody who gives a reason: written down, and told to others.

    Raises:
        Forbidden: they have no such right, whatever the reason.
        Invalid: no reason.
    """
    found = visit.exchange()
    visit.break_glass(found)
    return _page(visit, found, whole=True)


def _page(visit: Visit, found: Exchange, whole: bool) -> Response:
    store = visit.hub.store
    done = visit.asked("done")
    return visit.page(
        "exchange.html",
        exchange=found,
        events=store.events(found.id),
        messages=[_shown(visit, found, one, whole) for one in store.messages(found.id)],
        whole=whole,
        glass=visit.granted("exchange.payload") is Condition.GLASS,
        related=_related(visit, found),
        missing=found.detail.get("missing") or [],
        audit=_audit(store.audit_search(object=f"Exchange/{found.id}", limit=200))
        if visit.may("audit.read")
        else None,
        actions=actions(visit, found),
        done=words.DONE.get(done, ""),
        switch=store.switch(found.partner or ""),
        failures=sum(event.what in FAILURES for event in store.events(found.id)),
    )


def actions(visit: Visit, found: Exchange) -> list[str]:
    """What this person may do to it as it is now."""
    over = found.state in (State.CLOSED, State.CANCELLED)
    replays = not found.held and replaying.kind(found) != replaying.NOTHING
    offered = []
    if visit.may("exchange.hold"):
        offered += ["resume"] if found.held else [] if over else ["hold"]
    if visit.may("exchange.cancel"):
        if found.state in (State.ACCEPTED, State.READY):
            offered.append("withdraw")
        elif (
            found.parent is None
            and found.operation in cancelling.OF_A_CLAIM
            and found.state in (State.SENT, State.PENDING)
        ):
            offered.append("cancel")
    if visit.may("exchange.replay") and replays:
        offered.append("replay")
    return offered


def _related(visit: Visit, found: Exchange) -> list[Exchange]:
    same = visit.hub.store.browse(resources=[found.resource], partner=visit.partner)
    return [one for one in same if one.id != found.id]


def _shown(visit: Visit, found: Exchange, message: StoredMessage, whole: bool) -> Shown:
    body = message.body
    if not whole:
        adapter = visit.hub.adapters.get(found.partner or "")
        # Only what speaks the partner's language can be redacted by its adapter.
        if adapter is None or "fhir" in message.content_type:
            return Shown(message, "", True, False)
        body = adapter.redact(body)
    text = indented(legible(body), message.content_type)
    return Shown(message, text[:LONGEST], not whole, len(text) > LONGEST)


def indented(text: str, content_type: str = "") -> str:
    """A message as a person reads it; whatever it is, when its type is not told."""
    body = text.encode()
    try:
        if "json" in content_type or body[:1] in (b"{", b"["):
            return msgspec.json.format(body, indent=2).decode()
        if "xml" in content_type or body[:1] == b"<":
            tree = xml_strict.parse(_declared_as_utf8(body))
            etree.indent(tree)
            return etree.tostring(tree, encoding="unicode")
    except (msgspec.DecodeError, Unreadable):
        pass
    return text


def _declared_as_utf8(body: bytes) -> bytes:
    """It was decoded before: what its declaration says of its bytes holds no more."""
    return re.sub(rb"^<\?xml[^>]*\?>", b"", body)


def _audit(entries: list[Entry]) -> list[dict[str, Any]]:
    return [row(entry) for entry in entries]


def row(entry: Entry) -> dict[str, Any]:
    """One audit row as its page shows it."""
    told: dict[str, Any] = exact_json.loads(entry.content.encode())
    detail = told.get("detail") or {}
    said = ", ".join(f"{k}: {_brief(v)}" for k, v in detail.items() if v not in (None, ""))
    return {**told, "said": said[:300]}


def _brief(value: Any) -> str:
    """A digest is known by its first signs."""
    text = str(value)
    return f"{text[:16]}…" if len(text) == 64 and text.isalnum() else text


def _payload(visit: Visit) -> Response:
    if visit.request.method == "GET":
        return visit.go(f"/exchanges/{visit.exchange().id}")
    if visit.granted("exchange.payload") is not Condition.GLASS:
        raise Forbidden(Issue("forbidden", "Rien à ouvrir ici.", "There is nothing to open here."))
    return break_glass(visit)


ROUTES = (
    route("/exchanges/{id}", exchange, "exchange.read"),
    route("/exchanges/{id}/payload", _payload, "exchange.payload", post=True),
)
