"""What the store does, as acts for the audit chain: digests and names, never identities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hub.evidence.chain import Act, fingerprint
from hub.evidence.stated import crossed as crossed
from hub.evidence.stated import digests as digests
from hub.model import Event
from hub.store.columns import json_text, words_text


def told(exchange: str, event: Event) -> Act:
    """A line of an exchange's story."""
    state = event.state.value if event.state else None
    digest = story_digest(event.what, words_text(event.text), state, json_text(event.detail))
    detail = {"state": state, "sha256": digest}
    return Act(event.actor, event.what, f"Exchange/{exchange}", event.at, detail)


def story_digest(what: str, text: str, state: str | None, detail: str) -> str:
    """The digest of a story line, over its columns as they are stored."""
    return fingerprint(what, text, state, detail)


def kept(owner: str, direction: str, kind: str, sha256: str, at: datetime) -> Act:
    """Bytes that crossed the border; `owner`: Exchange/<id> or Deposit/<id>."""
    detail = {"direction": direction, "kind": kind, "sha256": sha256}
    return Act("hub", "kept", owner, at, detail)


def stored(
    type: str, id: str, version: int, body: bytes, received: bytes | None, at: datetime
) -> Act:
    """A version of a resource."""
    detail = {"version": version, "sha256": version_digest(body, received)}
    return Act("hub", "stored", f"{type}/{id}", at, detail)


def row_digest(values: Mapping[Any, Any], names: Sequence[str]) -> str:
    """The digest of some columns of a row, from what is written or from what is read."""
    return fingerprint(*(_part(values[name]) for name in names))


def noted(
    action: str, object: str, at: datetime, digests: str | list[str], actor: str = "hub"
) -> Act:
    """Something was stored that never changes."""
    return Act(actor, action, object, at, {"sha256": digests})


def now_is(
    action: str, object: str, at: datetime, name: str, digest: str | None, actor: str = "hub"
) -> Act:
    """Something that changes is now so; None: it is gone."""
    return Act(actor, action, object, at, {"now": {name: digest}})


def _part(value: Any) -> bytes | str | None:
    if value is None:
        return None
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return json_text(value) if isinstance(value, Mapping) else words_text(str(value))


def version_digest(body: bytes, received: bytes | None) -> str:
    """The digest of a version: the bytes that are served, and those that came from outside."""
    return fingerprint(body, received)
