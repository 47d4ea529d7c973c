"""One claim's dossier: all that was received, sent and decided, with the proof of each part.

A dossier says for every line of the story, every message and every version of a resource which
digest the audit chain states of it. The hub signs it (Ed25519): it can be verified alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.errors import Gone, Tampered
from hub.evidence import exports, masking
from hub.evidence.chain import Entry
from hub.evidence.checkpoints import Checkpoint, key_id, public_pem
from hub.evidence.dossier_parts import Parts
from hub.evidence.dossier_verify import FORMAT, signed
from hub.evidence.verify import Finding
from hub.formats import exact_json
from hub.model import Event, Exchange, StoredMessage, StoredResource, Tree
from hub.ports import Store

_REFERENCE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64}")
_PEOPLE = re.compile(rb'"((?:Patient|Coverage)/[A-Za-z0-9.-]{1,64})"')


class Records(Store, Protocol):
    """A store that keeps its evidence."""

    def audit_entries(self, after: int = 0, object: str | None = None) -> Iterator[Entry]:
        """The entries about one object, in order."""

    def checkpoints(self) -> list[Checkpoint]:
        """All signed checkpoints, in order."""

    def audit_differences(self, objects: Sequence[str] | None = None) -> Iterator[Finding]:
        """What is not stored as the chain says."""

    def kept_messages(self, exchange_id: str) -> list[StoredMessage]:
        """The messages, without the bytes that do not open."""

    def story(self, exchange_id: str) -> list[tuple[Event, str]]:
        """The events with their detail as it is stored, in order."""

    def versions(self, type: str, id: str) -> list[tuple[StoredResource, bytes | None]]:
        """Every version of a resource with the bytes that came from outside, oldest first."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a dossier is to be made."""

    at: datetime  #: UTC
    actor: str  #: who asked for it
    version: str  #: of the hub
    map_digest: Callable[[str], str]  #: sha256 of a map's file by url|version, "" when unknown
    redact: Callable[[str, bytes], str]  #: masked copy of a partner's bytes, "" when impossible
    payload: bool = False  #: with the bytes themselves, and with sentences as they were written
    reason: str = ""  #: why, when with them


def family(store: Store, one: Exchange) -> list[Exchange]:
    """The exchange at the root of this one, then all that belong to it, oldest first."""
    root = one
    while root.parent and (above := store.exchange(root.parent)):
        root = above
    carried = sorted(store.exchanges(resource=root.resource), key=lambda e: e.created)
    found = {root.id: root}
    while more := [e for e in carried if e.parent in found and e.id not in found]:
        found |= {e.id: e for e in more}
    return list(found.values())


def make(store: Records, one: Exchange, wanted: Wanted, key: Ed25519PrivateKey) -> Tree:
    """The signed dossier of a claim (or another root exchange) with its copies."""
    exchanges = family(store, one)
    objects = list(_objects(store, exchanges))
    entries = sorted(
        (entry for name in objects for entry in store.audit_entries(object=name)),
        key=lambda entry: entry.seq,
    )
    root = exchanges[0]
    words = frozenset[str]() if wanted.payload else _telling(store, root)
    parts = Parts(wanted.payload, words, wanted.map_digest, wanted.redact, entries)
    findings = list(store.audit_differences(objects))
    tree: Tree = {
        "format": FORMAT,
        "made": {
            "at": wanted.at.isoformat(),
            "actor": wanted.actor,
            "version": wanted.version,
            "payload": wanted.payload,
            "reason": wanted.reason,
        },
        "subject": {
            "resource": root.resource,
            "identifier": root.identifier,
            "provider": root.provider,
            "amount": root.amount,
            "currency": root.currency,
            "care_date": root.care_date.isoformat(),
        },
        "exchanges": [
            parts.exchange(e, store.story(e.id), store.kept_messages(e.id)) for e in exchanges
        ],
        "resources": [
            parts.version(name, stored, received)
            for name in objects
            for stored, received in store.versions(*name.split("/", 1))
        ],
        "objects": objects,
        "audit": [exports.entry_tree(e) for e in entries],
        "checkpoints": [exports.checkpoint_tree(c) for c in _covering(store, entries)],
        "key": {"id": key_id(key.public_key()), "pem": public_pem(key.public_key()).decode()},
        "holds": not findings,
        "findings": [{"where": f.where, "fr": f.fr, "en": f.en} for f in findings],
    }
    return signed(tree, key)


def _objects(store: Store, exchanges: Sequence[Exchange]) -> Iterable[str]:
    """What the audit may say something about: exchanges, deposits, resources."""
    named: dict[str, None] = {}
    for e in exchanges:
        named[f"Exchange/{e.id}"] = None
        named |= dict.fromkeys(name for name in (e.resource, e.answer) if name)
        named |= {f"Deposit/{e.deposit}": None} if e.deposit else {}
        for event in store.events(e.id):
            named |= dict.fromkeys(_named(event.detail))
    return named


def _named(detail: Mapping[str, Any]) -> Iterator[str]:
    """The deposit, payment notice and resources a line of a story speaks of."""
    for name, type in (("deposit", "Deposit"), ("notice", "PaymentNotice")):
        if isinstance(detail.get(name), str):
            yield f"{type}/{detail[name]}"
    for value in detail.values():
        if isinstance(value, str) and _REFERENCE.fullmatch(value):
            yield value


def _covering(store: Records, entries: Sequence[Entry]) -> list[Checkpoint]:
    """The first checkpoint that covers each entry, and the newest."""
    known = store.checkpoints()
    first = (next((c for c in known if c.seq >= e.seq), None) for e in entries)
    return sorted({c for c in (*first, *known[-1:]) if c is not None}, key=lambda c: c.number)


def _telling(store: Store, root: Exchange) -> frozenset[str]:
    """The words by which the person could be recognised."""
    stored = _read(store, root.resource)
    if stored is None:
        return frozenset()
    people = {match.decode() for match in _PEOPLE.findall(stored.body)}
    known = [stored, *(_read(store, name) for name in sorted(people))]
    return masking.telling(exact_json.loads(one.body) for one in known if one is not None)


def _read(store: Store, name: str) -> StoredResource | None:
    type, _, id = name.partition("/")
    try:
        return store.read(type, id)
    except (Gone, Tampered):
        return None
