"""Whatever is done to the audit chain afterwards is found, and the row is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Invalid, Misconfigured
from hub.evidence import exports
from hub.evidence.chain import GENESIS, Act, Entry, digest, extend
from hub.evidence.checkpoints import (
    Checkpoint,
    key_id,
    new_private_key,
    private_key,
    public_key,
    public_pem,
    sign,
)
from hub.evidence.verify import Verdict, verify

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
KEY = private_key(new_private_key())
KEYS = {key_id(KEY.public_key()): KEY.public_key()}


def acts(count: int) -> list[Act]:
    return [
        Act("hub", "accepted", f"Exchange/{n}", START + timedelta(seconds=n), {"n": n, "état": "é"})
        for n in range(count)
    ]


def chain(count: int) -> list[Entry]:
    return extend(None, acts(count))


def marks(entries: list[Entry], *seqs: int, key: Ed25519PrivateKey = KEY) -> list[Checkpoint]:
    made: list[Checkpoint] = []
    for seq in seqs:
        last = made[-1] if made else None
        made.append(sign(key, last, seq, entries[seq - 1].digest, START))
    return made


def judged(entries: list[Entry], *seqs: int, known: list[Checkpoint] | None = None) -> Verdict:
    return verify(entries, marks(chain(10), *seqs), KEYS, known or [])


def kinds(verdict: Verdict) -> set[tuple[str, str]]:
    return {(f.kind, f.where) for f in verdict.findings}


def test_an_untouched_chain_holds() -> None:
    verdict = judged(chain(10), 4, 10)
    assert verdict.holds
    assert (verdict.entries, verdict.checkpoints) == (10, 2)
    assert verdict.head == chain(10)[-1].digest


def test_a_chain_continues_where_it_ended() -> None:
    first = extend(None, acts(4))
    assert first + extend(first[-1], acts(10)[4:]) == chain(10)


def test_a_changed_content_is_found() -> None:
    entries = chain(10)
    entries[4] = replace(entries[4], content=entries[4].content.replace("accepted", "paid"))
    assert kinds(judged(entries, 10)) == {("changed", "audit 5")}


def test_a_content_changed_with_its_digest_breaks_the_next_link() -> None:
    entries = chain(10)
    text = entries[4].content.replace("accepted", "paid")
    entries[4] = replace(entries[4], content=text, digest=digest(entries[4].prev, text))
    assert ("moved", "audit 6") in kinds(judged(entries, 10))


def test_a_history_written_anew_from_some_row_on_contradicts_the_checkpoints() -> None:
    entries = chain(4) + extend(chain(4)[-1], [replace(a, actor="x") for a in acts(10)[4:]])
    assert kinds(judged(entries, 4)) == set()
    assert kinds(judged(entries, 4, 10)) == {("checkpoint", "checkpoint 2")}


def test_a_deleted_row_is_found() -> None:
    entries = chain(10)
    del entries[4]
    found = kinds(judged(entries, 10))
    assert ("missing", "audit 5") in found


def test_two_swapped_rows_are_found() -> None:
    entries = chain(10)
    entries[3], entries[4] = entries[4], entries[3]
    found = judged(entries, 10)
    assert {f.kind for f in found.findings} >= {"missing", "inserted"}


def test_two_rows_with_swapped_contents_are_found() -> None:
    entries = chain(10)
    three, four = entries[3].content, entries[4].content
    entries[3], entries[4] = replace(entries[3], content=four), replace(entries[4], content=three)
    assert kinds(judged(entries, 10)) == {("changed", "audit 4"), ("changed", "audit 5")}


def test_an_inserted_row_is_found() -> None:
    entries = chain(10)
    forged = extend(entries[4], [acts(1)[0]])[0]
    entries.insert(5, forged)
    assert ("inserted", "audit 6") in kinds(judged(entries, 10))


def test_a_cut_end_is_found_by_the_newest_checkpoint() -> None:
    assert kinds(judged(chain(10)[:7], 10)) == {("cut", "audit 8-10")}


def test_an_end_cut_with_its_checkpoints_is_found_by_a_checkpoint_kept_elsewhere() -> None:
    all_marks = marks(chain(10), 4, 10)
    verdict = verify(chain(10)[:7], all_marks[:1], KEYS, known=all_marks[1:])
    assert ("cut", "audit 8-10") in kinds(verdict)
    assert ("checkpoint", "checkpoint 2") in kinds(verdict)


def test_a_checkpoint_signed_by_a_stranger_is_found() -> None:
    stranger = Ed25519PrivateKey.generate()
    verdict = verify(chain(10), marks(chain(10), 10, key=stranger), KEYS)
    assert kinds(verdict) == {("checkpoint", "checkpoint 1")}


def test_an_altered_checkpoint_is_found() -> None:
    mark = marks(chain(10), 10)[0]
    verdict = verify(chain(10), [replace(mark, at=START + timedelta(days=1))], KEYS)
    assert kinds(verdict) == {("checkpoint", "checkpoint 1")}


def test_a_removed_checkpoint_is_found() -> None:
    made = marks(chain(10), 3, 6, 10)
    verdict = verify(chain(10), [made[0], made[2]], KEYS)
    assert ("checkpoint", "checkpoint 3") in kinds(verdict)


@given(
    st.integers(0, 9),
    st.sampled_from(["content", "prev", "digest"]),
    st.integers(0, 30),
    st.characters(categories=["L", "N"]),
)
def test_no_single_character_can_change(row: int, field: str, place: int, sign: str) -> None:
    entries = chain(10)
    text = getattr(entries[row], field)
    other = text[:place] + sign + text[place + 1 :]
    if other == text:
        return
    entries[row] = replace(entries[row], **{field: other})
    assert not judged(entries, 10).holds


def test_an_export_holds_what_was_put_in_and_is_verified_from_its_bytes_alone() -> None:
    made = marks(chain(10), 4, 10)
    pem = public_pem(KEY.public_key()).decode()
    body = b"".join(exports.lines(chain(10), made, [pem], KEY, START))
    export = exports.read(body)
    assert (list(export.entries), list(export.checkpoints)) == (chain(10), made)
    key = public_key(export.keys[0].encode())
    assert verify(export.entries, export.checkpoints, {key_id(key): key}).holds


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"\n", b'{"format":"x","keys":[]}', b"\xff\xfe", b"[]"]
)
def test_what_is_no_export_is_refused_with_the_line(body: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        exports.read(body)
    assert "Ligne 1" in refused.value.text


def test_a_file_that_is_no_key_is_refused() -> None:
    for read in (private_key, public_key):
        with pytest.raises(Misconfigured):
            read(b"-----BEGIN NONSENSE-----")


def test_the_first_entry_follows_nothing() -> None:
    assert chain(1)[0].prev == GENESIS
