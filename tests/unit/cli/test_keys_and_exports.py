"""`benkan keys`, `retention`, `export`, `person erase`: what they do, print, and their status."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hub.access import tokens
from hub.access.accounts import Account, Session
from hub.model import Event, Exchange, IndexEntry, NewResource, Operation, State, StoredMessage
from hub.ports import Acceptance, Change, Identity
from hub.store import SqlStore, open_store

SID = "https://benkan.example/fhir/sid/"
NUMBER = "20041987-04"
CANARIES = ("Traoré", "Kadidia", NUMBER, "20041987", "1987-04-20", "76000000", "Rue 42", "Sogoba")
PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": f"{SID}numero-amo", "value": NUMBER}],
    "name": [{"family": "Traoré", "given": ["Kadidia"]}],
    "gender": "female",
    "birthDate": "1987-04-20",
    "telecom": [{"value": "+223 76000000"}],
    "address": [{"line": ["Rue 42"], "city": "Sogoba", "state": "Ségou"}],
}
NOW = datetime.now(UTC)
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A data folder with three closed claims of one person."""
    folder = tmp_path / "benkan-data"
    folder.mkdir(mode=0o700)
    store = open_store(f"sqlite:///{folder / 'hub.sqlite'}")
    body = json.dumps(PATIENT).encode()
    index = (IndexEntry("identifier", NUMBER, f"{SID}numero-amo"),)
    store.accept([Acceptance([NewResource("Patient", "p1", body, index)])])
    store.note_identities([Identity(f"{SID}numero-amo", NUMBER, "p1", source="fund")])
    for number in range(3):
        sheet(store, number)
    store.close()
    return folder


def sheet(store: SqlStore, number: int) -> None:
    claim = {
        "resourceType": "Claim",
        "id": f"c{number}",
        "patient": {"reference": "Patient/p1", "display": "Kadidia Traoré"},
        "type": {"coding": [{"code": "pharmacy"}]},
        "total": {"value": 12500, "currency": "XOF"},
    }
    raw = json.dumps(claim).encode()
    about = (IndexEntry("patient", "Patient/p1"),)
    names = ("content_hash", "submission", "correlation", "workflow")
    one = Exchange(
        id=f"e{number}",
        state=State.ACCEPTED,
        operation=Operation.CLAIM,
        resource=f"Claim/c{number}",
        provider=f"{SID}convention|CNV-ML-00001",
        identifier=f"{SID}feuille|F-000{number}",
        care_date=date(2026, 3, 10 + number),
        created=NOW,
        updated=NOW,
        partner="cmss",
        amount="12500",
        currency="XOF",
        **{name: f"{name}{number}" for name in names},
    )
    message = StoredMessage("in", "claim", raw, "application/fhir+json", NOW)
    made = Acceptance([NewResource("Claim", f"c{number}", raw, about, raw)], [one], {}, {})
    store.accept([replace(made, messages={one.id: [message]})])
    seen = store.exchange(one.id)
    assert seen is not None
    closed = Event(NOW, "closed", "Kadidia Traoré est informée.", State.CLOSED)
    store.save(Change(replace(seen, state=State.CLOSED), [closed]))


def test_an_export_names_nobody_and_can_be_checked(filled: Path, benkan: Run) -> None:
    days = ("--from", "2026-03-01", "--to", "2026-03-31")
    status, printed = benkan("export", "claims", *days, "--out", "x", "--body", "CMSS")
    assert status == 0, printed
    files = {path.name: path.read_bytes() for path in Path("x").iterdir()}
    text = b"".join(files.values()).decode() + printed
    assert [canary for canary in CANARIES if canary in text] == []
    assert "CNV-ML" not in text
    assert "F-000" not in text
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest["files"] == {n: hashlib.sha256(b).hexdigest() for n, b in files.items()}
    assert (manifest["claims"], manifest["hidden"]) == (3, 3)
    rows = [json.loads(line) for line in files["claims.ndjson"].splitlines()]
    assert len({row["person"] for row in rows}) == 1
    assert {row["region"] for row in rows} == {"*"}  # one person alone: nothing tells them apart
    assert b"*,*,*" in files["aggregates.csv"]
    acts = json.loads(benkan("audit", "list", "--action", "exported", "--json")[1])
    assert [act["detail"]["files"] for act in acts] == [manifest["files"]]
    again = benkan("export", "claims", *days, "--out", "y")
    assert again[0] == 0
    assert Path("y/claims.ndjson").read_bytes() == files["claims.ndjson"]
    assert benkan("export", "claims", *days, "--out", "z", "--key", "autre")[0] == 0
    assert rows[0]["person"] not in Path("z/claims.ndjson").read_text()
    assert benkan("export", "claims", *days, "--out", "x")[0] == 1  # nothing is written over
    assert benkan("export", "claims", *days, "--out", "w", "--body", "NONE")[0] == 1


def test_an_export_in_somebodys_name_takes_their_session_and_their_right(
    filled: Path, benkan: Run
) -> None:
    store = open_store(f"sqlite:///{filled / 'hub.sqlite'}")
    for id, role, body in (
        ("awa", "auditor", ""),
        ("ali", "supervisor", "INPS"),
        ("omar", "operator", ""),
    ):
        store.put_account(Account(id, id, (role,), "", "", body), "test", "account-added")
        now = datetime.now(UTC)
        store.open_session(Session(tokens.digest(f"session-of-{id}"), id, now, now), id)
    store.close()
    words = ("export", "claims", "--from", "2026-03-01", "--to", "2026-03-31")
    words += ("--reason", "bilan annuel", "--out")

    def as_(id: str, out: str, signed_in: str = "") -> tuple[int, str]:
        kept = filled / f"session-{os.getuid()}"
        kept.write_text(f"session-of-{signed_in or id}")
        return benkan(*words, out, "--as", id)

    assert as_("awa", "a")[0] == 0
    assert json.loads(Path("a/manifest.json").read_text())["actor"] == "person|awa"
    assert as_("ali", "b")[0] == 0
    manifest = json.loads(Path("b/manifest.json").read_text())
    assert (manifest["bodies"], manifest["claims"]) == (["INPS"], 0)
    assert as_("omar", "c")[0] != 0
    assert as_("awa", "d", signed_in="omar")[0] != 0
    assert not Path("c").exists()
    assert not Path("d").exists()
    acts = json.loads(benkan("audit", "list", "--action", "exported", "--json")[1])
    assert [act["actor"] for act in acts] == ["person|ali", "person|awa"]


def test_keys_are_listed_and_rotated(filled: Path, benkan: Run) -> None:
    listed = json.loads(benkan("keys", "list", "--count", "--json")[1])
    assert {key["id"] for key in listed["keys"]} == {"index-1", "hub-1", "cmss-1"}
    assert listed["values_open"] == 0
    status, printed = benkan("keys", "rotate", "--partner", "cmss")
    assert status == 0, printed
    assert "cmss-2" in printed
    listed = json.loads(benkan("keys", "list", "--count", "--json")[1])
    values = {key["id"]: key["values"] for key in listed["keys"]}
    assert (values["cmss-1"], values["cmss-2"]) == (0, 3)
    assert benkan("audit", "verify")[0] == 0


def test_a_key_that_is_missing_or_open_to_others_is_told(filled: Path, benkan: Run) -> None:
    key = filled / "keys" / "cmss-1.key"
    key.chmod(0o644)
    status, printed = benkan("doctor")
    assert status == 1
    assert "chmod 600" in printed
    key.unlink()
    assert benkan("keys", "list")[0] == 1
    status, printed = benkan("keys", "rotate", "--partner", "cmss")
    assert status == 1
    assert "Traceback" not in printed
    assert "cmss-1" in printed


def test_other_keys_than_those_of_the_database_are_told(filled: Path, benkan: Run) -> None:
    key = filled / "keys" / "hub-1.key"
    text = (filled / "keys" / "cmss-1.key").read_text()
    key.write_text(text)
    status, printed = benkan("doctor")
    assert status == 1
    assert "BENKAN_KEYS" in printed
    assert text not in printed


def test_a_key_may_come_from_the_environment(
    filled: Path, benkan: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ("--partner", "cmss", "--reference", "env:CMSS_KEY")
    assert benkan("keys", "rotate", *where)[0] == 1
    monkeypatch.setenv("CMSS_KEY", (filled / "keys" / "hub-1.key").read_text())
    status, printed = benkan("keys", "rotate", *where)
    assert status == 0, printed
    assert not (filled / "keys" / "cmss-2.key").exists()
    assert "env:CMSS_KEY" in benkan("keys", "list")[1]


def test_with_a_folder_of_keys_only_commands_make_them(
    tmp_path: Path, benkan: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENKAN_KEYS", str(tmp_path / "safe"))
    assert not (tmp_path / "safe").exists()
    status, printed = benkan("keys", "make", "--partner", "cmss")
    assert status == 0, printed
    assert sorted(os.listdir(tmp_path / "safe")) == [
        *("cmss-1.key", "hub-1.key", "index-1.key", "keys.json", "lock")
    ]
    assert benkan("keys", "make", "--partner", "cmss")[0] == 0
    assert len(os.listdir(tmp_path / "safe")) == 5


def test_retention_shows_and_erases_what_is_due(
    filled: Path, benkan: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert json.loads(benkan("retention", "show", "--json")[1])["due"] == {}
    monkeypatch.setattr("hub.cli.retention.datetime", Later)
    due = json.loads(benkan("retention", "apply", "--dry-run", "--json")[1])
    assert due == {"dry_run": True, "count": {"exchanges": 3}}
    assert json.loads(benkan("retention", "apply", "--json")[1])["count"]["exchanges"] == 3
    assert json.loads(benkan("retention", "apply", "--json")[1])["count"] == {}
    assert benkan("audit", "verify")[0] == 0
    status, printed = benkan("exchange", "dossier", "Claim/c1", "--out", "d.json")
    assert status == 0, printed
    Path("key.pem").write_text(benkan("audit", "key")[1])
    verified = benkan("audit", "verify", "--dossier", "d.json", "--key", "key.pem")
    assert verified[0] == 0, verified[1]


class Later(datetime):
    """Eleven years from now."""

    @classmethod
    def now(cls, tz=None):
        return NOW.replace(year=NOW.year + 11)


def test_a_person_is_erased_on_order(filled: Path, benkan: Run) -> None:
    assert benkan("person", "erase", NUMBER)[0] == 2
    why = ("--reason", "demande écrite du 22/11/2026", "--yes")
    assert benkan("person", "erase", "0000", *why)[0] == 1
    status, printed = benkan("person", "erase", NUMBER, *why)
    assert status == 0, printed
    assert benkan("person", "show", NUMBER)[0] == 1
    assert benkan("audit", "verify")[0] == 0
    assert "demande écrite" in benkan("audit", "list", "--action", "person-erased", "--json")[1]
