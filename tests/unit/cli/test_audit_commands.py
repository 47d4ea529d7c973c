"""`benkan audit`: verify, export and search the chain, and tell when it was touched."""

from __future__ import annotations

import json
import os
import sqlite3
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from hub import wiring
from hub.evidence.chain import Act


@pytest.fixture
def benkan(benkan):
    """Runs a command about the audit, in a folder whose database holds three rows of it."""
    hub = wiring.build(adapters={})
    at = datetime(2026, 11, 22, tzinfo=UTC)
    hub.store.record([Act("hub", "sent", f"Exchange/{n}", at, {"n": n}) for n in range(3)])
    hub.close()
    return partial(benkan, "audit")


def tampered(sql: str) -> None:
    with sqlite3.connect("benkan-data/hub.sqlite") as connection:
        for verb in ("update", "delete"):
            connection.execute(f"DROP TRIGGER audit_no_{verb}")
        connection.execute(sql)


def test_an_untouched_chain_is_intact(benkan) -> None:
    status, printed = benkan("verify")
    assert status == 0
    assert "3 lignes, 0 points de contrôle : la chaîne est intacte." in printed


def test_a_changed_row_is_named_and_the_status_says_so(benkan) -> None:
    tampered("UPDATE audit SET content = replace(content, 'sent', 'paid') WHERE seq = 2")
    status, printed = benkan("verify", "--json")
    assert status == 1
    assert {f["where"] for f in json.loads(printed)["findings"]} == {"audit 2"}


def test_an_export_is_verified_without_the_database(benkan, tmp_path) -> None:
    assert benkan("export", "chain.jsonl")[0] == 0
    key = tmp_path / "key.pem"
    key.write_text(benkan("key")[1], encoding="ascii")
    os.rename("benkan-data", "gone")
    status, printed = benkan("verify", "--export", "chain.jsonl", "--key", str(key))
    assert (status, "3 lignes, 1 points" in printed) == (0, True)
    whole = Path("chain.jsonl").read_bytes()
    Path("chain.jsonl").write_bytes(whole.replace(b"Exchange/1", b"Exchange/7"))
    assert benkan("verify", "--export", "chain.jsonl", "--key", str(key))[0] == 1


def test_a_checkpoint_kept_elsewhere_shows_that_the_end_was_cut(benkan) -> None:
    assert benkan("checkpoint", "--out", "kept.json")[0] == 0
    tampered("DELETE FROM audit WHERE seq = 3")
    with sqlite3.connect("benkan-data/hub.sqlite") as connection:
        connection.execute("DROP TRIGGER audit_checkpoints_no_delete")
        connection.execute("DELETE FROM audit_checkpoints")
    assert benkan("verify")[0] == 0
    status, printed = benkan("verify", "--checkpoint", "kept.json")
    assert status == 1
    assert "la fin a été coupée" in printed


@pytest.mark.parametrize("text", ["{}", "no JSON", '{"number": "x"}', "[]"])
def test_a_file_that_is_no_checkpoint_is_refused(benkan, tmp_path, text) -> None:
    (tmp_path / "kept.json").write_text(text, encoding="utf-8")
    assert benkan("verify", "--checkpoint", "kept.json")[0] in (1, 2)


def test_the_key_is_made_once_and_only_its_owner_reads_it(benkan, tmp_path) -> None:
    first, again = benkan("key"), benkan("key")
    assert first == again
    assert "BEGIN PUBLIC KEY" in first[1]
    path = tmp_path / "benkan-data" / "audit-key.pem"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    status, printed = benkan("key")
    assert status == 2
    assert "chmod 600" in printed


def test_rows_are_searched_by_what_they_are_about(benkan) -> None:
    rows = json.loads(benkan("list", "--object", "Exchange/1", "--json")[1])
    assert [(row["seq"], row["action"]) for row in rows] == [(2, "sent")]


def test_rows_are_shown_as_fhir_audit_events(benkan) -> None:
    bundle = json.loads(benkan("list", "--object", "Exchange/1", "--fhir")[1])
    [entry] = bundle["entry"]
    assert entry["resource"]["resourceType"] == "AuditEvent"
    assert entry["resource"]["id"] == "audit-2"


def test_a_broken_glass_is_an_alert_with_its_reason(benkan) -> None:
    hub = wiring.build(adapters={})
    at, reason = datetime(2026, 11, 22, tzinfo=UTC), "Plainte n° 12 : la feuille est introuvable"
    hub.store.record([Act("person|awa", "break-glass", "Exchange/1", at, {"reason": reason})])
    hub.close()
    [row] = json.loads(benkan("alerts", "--json")[1])
    assert (row["actor"], row["object"]) == ("person|awa", "Exchange/1")
    assert row["detail"]["reason"] == reason
    status, printed = benkan("alerts")
    assert status == 0
    assert "bris de glace" in printed
