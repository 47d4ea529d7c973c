"""`benkan exchange dossier`: what it proves, what it hides, and what shows that it was touched."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.loopback.adapter import Loopback
from hub import wiring
from hub.evidence import keyfile
from hub.evidence.dossier_verify import signed
from hub.formats import exact_json
from hub.settings import Settings

SID = "https://benkan.example/fhir/sid"
MONEY = {"value": Decimal(1000), "currency": "XOF"}
SHEET: dict[str, Any] = {
    "resourceType": "Claim",
    "identifier": [{"system": f"{SID}/feuille", "value": "F-0001"}],
    "status": "active",
    "type": {"coding": [{"code": "professional"}]},
    "use": "claim",
    "patient": {"display": "Kadidia Fictive 19990042-00"},
    "created": "2026-10-05",
    "insurer": {"identifier": {"system": f"{SID}/organisme", "value": "CMSS"}},
    "provider": {"identifier": {"system": f"{SID}/convention", "value": "CNV-ML-00001"}},
    "priority": {"coding": [{"code": "normal"}]},
    "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": {"coding": [{"code": "B50.9"}]}}],
    "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "AMO"}}],
    "item": [{"sequence": 1, "productOrService": {"text": "acte"}, "net": MONEY}],
    "total": MONEY,
}
IDENTITIES = ("Kadidia", "19990042", "B50.9")


class Fund(Loopback):
    """A fund in memory."""

    name = "cmss"


class Maps:
    """Maps by hand that carry the person to the fund."""

    def pin(self, canonical: str, when: object = None) -> str:
        return f"{canonical}|1"

    def map(self, canonical: str, source: dict[str, Any], when: object = None) -> dict[str, Any]:
        return {"reference": source["submission"], "patient": source["claim"]["patient"]}


@pytest.fixture
def exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A claim that was received, translated, sent and acknowledged; the id of its exchange."""
    monkeypatch.chdir(tmp_path)
    fund = Fund()
    fund.say = {"claim": [{"kind": "acknowledged"}]}
    hub = wiring.build(Settings(), adapters={"cmss": fund})
    hub.maps = Maps()  # type: ignore[assignment]
    acceptance = hub.intake.submit(SHEET, exact_json.dumps(SHEET))
    hub.store.accept([acceptance])
    id = acceptance.exchanges[0].id
    for _ in range(2):
        leased = hub.store.lease(id, 30, due=False)
        assert leased is not None
        hub.store.save(hub.trip.step(leased))
    held = hub.store.exchange(id)
    assert held is not None
    hub.control.hold(id, "Attend une pièce de Kadidia Fictive (19990042-00).", "person|awa")
    hub.close()
    return id


Benkan = Callable[..., tuple[int, str]]


def made(benkan: Benkan, *words: str) -> dict[str, Any]:
    assert benkan("exchange", "dossier", "F-0001", "--out", "d.json", *words)[0] == 0
    tree: dict[str, Any] = json.loads(Path("d.json").read_bytes())
    return tree


def key(benkan: Benkan) -> list[str]:
    Path("key.pem").write_text(benkan("audit", "key")[1], encoding="ascii")
    return ["--key", "key.pem"]


def test_it_says_what_was_received_sent_and_done_and_by_whom(exchange: str, benkan: Benkan) -> None:
    tree = made(benkan)
    [one] = tree["exchanges"]
    assert [(m["direction"], m["kind"]) for m in one["messages"]] == [
        ("in", "claim"),
        ("out", "request"),
        ("in", "acknowledged"),
    ]
    assert one["messages"][1]["map"].endswith("StructureMap/cmss-claim|1")
    assert [e["what"] for e in one["events"]][:2] == ["accepted", "translated"]
    assert (one["events"][-1]["what"], one["events"][-1]["actor"]) == ("held", "person|awa")
    assert tree["holds"] is True
    assert tree["checkpoints"][-1]["seq"] >= tree["audit"][-1]["seq"]


def test_identities_are_masked_everywhere(exchange: str, benkan: Benkan) -> None:
    made(benkan, "--out", "d.html")
    for file in ("d.json", "d.html"):
        text = Path(file).read_text(encoding="utf-8")
        assert [word for word in IDENTITIES if word in text] == []
        assert "F-0001" in text
    assert "19990042" not in Path("benkan-data/hub.sqlite").read_bytes().decode("latin-1")


def test_it_is_verified_alone_against_the_key(exchange: str, benkan: Benkan) -> None:
    made(benkan)
    kept = key(benkan)
    os.rename("benkan-data", "gone")
    assert benkan("audit", "verify", "--dossier", "d.json", *kept)[0] == 0


def test_the_bytes_come_only_with_a_reason_and_an_audit_row(exchange: str, benkan: Benkan) -> None:
    assert benkan("exchange", "dossier", "F-0001", "--json", "--with-payload")[0] == 2
    tree = made(benkan, "--with-payload", "--reason", "recours du prestataire")
    text = Path("d.json").read_text(encoding="utf-8")
    assert "Kadidia" in text
    rows = json.loads(benkan("audit", "list", "--action", "read-payload", "--json")[1])
    assert [row["object"] for row in rows] == [f"Exchange/{exchange}"]
    assert rows[0]["actor"].startswith("account|")
    assert rows[0]["detail"]["reason"] == "recours du prestataire"
    assert any("read-payload" in e["content"] for e in tree["audit"])
    assert benkan("audit", "verify", "--dossier", "d.json", *key(benkan))[0] == 0


CHANGES = {
    "another amount": lambda d: d["subject"].update(amount="9000"),
    "another state": lambda d: d["exchanges"][0]["events"][1].update(state="SENT"),
    "another sentence": lambda d: d["exchanges"][0]["events"][1].update(text="Rien."),
    "a message left out": lambda d: d["exchanges"][0]["messages"].pop(1),
    "a message twice": lambda d: d["exchanges"][0]["messages"].append(
        d["exchanges"][0]["messages"][1]
    ),
    "a message with another digest": lambda d: d["exchanges"][0]["messages"][1].update(
        sha256="0" * 64
    ),
    "a version left out": lambda d: d["resources"].pop(),
    "an audit row changed": lambda d: d["audit"][1].update(
        content=d["audit"][1]["content"].replace("hub", "bub")
    ),
    "an audit row left out": lambda d: d["audit"].pop(2),
    "rows swapped": lambda d: d["audit"].reverse(),
    "no checkpoint": lambda d: d["checkpoints"].clear(),
    "a checkpoint forged": lambda d: d["checkpoints"][-1].update(signature="00" * 64),
}


@pytest.mark.parametrize("sort", CHANGES)
def test_a_changed_dossier_is_found_out(sort: str, exchange: str, benkan: Benkan) -> None:
    tree = made(benkan)
    CHANGES[sort](tree)
    Path("d.json").write_bytes(exact_json.dumps(tree))
    assert benkan("audit", "verify", "--dossier", "d.json", *key(benkan))[0] == 1


@pytest.mark.parametrize("sort", [name for name in CHANGES if name != "another amount"])
def test_signing_a_changed_dossier_again_does_not_help(
    sort: str, exchange: str, benkan: Benkan
) -> None:
    tree = made(benkan)
    CHANGES[sort](tree)
    del tree["signature"]
    private = keyfile.load(Path("benkan-data/audit-key.pem"))
    Path("d.json").write_bytes(exact_json.dumps(signed(tree, private)))
    assert benkan("audit", "verify", "--dossier", "d.json", *key(benkan))[0] == 1


def test_another_key_or_another_chain_does_not_verify_it(exchange: str, benkan: Benkan) -> None:
    made(benkan)
    kept = key(benkan)
    assert benkan("audit", "export", "chain.jsonl")[0] == 0
    verify = ("audit", "verify", "--dossier", "d.json", "--export", "chain.jsonl")
    assert benkan(*verify, *kept)[0] == 0
    os.rename("benkan-data", "gone")
    assert benkan("audit", "key")[0] == 0
    assert benkan(*verify, *key(benkan))[0] == 1
    Path("chain.jsonl").write_bytes(
        Path("chain.jsonl").read_bytes().replace(b"accepted", b"acceptee")
    )
    Path("key.pem").write_text(
        json.loads(Path("d.json").read_bytes())["key"]["pem"], encoding="ascii"
    )
    assert benkan(*verify, *kept)[0] == 1


@pytest.mark.parametrize("text", ["{}", "[]", "no JSON", '{"format": "benkan-dossier-1"}'])
def test_a_file_that_is_no_dossier_is_refused(text: str, benkan: Benkan, tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text(text, encoding="utf-8")
    status, printed = benkan("audit", "verify", "--dossier", str(tmp_path / "d.json"))
    assert status == 1
    assert "Traceback" not in printed


def test_what_was_changed_in_the_database_is_said_in_it(exchange: str, benkan: Benkan) -> None:
    with sqlite3.connect("benkan-data/hub.sqlite") as connection:
        connection.execute("UPDATE messages SET body = CAST('x' AS BLOB) WHERE kind = 'request'")
    status, printed = benkan("exchange", "dossier", "F-0001", "--out", "d.json", "--out", "d.html")
    assert status == 1
    assert "messages seq 2" in printed
    assert "messages seq 2" in Path("d.html").read_text(encoding="utf-8")
    assert benkan("audit", "verify", "--dossier", "d.json", *key(benkan))[0] == 1


def test_the_page_prints_in_two_languages_without_script(exchange: str, benkan: Benkan) -> None:
    for language, title in (("fr", "Dossier de preuve"), ("en", "Evidence dossier")):
        made(benkan, "--out", "d.html", "--language", language)
        text = Path("d.html").read_text(encoding="utf-8")
        assert f"<title>{title} : F-0001</title>" in text
        assert "size: A4" in text
        assert "<script" not in text
        assert "illustrati" in text
