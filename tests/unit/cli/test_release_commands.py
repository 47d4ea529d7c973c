"""`benkan release`: in the name of whoever signed in, with the same rights as at the console."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from hub import wiring
from hub.access import passwords
from hub.access.accounts import Account
from hub.settings import Settings

TABLE = "https://benkan.example/fhir/ConceptMap/inps-sexe"
PASSWORD = "correct horse battery"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
Benkan = Callable[..., tuple[int, str]]


@pytest.fixture
def benkan(benkan: Benkan, monkeypatch: pytest.MonkeyPatch) -> Benkan:
    """Runs a command about releases; two people have accounts, and their password is typed."""
    hub = wiring.build(Settings(), adapters={})
    for id, role in (("awa", "mapping-editor"), ("fanta", "mapping-publisher")):
        account = Account(id, id, (role,), HASH, passwords.new_secret())
        hub.store.put_account(account, "test", "account-added")
    hub.close()

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
        return benkan("release", *words)

    return run


def enter(benkan: Benkan, id: str) -> None:
    hub = wiring.build(Settings(), adapters={})
    account = hub.store.account(id)
    hub.close()
    assert account is not None
    code = passwords.code_at(account.totp, datetime.now(UTC))
    status, said = benkan("sign-in", id, "--code", code, "--password-stdin")
    assert status == 0, said


def digest(said: str) -> str:
    found = re.search(r"sha256 ([0-9a-f]{64})", said)
    assert found is not None, said
    return found[1]


def test_nobody_acts_without_having_signed_in(benkan: Benkan) -> None:
    status, said = benkan("list")
    assert status == 1
    assert "benkan sign-in" in said


def test_two_people_publish_a_table_and_go_back(benkan: Benkan, tmp_path: Path) -> None:
    enter(benkan, "awa")
    assert "inps-sexe" in benkan("list", "--kind", "ConceptMap")[1]
    opened = digest(benkan("draft", TABLE, "--out", "t.json")[1])
    text = Path("t.json").read_text(encoding="utf-8")
    changed = text.replace('"publisher": "', '"publisher": "Essai ', 1)
    Path("t.json").write_text(changed, encoding="utf-8")
    seen = digest(benkan("save", TABLE, "t.json", "--hash", opened)[1])
    late = benkan("save", TABLE, "t.json", "--hash", opened)
    assert late[0] == 1
    assert "person|awa" in late[1]
    Path("one.json").write_text("{}", encoding="utf-8")
    kept = ("example", TABLE, "vide", "--in", "one.json", "--out", "one.json", "--hash", seen)
    with_one = digest(benkan(*kept)[1])
    assert with_one != seen
    seen = digest(benkan("example", TABLE, "vide", "--hash", with_one)[1])
    assert benkan("test", TABLE)[0] == 0
    assert benkan("propose", TABLE, "--hash", seen, "--reason", "Nouvel éditeur")[0] == 0
    refused = benkan("approve", TABLE, "--hash", seen, "--reason", "Relu en entier")
    assert refused[0] == 1
    session = next(Path("benkan-data").glob("session-*"))
    assert session.stat().st_mode & 0o077 == 0
    benkan("sign-out")
    assert not session.exists()
    enter(benkan, "fanta")
    assert "+" in benkan("diff", TABLE, "0.1.0")[1]
    wrong = ("approve", TABLE, "--hash", seen, "--reason", "Relu en entier", "--from", "demain")
    assert benkan(*wrong)[0] == 1
    done = benkan("approve", TABLE, "--hash", seen, "--reason", "Relu en entier")
    assert done[0] == 0
    told = json.loads(benkan("show", TABLE, "--json")[1])
    assert told["artefact"]["version"] == "0.1.1"
    assert benkan("revert", TABLE, "--reason", "Rejets en masse")[0] == 0
    assert json.loads(benkan("history", TABLE)[1])[0]["action"] == "map-reverted"
    assert benkan("export", "p.tgz", TABLE)[0] == 0
    assert Path("p.tgz").read_bytes()[:2] == b"\x1f\x8b"
