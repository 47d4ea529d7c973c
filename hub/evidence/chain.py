"""The audit chain: each entry carries the digest of the one before it.

Source: reliability rule « hash-chained audit »; digests: https://doi.org/10.6028/NIST.FIPS.180-4
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hub.formats import exact_json

#: What stands where the first entry would name the one before it.
GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happened and must be provable."""

    actor: str  #: who: a client, a person, or "hub"
    action: str  #: what: accepted, sent, read-payload, held, map-published…
    object: str  #: on what: "Exchange/<id>", "Claim/<id>", "Client/<name>"
    at: datetime  #: when, UTC
    detail: Mapping[str, Any] = field(default_factory=dict)  #: digests and names, never identities


@dataclass(frozen=True, slots=True)
class Entry:
    """One link. `content` is the canonical JSON of its number and its act."""

    seq: int  #: 1, 2, 3… without a gap
    content: str
    prev: str  #: digest of the entry before, GENESIS for the first
    digest: str  #: sha256 of prev and content, in hexadecimal


def content(seq: int, act: Act) -> str:
    """The canonical JSON of an act at its place: keys sorted, no spaces, instants in UTC."""
    said = {
        "seq": seq,
        "at": act.at.isoformat(),
        "actor": act.actor,
        "action": act.action,
        "object": act.object,
        "detail": act.detail,
    }
    return canonical(said).decode()


def canonical(tree: Mapping[str, Any]) -> bytes:
    """The one JSON of a tree that is signed or hashed: keys sorted, no spaces."""
    return exact_json.dumps(_sorted(tree))


def digest(prev: str, text: str) -> str:
    """sha256 over the digest before it and this content."""
    return hashlib.sha256(f"{prev}\n{text}".encode()).hexdigest()


def extend(last: Entry | None, acts: Sequence[Act]) -> list[Entry]:
    """The entries that continue the chain after `last`."""
    seq, prev = (last.seq, last.digest) if last else (0, GENESIS)
    entries: list[Entry] = []
    for act in acts:
        seq += 1
        text = content(seq, act)
        entries.append(Entry(seq, text, prev, digest(prev, text)))
        prev = entries[-1].digest
    return entries


def fingerprint(*parts: bytes | str | None) -> str:
    """One digest over several values; which part is which, and that one is None, counts."""
    hashed = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        hashed.update(b"-" if raw is None else b"%d:" % len(raw))
        hashed.update(raw or b"")
    return hashed.hexdigest()


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_sorted(one) for one in value]
    return value
