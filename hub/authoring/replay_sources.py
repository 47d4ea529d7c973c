"""Which real exchanges a draft concerns, and what their maps were given."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from hub.errors import Problem
from hub.exchange.dossier import MAPS
from hub.model import Exchange, Message, Operation, Reply, ReplyKind, StoredMessage, Tree
from hub.ports.releases import Draft, When
from hub.wiring import Hub

#: What a map is for: with its ending, and the kind of the message that came in.
ROLES = {"": "request", "-answer": "answer", "-payment": "payment"}
_IMPORTS = re.compile(r"^\s*imports\s+(['\"])(.+?)\1", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Source:
    """One translation of a real exchange, to be done again."""

    exchange: Exchange
    map: str  #: url of the map
    pinned: str  #: url|version it was, or would be, translated with
    role: str  #: request | answer | payment
    tree: Tree
    when: When
    sent: Message | None = None  #: the bytes the partner was sent


def found(hub: Hub, draft: Draft, count: int) -> list[Source]:
    """The newest exchanges whose translation the draft could change, shared out over its maps."""
    maps = entry_maps(hub, draft)
    if not maps:
        return []
    each = max(1, count // len(maps))
    return [
        one
        for url, (partner, operation, role) in maps.items()
        for one in _of(hub, url, partner, operation, role, each)
    ][:count]


def entry_maps(hub: Hub, draft: Draft) -> dict[str, tuple[str, Operation, str]]:
    """The maps that partners' messages go through and that use the draft, directly or not."""
    texts = _texts(hub)
    concerned, before = {draft.url}, set[str]()
    while concerned != before:
        before = set(concerned)
        concerned |= {url for url, text in texts.items() if _uses(text, before)}
    named = {url: _purpose(hub, url) for url in sorted(concerned)}
    return {url: purpose for url, purpose in named.items() if purpose is not None}


def _texts(hub: Hub) -> Mapping[str, str]:
    """The text of each map that holds now."""
    told = {
        url: shipped[-1].text
        for url, shipped in hub.maps.packaged.items()
        if shipped[-1].head.kind == "StructureMap"
    }
    for entry in hub.maps.entries():
        version = hub.store.release_version(entry.url, entry.version)
        if version is not None and version.kind == "StructureMap":
            told[entry.url] = version.text
    return told


def _uses(text: str, urls: set[str]) -> bool:
    if any(re.search(re.escape(url) + r"(?![\w-])", text) for url in urls):
        return True
    patterns = [pattern for _, pattern in _IMPORTS.findall(text) if "*" in pattern]
    return any(fnmatchcase(url, pattern) for pattern in patterns for url in urls)


def _purpose(hub: Hub, url: str) -> tuple[str, Operation, str] | None:
    tail = url.removeprefix(MAPS)
    for partner in {body.partner for body in hub.table.bodies.values()} | set(hub.adapters):
        if not partner or not tail.startswith(f"{partner}-"):
            continue
        for ending, role in ROLES.items():
            name = tail.removeprefix(f"{partner}-")
            if ending and not name.endswith(ending):
                continue
            name = name.removesuffix(ending) if ending else name
            if name in set(Operation):
                return partner, Operation(name), role
    return None


def _of(
    hub: Hub, url: str, partner: str, operation: Operation, role: str, count: int
) -> Iterator[Source]:
    left = count
    for exchange in hub.store.browse(partner=partner, operation=operation, limit=4 * count):
        if not left:
            return
        made = _source(hub, exchange, url, role)
        if made is not None:
            left -= 1
            yield made


def _source(hub: Hub, exchange: Exchange, url: str, role: str) -> Source | None:
    when = When(exchange.care_date, exchange.created)
    try:
        pinned = exchange.maps.get(role) or hub.maps.pin(url, when)
        parent = hub.store.exchange(exchange.parent) if exchange.parent else None
        dossier = hub.trip.dossier(exchange, parent)
        if role == "request":
            if not exchange.maps.get(role) and not exchange.held:
                return None  # it was never translated, and no map stopped it
            sent = hub.store.outgoing(exchange.id)
            return Source(exchange, url, pinned, role, dossier, when, sent)
        message = _came(hub, exchange, role)
        adapter = hub.adapters.get(exchange.partner or "")
        if message is None or adapter is None:
            return None
        kind, operation = ReplyKind(role), str(exchange.operation)
        reply = Reply(kind, operation, exchange.submission, message.body, message.content_type)
        received = message.at.isoformat(timespec="milliseconds")
        tree = {"dossier": dossier, "answer": adapter.decode(reply), "received": received}
    except Problem:  # what cannot be read again is no test of a map
        return None
    return Source(exchange, url, pinned, role, tree, when)


def _came(hub: Hub, exchange: Exchange, kind: str) -> StoredMessage | None:
    came = [m for m in hub.store.messages(exchange.id) if m.direction == "in" and m.kind == kind]
    return came[-1] if came else None
