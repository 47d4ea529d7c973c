"""The audit chain as a file that can be verified anywhere: JSON lines, one link a line.

The last line is the signed end: how much was written, and the digest of every byte before it. A
file without it, or with another one, was cut or changed since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.errors import Invalid, Issue
from hub.evidence.chain import Entry
from hub.evidence.checkpoints import Checkpoint
from hub.evidence.export_end import End, end_of, end_tree, signed_end
from hub.formats import exact_json

FORMAT = "benkan-audit-1"


@dataclass(frozen=True, slots=True)
class Export:
    """What an export file holds."""

    entries: tuple[Entry, ...]
    checkpoints: tuple[Checkpoint, ...]
    keys: tuple[str, ...]  #: public keys, PEM: only a hint, trust the ones you got elsewhere
    digest: str  #: sha256 of every byte before the end, as they are now
    end: End | None  #: what was signed when it was written; None: the line is gone


def lines(
    entries: Iterable[Entry],
    checkpoints: Sequence[Checkpoint],
    keys: Sequence[str],
    signer: Ed25519PrivateKey,
    at: datetime,
) -> Iterator[bytes]:
    """The lines of an export, each ended by a newline.

    Args:
        entries: in their order; no further than the last checkpoint.
        checkpoints: in their order.
        keys: public keys (PEM) to write beside them.
        signer: signs the end.
        at: when it is written, UTC.
    """
    said, last = hashlib.sha256(), 0
    for tree in _trees(entries, checkpoints, keys):
        line = exact_json.dumps(tree) + b"\n"
        said.update(line)
        last = tree["entry"]["seq"] if "entry" in tree else last
        yield line
    end = signed_end(signer, last, len(checkpoints), said.hexdigest(), at)
    yield exact_json.dumps({"end": end_tree(end)}) + b"\n"


def _trees(
    entries: Iterable[Entry], checkpoints: Sequence[Checkpoint], keys: Sequence[str]
) -> Iterator[dict[str, Any]]:
    yield {"format": FORMAT, "keys": list(keys)}
    yield from ({"entry": entry_tree(e)} for e in entries)
    yield from ({"checkpoint": checkpoint_tree(c)} for c in checkpoints)


def read(body: bytes) -> Export:
    """An export from its bytes.

    Raises:
        Invalid: a line is not of this format; the message names it.
    """
    entries: list[Entry] = []
    checkpoints: list[Checkpoint] = []
    keys: list[str] = []
    digest, end = hashlib.sha256(), None
    for number, line in enumerate(body.splitlines(keepends=True), 1):
        try:
            said = exact_json.loads(line)
            kind = "header" if number == 1 else _only(said)
            if end is not None:
                raise ValueError("something stands after the end")
            if kind == "header":
                keys = _header(said)
            elif kind == "entry":
                entries.append(entry_of(said["entry"]))
            elif kind == "checkpoint":
                checkpoints.append(checkpoint_of(said["checkpoint"]))
            else:
                end = end_of(said["end"])
                continue
        except (Invalid, KeyError, TypeError, ValueError):
            raise _unreadable(number) from None
        digest.update(line)
    if not body.strip():
        raise _unreadable(1)
    return Export(tuple(entries), tuple(checkpoints), tuple(keys), digest.hexdigest(), end)


def _only(said: Any) -> str:
    (kind,) = said
    if kind not in ("entry", "checkpoint", "end"):
        raise ValueError("another kind of line")
    return str(kind)


def checkpoint_tree(c: Checkpoint) -> dict[str, Any]:
    """A checkpoint as it is written in exports and in files kept elsewhere."""
    return {
        "number": c.number,
        "seq": c.seq,
        "digest": c.digest,
        "at": c.at.isoformat(),
        "prev": c.prev,
        "key": c.key,
        "signature": c.signature,
    }


def checkpoint_of(tree: dict[str, Any]) -> Checkpoint:
    """A checkpoint from its tree.

    Raises:
        KeyError, TypeError, ValueError: something of it is missing or of another kind.
    """
    texts = _texts(tree, "digest", "prev", "key", "signature")
    _nothing_else(tree, *texts, "at", "number", "seq")
    at = datetime.fromisoformat(tree["at"])
    return Checkpoint(number=_whole(tree["number"]), seq=_whole(tree["seq"]), at=at, **texts)


def entry_tree(e: Entry) -> dict[str, Any]:
    """An entry as it is written in exports and dossiers."""
    return {"seq": e.seq, "content": e.content, "prev": e.prev, "digest": e.digest}


def entry_of(tree: dict[str, Any]) -> Entry:
    """An entry from its tree.

    Raises:
        KeyError, TypeError, ValueError: something of it is missing or of another kind.
    """
    texts = _texts(tree, "content", "prev", "digest")
    _nothing_else(tree, *texts, "seq")
    return Entry(seq=_whole(tree["seq"]), **texts)


def _texts(tree: dict[str, Any], *names: str) -> dict[str, str]:
    texts = {name: tree[name] for name in names}
    if not all(isinstance(text, str) for text in texts.values()):
        raise TypeError("links and checkpoints are made of texts")
    return texts


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("numbers of links and checkpoints are whole")
    return value


def _nothing_else(tree: dict[str, Any], *names: str) -> None:
    if tree.keys() != set(names):
        raise ValueError("something else is written there")


def _header(said: Any) -> list[str]:
    if said["format"] != FORMAT:
        raise ValueError("another format")
    return [str(key) for key in said["keys"]]


def _unreadable(number: int) -> Invalid:
    return Invalid(
        Issue(
            "structure",
            f"Ligne {number} : ce n'est pas un export d'audit. Refaites-le par « benkan audit "
            "export ».",
            f"Line {number}: this is no audit export. Make it again with 'benkan audit export'.",
        )
    )
