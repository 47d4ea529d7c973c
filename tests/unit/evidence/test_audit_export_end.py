"""An export says by itself, with nothing kept elsewhere, that it was cut, added to or changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.errors import Invalid
from hub.evidence import export_end, exports
from hub.evidence.chain import Act, extend
from hub.evidence.checkpoints import Checkpoint, key_id, public_pem, sign
from hub.evidence.verify import verify

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()
KEYS = {key_id(KEY.public_key()): KEY.public_key()}
ROWS, FIRST = 12, 7  #: rows; where the first checkpoint stands (the second: at the end)

Lines = list[dict[str, Any]]
Meddling = Callable[[Lines], None]


def written(key: Ed25519PrivateKey = KEY) -> Lines:
    entries = extend(
        None,
        [
            Act("hub", "sent", f"Exchange/{n}", START + timedelta(seconds=n), {"n": n})
            for n in range(ROWS)
        ],
    )
    marks: list[Checkpoint] = []
    for seq in (FIRST, ROWS):
        marks.append(sign(key, marks[-1] if marks else None, seq, entries[seq - 1].digest, START))
    pem = public_pem(key.public_key()).decode()
    return [json.loads(line) for line in exports.lines(entries, marks, [pem], key, START)]


def findings(lines: Lines) -> set[tuple[str, str]]:
    """As `benkan audit verify --export FILE --key KEY`, with nothing else kept."""
    body = b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)
    told = exports.read(body)
    verdict = verify(told.entries, told.checkpoints, KEYS)
    ended = export_end.findings(told.end, told.digest, told.entries, told.checkpoints, KEYS)
    return {(one.kind, one.where) for one in (*verdict.findings, *ended)}


def row(line: dict[str, Any], content: str, prev: str) -> dict[str, Any]:
    digest = sha256(f"{prev}\n{content}".encode()).hexdigest()
    return {"entry": {**line["entry"], "content": content, "prev": prev, "digest": digest}}


def add_at_the_end(lines: Lines) -> None:
    last = lines[ROWS]["entry"]
    said = json.loads(last["content"]) | {"seq": ROWS + 1}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    forged = row({"entry": {**last, "seq": ROWS + 1}}, text, last["digest"])
    lines.insert(ROWS + 1, forged)


def write_anew_from(start: int, lines: Lines) -> None:
    for at in range(start, ROWS + 1):
        text = lines[at]["entry"]["content"].replace("sent", "paid")
        lines[at] = row(lines[at], text, lines[at - 1]["entry"]["digest"])


def write_anew_after_the_first_checkpoint(lines: Lines) -> None:
    write_anew_from(FIRST + 1, lines)
    del lines[ROWS + 2]


def cut(lines: Lines) -> None:
    del lines[10 : ROWS + 1]


def cut_with_its_checkpoint(lines: Lines) -> None:
    del lines[ROWS + 2]
    cut(lines)


def cut_with_all_that_tells(lines: Lines) -> None:
    del lines[FIRST + 1 : ROWS + 1]
    del lines[-2:]


def drop_all_checkpoints(lines: Lines) -> None:
    del lines[ROWS + 1 : ROWS + 3]


def empty(lines: Lines) -> None:
    del lines[1:-1]


def end_of_a_stranger(lines: Lines) -> None:
    lines[-1] = written(Ed25519PrivateKey.generate())[-1]


def sign_all_anew(lines: Lines) -> None:
    lines[:] = written(Ed25519PrivateKey.generate())


def other_key_beside(lines: Lines) -> None:
    lines[0]["keys"] = []


@pytest.mark.parametrize(
    ("meddle", "told"),
    [
        (add_at_the_end, ("unattested", "audit 13")),
        (write_anew_after_the_first_checkpoint, ("unattested", "audit 8-12")),
        (cut, ("cut", "audit 10-12")),
        (cut_with_its_checkpoint, ("cut", "audit 10-12")),
        (cut_with_its_checkpoint, ("unattested", "audit 8-9")),
        (cut_with_all_that_tells, ("export", "export")),
        (drop_all_checkpoints, ("unattested", "audit 1-12")),
        (empty, ("cut", "audit 1-12")),
        (end_of_a_stranger, ("export", "export")),
        (sign_all_anew, ("checkpoint", "checkpoint 1")),
        (other_key_beside, ("export", "export")),
    ],
    ids=lambda told: getattr(told, "__name__", "-".join(told) if isinstance(told, tuple) else ""),
)
def test_meddling_with_an_export_is_found_from_it_alone(
    meddle: Meddling, told: tuple[str, str]
) -> None:
    lines = written()
    assert findings(lines) == set()
    meddle(lines)
    assert told in findings(lines)


@pytest.mark.parametrize(
    ("line", "more"),
    [
        (4, {"note": "x"}),
        (4, {"seq": "4"}),
        (4, {"seq": True}),
        (ROWS + 1, {"note": "x"}),
        (ROWS + 1, {"number": 1.0}),
    ],
)
def test_what_is_written_beside_a_row_is_refused_with_its_line(
    line: int, more: dict[str, Any]
) -> None:
    lines = written()
    (kind,) = lines[line]
    lines[line][kind] |= more
    with pytest.raises(Invalid, match=f"{line + 1}"):
        findings(lines)


def test_nothing_may_stand_after_the_end_or_two_kinds_on_a_line() -> None:
    lines = written()
    with pytest.raises(Invalid):
        findings([*lines, lines[3]])
    lines[3] |= lines[4 + ROWS - 2]
    with pytest.raises(Invalid):
        findings(lines)
