"""Nobody's name, number, illness or token is anywhere it should not be: planted, then looked for.

Source: reliability invariant I12. The sandboxes' own folders are the partners', not the hub's.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from servers.benkan import Up

from hub.cli import sample
from hub.formats import exact_json
from hub.model import Tree

#: In every person planted; no word of any language, file or library.
CANARIES = {
    "family": "ZZQCANARIFAMILLE",
    "given": "Zzqcanariprenom",
    "phone": "+22370099887",
    "address": "Rue Zzqcanarirue",
    "illness": "zzqcanarimaladie",
    "note": "zzqcanarinote",
}
BODIES = ("CMSS", "INPS", "CNPS")
MISBEHAVIOURS = {"cmss": "garbage", "inps": "error", "inamo": "error", "canam": "fault"}


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder = tmp_path_factory.mktemp("canaries")
    (folder / "tmp").mkdir()
    running = Up(folder, TMPDIR=str(folder / "tmp"), BENKAN_RETRY_MOST="2").start()
    yield running
    if running.process is not None and running.process.poll() is None:
        running.stop()


def planted(claim: Tree, number: str) -> Tree:
    """The claim of a demo person, who is now called by our names and has our illness."""
    person = {
        "resourceType": "Patient",
        "id": "p",
        "identifier": [{"system": "https://benkan.example/fhir/sid/numero-amo", "value": number}],
        "name": [{"family": CANARIES["family"], "given": [CANARIES["given"]]}],
        "telecom": [{"system": "phone", "value": CANARIES["phone"]}],
        "address": [{"line": [CANARIES["address"]]}],
    }
    changed = claim | {"contained": [*claim.get("contained", []), person]}
    changed["patient"] = {"reference": "#p"}
    for diagnosis in changed.get("diagnosis", []):
        diagnosis.get("diagnosisCodeableConcept", {})["text"] = CANARIES["illness"]
    return changed


def claims() -> Iterator[tuple[str, Tree]]:
    for seed, code in enumerate(BODIES):
        found = 0
        for _, made in sample.generate(200, 900 + seed, {code}):
            number = re.search(r"amo-(.+)$", made["patient"].get("reference", ""))
            if number and made.get("use") == "claim":
                yield code, planted(made, number[1])
                found += 1
            if found == 4:
                break


def hostile(claim: Tree) -> list[bytes]:
    """Bodies with the canaries in them that are refused, each for another reason."""
    whole = exact_json.dumps(claim)
    return [
        whole[: len(whole) // 2],
        whole[:-1] + b',"status":"active"}',
        exact_json.dumps(claim | {"unknown": CANARIES["family"]}),
        exact_json.dumps(claim | {"created": f"{CANARIES['given']}"}),
        exact_json.dumps(claim | {"status": CANARIES["family"]}),
        exact_json.dumps(claim | {"total": {"value": "x", "currency": CANARIES["family"]}}),
        b"<Claim>" + CANARIES["family"].encode() + b"</Claim>",
        whole + b"\x00" * 3,
    ]


def test_what_was_planted_is_found_nowhere_but_where_it_belongs(up: Up) -> None:
    control = {n: f"http://{a['host']}:{a['control']}" for n, a in up.state["sandboxes"].items()}
    for name, kind in MISBEHAVIOURS.items():
        httpx.post(f"{control[name]}/behaviour", json={"next": [kind]}, timeout=120)
    refusals: list[str] = []
    with up.client() as client:
        sent = [_sent(client, tree) for _, tree in claims()]
        assert len(sent) == 4 * len(BODIES)
        for body in hostile(next(claims())[1]):
            answer = client.post("/Claim", content=body)
            assert 400 <= answer.status_code < 500
            refusals.append(answer.text)
        refusals += [client.get(f"/Patient/{CANARIES['given']}").text]
        _settle(client, sent)
        token = client.get("/metadata").request.headers["authorization"].partition(" ")[2]
    answers = [up.run("exchange", "list"), up.run("audit", "verify"), up.run("doctor", check=False)]
    assert up.stop() == 0
    data = up.folder / "benkan-data"
    found = [
        f"{path.relative_to(up.folder)}: {name}"
        for path in sorted(up.folder.rglob("*"))
        if path.is_file() and not path.is_relative_to(data / "sandbox")
        for name, canary in {**CANARIES, "token": token}.items()
        if canary.encode() in path.read_bytes()
    ]
    assert found == []
    told = "\n".join(a.stdout + a.stderr for a in answers)
    assert [n for n, c in CANARIES.items() if c in told or c in "".join(refusals[:1])] == []
    log = up.log.read_text()
    assert "Traceback" not in log
    assert not re.search(r"\b[0-9]{9}(-[0-9]{2})?\b", log), "an insured number in the log"
    booked = json.dumps([up_ledger for up_ledger in _ledgers(data)])
    assert CANARIES["family"] in booked, "the partners did get the names: the search can find"


def _sent(client: httpx.Client, tree: Tree) -> str:
    answer = client.post(
        "/Claim", content=exact_json.dumps(tree), headers={"Prefer": "respond-async"}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def _settle(client: httpx.Client, ids: list[str]) -> None:
    end = time.monotonic() + 300
    while time.monotonic() < end:
        total = client.get("/ClaimResponse?_summary=count").json()["total"]
        if total >= len(ids) - 1:
            return
        time.sleep(1)
    raise AssertionError("the claims were not answered in time")


def _ledgers(data: Path) -> Iterator[Any]:
    for path in sorted((data / "sandbox").rglob("ledger.sqlite*")):
        yield path.read_bytes().decode("latin-1")
