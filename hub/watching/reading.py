"""Exchanges and the audit as a person may read them: masked, or whole by right and for a reason."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from lxml import etree

from hub.access.matrix import Condition, matrix
from hub.errors import Invalid, Issue, NotFound, Unreadable
from hub.evidence.chain import Act, Entry
from hub.formats import exact_json, xml_strict
from hub.model import Exchange, StoredMessage
from hub.watching.dossiers import legible
from hub.wiring import Hub

log = logging.getLogger(__name__)

#: Characters of a message that are shown; a deposit of many sheets is longer than a page.
LONGEST = 20_000
_DECLARATION = re.compile(r"(<\?xml[^>]*\?>)\s*")
SHORTEST_REASON = 10  #: characters, to see identities


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as a person may see it."""

    message: StoredMessage
    text: str  #: "" when it is hidden
    redacted: bool
    cut: bool


def reach(hub: Hub, roles: Sequence[str], body: str) -> str | None:
    """The only partner whose exchanges they see; None: all of them, "-": nobody's."""
    if matrix().granted(roles, "exchange.list") is Condition.ALL:
        return None
    found = hub.table.bodies.get(body)
    return found.partner if found else "-"


def exchange(hub: Hub, id: str, partner: str | None) -> Exchange:
    """The exchange of this id, as far as they see exchanges.

    Raises:
        NotFound: there is none, or it is another institution's.
    """
    found = hub.store.exchange(id)
    if found is None or partner not in (None, found.partner):
        raise NotFound(
            Issue(
                "not-found",
                "Cet échange n'existe pas, ou il n'est pas à votre organisme. Cherchez-le "
                "dans la liste des échanges.",
                "There is no such exchange, or it is not your institution's. Look for it in "
                "the list of exchanges.",
            )
        )
    return found


def sees_whole(roles: Sequence[str]) -> bool:
    """Are identities theirs to see without breaking glass?"""
    return matrix().granted(roles, "exchange.payload") not in (None, Condition.GLASS)


def break_glass(hub: Hub, found: Exchange, reason: str, actor: str, **detail: Any) -> None:
    """Write down, and tell others, that they see an exchange whole.

    Raises:
        Invalid: no reason that another could judge.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid(
            Issue(
                "required",
                "Donnez le motif en une phrase : il est conservé dans l'audit.",
                "Give the reason in a sentence: it is kept in the audit.",
            )
        )
    told = {"reason": reason.strip(), **detail}
    hub.store.record([Act(actor, "break-glass", f"Exchange/{found.id}", datetime.now(UTC), told)])
    log.warning("break-glass: %s reads Exchange/%s", actor, found.id)


def shown(hub: Hub, found: Exchange, message: StoredMessage, whole: bool) -> Shown:
    """One message of an exchange: as it is, or as its partner's adapter redacts it."""
    body = message.body
    if not whole:
        adapter = hub.adapters.get(found.partner or "")
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
            declared = _DECLARATION.match(text)
            # it was decoded before: what its declaration says of its bytes holds no more
            tree = xml_strict.parse(text[declared.end() :].encode() if declared else body)
            etree.indent(tree)
            first = f"{declared[1]}\n" if declared else ""
            return first + etree.tostring(tree, encoding="unicode")
    except (msgspec.DecodeError, Unreadable):
        pass
    return text


def row(entry: Entry) -> dict[str, Any]:
    """One audit row with its details in a line of words."""
    told: dict[str, Any] = exact_json.loads(entry.content.encode())
    detail = told.get("detail") or {}
    said = ", ".join(f"{k}: {_brief(v)}" for k, v in detail.items() if v not in (None, ""))
    return {**told, "said": said[:300]}


def _brief(value: Any) -> str:
    """A digest is known by its first signs; a list is its words."""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"{text[:16]}…" if len(text) == 64 and text.isalnum() else text
