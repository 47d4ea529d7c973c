"""What could not be read or matched: taken again, matched by hand, discarded."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hub import wiring
from hub.errors import Conflict, Invalid, Issue, NotFound, Unreadable
from hub.exchange.post import Post
from hub.model import Exchange, Inbound, Operation, Reply, ReplyKind, State
from hub.ports import Acceptance
from hub.settings import Settings
from hub.watching import quarantine

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class Partner:
    """A partner whose files name the submission they answer; some it cannot read yet."""

    name = "cmss"
    resends_safely = True
    readable = True

    def __init__(self) -> None:
        self.operations = {"claim": "sftp-xml"}
        self.batches: dict[str, object] = {}

    def receive(self, headers: dict[str, str], body: bytes) -> list[Reply]:
        if not self.readable:
            raise Unreadable(Issue("structure", "Fichier illisible.", "Unreadable file."))
        parts = body.decode().split(";")
        return [
            Reply(ReplyKind.ACKNOWLEDGED, "claim", part, part.encode(), "text/plain", f"N-{part}")
            for part in parts
        ]

    def redact(self, body: bytes) -> bytes:
        return b"***"


@pytest.fixture
def partner() -> Partner:
    return Partner()


@pytest.fixture
def hub(tmp_path: Path, migrated_file: Path, partner: Partner):
    shutil.copy(migrated_file, tmp_path / "hub.sqlite")
    joined = wiring.build(Settings(data=tmp_path), adapters={"cmss": partner})
    made = Exchange(
        id="X1",
        state=State.SENT,
        operation=Operation.CLAIM,
        resource="Claim/X1",
        provider="s|p",
        identifier="s|F-1",
        content_hash="0" * 64,
        submission="S-1",
        correlation="c",
        workflow="w",
        care_date=date(2026, 11, 3),
        created=NOW,
        updated=NOW,
        partner="cmss",
    )
    joined.store.accept([Acceptance((), (made,))])
    yield joined
    joined.close()


def arrives(hub: wiring.Hub, body: bytes) -> str:
    """A file comes and is applied; gives the number of what was put aside."""
    hub.store.inbox_put("cmss", Inbound("R-1.xml", body))
    Post(hub.trip).apply_waiting()
    [one] = quarantine.items(hub)
    return one.id


def test_an_unreadable_file_is_taken_again_once_it_can_be_read(hub, partner) -> None:
    partner.readable = False
    number = arrives(hub, b"S-1")
    assert quarantine.shown(hub, quarantine.item(hub, number)) == "***"
    with pytest.raises(Unreadable):
        quarantine.again(hub, number, "person|awa")
    assert quarantine.item(hub, number)
    partner.readable = True
    quarantine.again(hub, number, "person|awa")
    assert hub.store.exchange("X1").state is State.PENDING
    assert quarantine.items(hub) == []
    with pytest.raises(NotFound):
        quarantine.again(hub, number, "person|awa")


def test_a_part_without_an_exchange_is_given_to_one_by_hand(hub) -> None:
    number = arrives(hub, b"S-unknown")
    with pytest.raises(Unreadable):
        quarantine.again(hub, number, "person|awa")
    matched = quarantine.match(hub, number, hub.store.exchange("X1"), "person|awa")
    assert matched.state is State.PENDING
    assert matched.partner_reference == "N-S-unknown"
    assert quarantine.items(hub) == []


def test_two_people_who_settle_one_item_at_once_do_it_once(hub, monkeypatch) -> None:
    """The first gives it to an exchange; meanwhile others match it elsewhere and discard it."""
    first = hub.store.exchange("X1")
    other = replace(first, id="X2", resource="Claim/X2", identifier="s|F-2", submission="S-2")
    hub.store.accept([Acceptance((), (other,))])
    number = arrives(hub, b"S-unknown")
    real, refused = Post.give, []

    def given(post: Post, found: Exchange, reply: Reply) -> bool:
        monkeypatch.setattr(Post, "give", real)
        for act in (
            lambda: quarantine.match(hub, number, hub.store.exchange("X2"), "person|binta"),
            lambda: quarantine.discard(hub, number, "Sans objet, vu avec eux.", "person|binta"),
            lambda: quarantine.again(hub, number, "person|binta"),
        ):
            with pytest.raises(Conflict, match="Somebody else") as late:
                act()
            refused.append(late.value)
        return real(post, found, reply)

    monkeypatch.setattr(Post, "give", given)
    assert quarantine.match(hub, number, first, "person|awa").state is State.PENDING
    assert len(refused) == 3
    assert hub.store.exchange("X2").state is State.SENT
    with pytest.raises(NotFound):
        quarantine.match(hub, number, hub.store.exchange("X2"), "person|binta")


def test_another_partners_exchange_is_no_match(hub) -> None:
    number = arrives(hub, b"S-unknown")
    other = replace(hub.store.exchange("X1"), partner="inps")
    with pytest.raises(Invalid):
        quarantine.match(hub, number, other, "person|awa")
    assert quarantine.item(hub, number)


def test_what_is_discarded_has_a_reason_and_leaves_an_audit_row(hub) -> None:
    number = arrives(hub, b"S-unknown")
    with pytest.raises(Invalid):
        quarantine.discard(hub, number, "", "person|awa")
    quarantine.discard(hub, number, "Double d'un envoi de juin", "person|awa")
    assert quarantine.items(hub) == []
    [row] = hub.store.audit_search(object=f"Quarantine/{number}", limit=5)
    assert "Double d'un envoi de juin" in row.content
