"""The audit chain as a file that can be verified anywhere: JSON lines, one link a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.errors import Invalid, Issue
from hub.evidence.chain import Entry
from hub.evidence.checkpoints import Checkpoint
from hub.formats import exact_json

FORMAT = "benkan-audit-1"


@dataclass(frozen=True, slots=True)
class Export:
    """What an export file holds."""

    entries: tuple[Entry, ...]
    checkpoints: tuple[Checkpoint, ...]
    keys: tuple[str, ...]  #: public keys, PEM: only a hint, trust the ones you got elsewhere


def lines(
    entries: Iterable[Entry], checkpoints: Sequence[Checkpoint], keys: Sequence[str]
) -> Iterator[bytes]:
    """The lines of an export, each ended by a newline."""
    yield exact_json.dumps({"format": FORMAT, "keys": list(keys)}) + b"\n"
    for e in entries:
        yield exact_json.dumps({"entry": entry_tree(e)}) + b"\n"
    for c in checkpoints:
        yield exact_json.dumps({"checkpoint": checkpoint_tree(c)}) + b"\n"


def read(body: bytes) -> Export:
    """An export from its bytes.

    Raises:
        Invalid: a line is not of this format; the message names it.
    """
    entries: list[Entry] = []
    checkpoints: list[Checkpoint] = []
    keys: list[str] = []
    for number, line in enumerate(body.splitlines(), 1):
        try:
            said = exact_json.loads(line)
            if number == 1:
                keys = _header(said)
            elif "entry" in said:
                entries.append(entry_of(said["entry"]))
            else:
                checkpoints.append(checkpoint_of(said["checkpoint"]))
        except (Invalid, KeyError, TypeError, ValueError):
            raise _unreadable(number) from None
    if not body.strip():
        raise _unreadable(1)
    return Export(tuple(entries), tuple(checkpoints), tuple(keys))


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
    at = datetime.fromisoformat(tree["at"])
    return Checkpoint(number=int(tree["number"]), seq=int(tree["seq"]), at=at, **texts)


def entry_tree(e: Entry) -> dict[str, Any]:
    """An entry as it is written in exports and dossiers."""
    return {"seq": e.seq, "content": e.content, "prev": e.prev, "digest": e.digest}


def entry_of(tree: dict[str, Any]) -> Entry:
    """An entry from its tree.

    Raises:
        KeyError, TypeError, ValueError: something of it is missing or of another kind.
    """
    return Entry(seq=int(tree["seq"]), **_texts(tree, "content", "prev", "digest"))


def _texts(tree: dict[str, Any], *names: str) -> dict[str, str]:
    texts = {name: tree[name] for name in names}
    if not all(isinstance(text, str) for text in texts.values()):
        raise TypeError("links and checkpoints are made of texts")
    return texts


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
