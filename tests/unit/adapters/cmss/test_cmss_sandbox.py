"""The CMSS adapter against its sandbox: a real SFTP server in a process of its own."""

from __future__ import annotations

import random
import time

import asyncssh
import pytest
from cmss_sheets import sheet
from servers.cmss_sandbox import CmssSandbox, wait
from servers.cutting_proxy import CuttingProxy

from adapters.cmss.adapter import Cmss
from adapters.transports import sftp
from hub import errors
from hub.model import Inbound, Message, Reply, ReplyKind


def lot(cmss: Cmss, count: int = 1, key: str = "LOT-1", start: int = 1) -> Message:
    numbers = range(start, start + count)
    sheets = [
        cmss.encode("claim", sheet(f"F-{n:04}", dateSoins=f"2026-09-{n % 28 + 1:02}"), f"s-{n}")
        for n in numbers
    ]
    return cmss.bundle("claim", sheets, key)


def returned(sandbox: CmssSandbox, count: int) -> list[Inbound]:
    """Wait for so many return files; each is put away after it was read."""
    adapter = sandbox.adapter()
    found: list[Inbound] = []

    def enough() -> bool:
        for inbound in adapter.collect():
            found.append(inbound)
            adapter.dispose(inbound.name)
        return len(found) >= count

    wait(enough)
    return found


def replies(sandbox: CmssSandbox, count: int) -> list[Reply]:
    adapter = sandbox.adapter()
    return [r for inbound in returned(sandbox, count) for r in adapter.receive({}, inbound.body)]


def booked(sandbox: CmssSandbox) -> list[str]:
    return [entry["submission"] for entry in sandbox.control("/ledger")]


def test_a_lot_is_acknowledged_liquidated_and_paid(sandbox: CmssSandbox) -> None:
    adapter = sandbox.adapter()
    assert adapter.ask(lot(adapter), None).kind is ReplyKind.UNKNOWN
    assert adapter.send(lot(adapter, 2)).kind is ReplyKind.ACKNOWLEDGED
    found = replies(sandbox, 3)
    assert [(r.kind.value, r.reference) for r in found] == [
        ("acknowledged", "s-1"),
        ("acknowledged", "s-2"),
        ("answer", "s-1"),
        ("answer", "s-2"),
        ("payment", "s-1"),
        ("payment", "s-2"),
    ]
    trees = [adapter.decode(reply) for reply in found]
    assert [line["partCaisse"] for line in trees[2]["ligne"]] == [350, 1400]
    assert trees[2]["totalTicketModerateur"] == 750
    assert trees[4]["montant"] == trees[2]["totalPartCaisse"] == 1750
    assert trees[4]["numeroLiquidation"] == trees[2]["numeroLiquidation"]
    assert sandbox.control("/ledger/totals") == {"XOF": {"count": 2, "sum": "5000"}}
    assert adapter.ask(lot(adapter, 2), None).kind is ReplyKind.ACKNOWLEDGED


def test_the_same_lot_again_has_one_effect(sandbox: CmssSandbox) -> None:
    adapter = sandbox.adapter()
    adapter.send(lot(adapter))
    returned(sandbox, 3)
    assert "déjà présent" in adapter.send(lot(adapter)).text
    archived = sandbox.data / "files" / "archive" / "LOT-1.xml"
    archived.rename(sandbox.data / "files" / "depot" / "LOT-1.xml")
    [again] = replies(sandbox, 1)
    assert again.kind is ReplyKind.ACKNOWLEDGED
    time.sleep(0.5)
    assert sandbox.files("retour") == []
    assert booked(sandbox) == ["s-1"]


def test_a_sheet_in_a_second_lot_is_booked_once_and_answered_the_same(
    sandbox: CmssSandbox,
) -> None:
    adapter = sandbox.adapter()
    adapter.send(lot(adapter, 1))
    first = replies(sandbox, 3)
    adapter.send(lot(adapter, 2, key="LOT-2"))
    second = [r for r in replies(sandbox, 3) if r.reference == "s-1"]
    # liquidated the same, and paid with the first lot only
    assert [r.body for r in second[1:]] == [first[1].body]
    assert booked(sandbox) == ["s-1", "s-2"]


def test_other_bytes_under_a_lot_number_overwrite_nothing(sandbox: CmssSandbox) -> None:
    adapter = sandbox.adapter()
    adapter.send(lot(adapter, 1))
    with pytest.raises(errors.Refused, match="other content"):
        adapter.send(lot(adapter, 2))


def test_a_lot_with_wrong_totals_is_rejected_and_books_nothing(sandbox: CmssSandbox) -> None:
    adapter = sandbox.adapter()
    good = lot(adapter, 2)
    bad = good.body.replace(b'<total devise="XOF">5000', b'<total devise="XOF">4000')
    adapter.send(Message("claim", "LOT-1", bad, good.content_type, good.name))
    found = replies(sandbox, 1)
    assert [(r.kind, r.reference) for r in found] == [
        (ReplyKind.REJECTED, "s-1"),
        (ReplyKind.REJECTED, "s-2"),
    ]
    assert "total de contrôle" in found[0].text
    assert booked(sandbox) == []


@pytest.mark.parametrize(
    "body", [b"<!DOCTYPE x><x/>", "<x/>".encode("utf-16"), b"<x/>"], ids=["DTD", "UTF-16", "other"]
)
def test_a_hostile_lot_is_rejected_as_a_whole(sandbox: CmssSandbox, body: bytes) -> None:
    sandbox.adapter().send(Message("claim", "LOT-1", body, "application/xml", "LOT-1.xml"))
    [reply] = replies(sandbox, 1)
    assert (reply.kind, reply.reference) == (ReplyKind.REJECTED, "LOT-1")
    assert reply.text


@pytest.mark.parametrize("day", ["2026-09-02Z", "-0044", "2026-02-30"])
def test_a_lot_with_an_impossible_date_is_rejected_and_work_goes_on(
    sandbox: CmssSandbox, day: str
) -> None:
    adapter = sandbox.adapter()
    good = lot(adapter, 1)
    bad = good.body.replace(b"<dateSoins>2026-09-02", b"<dateSoins>" + day.encode())
    adapter.send(Message("claim", "LOT-0", bad, good.content_type, "LOT-0.xml"))
    [reply] = replies(sandbox, 1)
    assert reply.kind is ReplyKind.REJECTED
    adapter.send(good)
    assert len(returned(sandbox, 3)) == 3


def test_a_refused_connection_leaves_nothing_behind(sandbox: CmssSandbox) -> None:
    adapter = sandbox.adapter()
    sandbox.misbehave("refuse")
    with pytest.raises(errors.Unreachable):
        adapter.send(lot(adapter))
    assert sandbox.files("depot") == sandbox.files("archive") == []
    adapter.send(lot(adapter))


def test_a_connection_lost_after_the_rename_is_asked_about(sandbox: CmssSandbox) -> None:
    adapter = sandbox.adapter()
    sandbox.misbehave("timeout-after-booking")
    with pytest.raises(errors.Unconfirmed):
        adapter.send(lot(adapter))
    assert adapter.ask(lot(adapter), None).kind is ReplyKind.ACKNOWLEDGED
    returned(sandbox, 3)
    assert booked(sandbox) == ["s-1"]


def test_a_duplicate_return_says_the_same_twice(sandbox: CmssSandbox) -> None:
    sandbox.misbehave("duplicate")
    adapter = sandbox.adapter()
    adapter.send(lot(adapter))
    found = replies(sandbox, 6)
    assert sorted(r.kind for r in found) == sorted([r.kind for r in found[::2]] * 2)
    assert len({r.body for r in found}) == 3


def test_a_garbage_return_is_unreadable_and_the_true_ones_follow(sandbox: CmssSandbox) -> None:
    sandbox.misbehave("garbage")
    adapter = sandbox.adapter()
    adapter.send(lot(adapter))
    garbage, *rest = returned(sandbox, 4)
    with pytest.raises(errors.Unreadable):
        adapter.receive({}, garbage.body)
    assert len([r for inbound in rest for r in adapter.receive({}, inbound.body)]) == 3


def test_a_delayed_return_comes_later(sandbox: CmssSandbox) -> None:
    sandbox.misbehave("delay:1")
    adapter = sandbox.adapter()
    adapter.send(lot(adapter))
    wait(lambda: booked(sandbox))
    assert sandbox.files("retour") == []
    assert len(returned(sandbox, 3)) == 3


def test_a_file_that_is_put_away_is_not_given_again(sandbox: CmssSandbox) -> None:
    adapter = sandbox.adapter()
    adapter.send(lot(adapter))
    wait(lambda: len(sandbox.files("retour")) == 3)
    stored = sandbox.files("retour")[0]
    adapter.dispose(stored)
    assert [inbound.name for inbound in adapter.collect()] == sandbox.files("retour")
    assert sandbox.files("retour/lus") == [stored]
    adapter.dispose(stored)  # again: harmless


def test_a_return_that_cannot_be_put_away_is_not_taken_for_put_away(
    sandbox: CmssSandbox,
) -> None:
    (sandbox.data / "files" / "retour" / "x.xml").write_bytes(b"<x/>")
    (sandbox.data / "files" / "retour" / "lus").rmdir()
    with pytest.raises(errors.Unreachable):
        sandbox.adapter().dispose("x.xml")


def test_half_written_returns_are_not_collected(sandbox: CmssSandbox) -> None:
    (sandbox.data / "files" / "retour" / "x.xml.part").write_bytes(b"<half")
    assert list(sandbox.adapter().collect()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"password": "faux"},
        {"user": "autre"},
        {"port": 1},
        {"hostkey": "ssh-ed25519 AAAA"},
        {
            "hostkey": asyncssh.generate_private_key("ssh-ed25519")
            .export_public_key()
            .decode()
            .strip()
        },
    ],
    ids=["password", "user", "port", "broken host key", "host key"],
)
def test_a_stranger_gets_nothing_and_gives_nothing(sandbox: CmssSandbox, change: dict) -> None:
    adapter = sandbox.adapter(**change)
    with pytest.raises(errors.Unreachable):
        adapter.send(lot(adapter))
    assert sandbox.files("depot") == sandbox.files("archive") == []


def test_the_account_sees_nothing_outside_its_folder(sandbox: CmssSandbox) -> None:
    endpoint = sandbox.adapter()._endpoint
    assert not sftp.exists(endpoint, ["/../ledger.sqlite", "/../../etc/passwd", "/etc/passwd"])
    assert sftp.exists(endpoint, ["/../depot"])


def test_a_transfer_cut_anywhere_never_shows_half_a_lot(sandbox: CmssSandbox) -> None:
    """Whatever byte the connection dies at: all of the lot under its name, or nothing."""
    whole = None
    with CuttingProxy(sandbox.address["port"]) as proxy:
        for attempt, after in enumerate((0, 1500, 4000, 6000, 7000, 8000, 9000, 12000)):
            adapter = sandbox.adapter(port=proxy.port)
            message = lot(adapter, 5, key=f"LOT-{attempt}", start=1 + 5 * attempt)
            proxy.cut_after(after)
            try:
                adapter.send(message)
                outcome = "sent"
            except errors.Unreachable:
                outcome = "nothing"
            except errors.Unconfirmed:
                outcome = "unknown"
            found = [
                path.read_bytes()
                for folder in ("depot", "archive")
                for path in (sandbox.data / "files" / folder).glob(f"LOT-{attempt}.xml")
            ]
            assert all(body == message.body for body in found)
            assert outcome == "unknown" or bool(found) == (outcome == "sent")
            whole = outcome if after == 0 else whole
        proxy.cut_after(10**9)
        adapter.send(lot(adapter, 5, key="LOT-last", start=100))
    assert whole == "nothing"


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_back_office_loses_nothing_and_books_nothing_twice(
    sandbox: CmssSandbox, seed: int
) -> None:
    moment = random.Random(seed)
    adapter = sandbox.adapter()
    for number in range(3):
        adapter.send(lot(adapter, 10, key=f"LOT-{number}", start=1 + 10 * number))
        time.sleep(moment.uniform(0, 0.3))
        sandbox.kill()
        sandbox.start()
    answered: dict[str, set[bytes]] = {}
    end = time.monotonic() + 120
    while time.monotonic() < end:
        for inbound in adapter.collect():
            for reply in adapter.receive({}, inbound.body):
                if reply.kind is ReplyKind.ANSWER:
                    answered.setdefault(reply.reference or "", set()).add(reply.body)
            adapter.dispose(inbound.name)
        if len(answered) == 30:
            break
    assert sorted(answered) == sorted(f"s-{n}" for n in range(1, 31))
    assert all(len(bodies) == 1 for bodies in answered.values())
    assert sorted(booked(sandbox)) == sorted(answered)
