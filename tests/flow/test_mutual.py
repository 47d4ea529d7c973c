"""A fifth partner with settings and mappings only: no line in hub/, no Python of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from flow_judge import when
from servers.mutual import Mutual

from hub.cli.credentials import Bearer
from hub.formats import exact_json

HERE = Path(__file__).parents[1] / "data" / "mutuelle"


@pytest.fixture
def mutual(tmp_path: Path) -> Iterator[Mutual]:
    with Mutual(tmp_path) as running:
        yield running


@pytest.fixture
def environment(mutual: Mutual, tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        **mutual.settings,
        "BENKAN_DATA": str(tmp_path / "data"),
        "BENKAN_PARTNERS": "sogoba",
        "BENKAN_PROFILES": str(HERE),
        "BENKAN_MAPPINGS": str(HERE / "mappings"),
        "BENKAN_ROUTING": str(HERE / "routing.json"),
        "BENKAN_RETRY_FIRST": "0.2",
        "COLUMNS": "200",
    }


@pytest.fixture
def fhir(environment: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The FHIR base of a hub that knows no partner but the mutual."""
    log = tmp_path / "serve.log"
    with log.open("wb") as output:
        serve = [sys.executable, "-m", "hub.cli", "serve", "--port", "0"]
        process = subprocess.Popen(serve, env=environment, stdout=output, stderr=output)
    try:
        lines = when(lambda: log.read_text().splitlines(), lambda them: any(map(_ready, them)))
        yield next(line for line in lines if _ready(line)).split()[1]
    finally:
        process.terminate()
        assert process.wait(30) == 0


def _ready(line: str) -> bool:
    return line.startswith("ready ")


def claim(number: str) -> bytes:
    template = exact_json.loads((HERE / "certification.json").read_bytes())["claim"]
    return exact_json.dumps(template).replace(b"{number}", number.encode())


@pytest.fixture
def bearer(fhir: str, environment: dict[str, str], tmp_path: Path) -> Bearer:
    """Tokens of a client that may send in the name of any provider."""
    key = tmp_path / "key.json"
    add = ["client", "add", "hopital", "--role", "provider", "--organization", "*"]
    command = [sys.executable, "-m", "hub.cli", *add, "--new-key", str(key)]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)
    return Bearer(fhir.removesuffix("/fhir"), "hopital", key)


def test_a_claim_of_a_declared_partner_is_answered_and_paid(
    fhir: str, mutual: Mutual, bearer: Bearer
) -> None:
    mutual.books.mute = 1
    with httpx.Client(base_url=fhir, timeout=60, auth=bearer) as client:
        kind = {"Content-Type": "application/fhir+json"}
        answer = client.post("/Claim/$submit", content=claim("1"), headers=kind).json()
        assert answer["resourceType"] == "ClaimResponse", answer
        reference = answer["request"]["reference"]

        def decided() -> list[dict[str, object]]:
            found = client.get("/ClaimResponse", params={"request": reference}).json()
            return [e["resource"] for e in found.get("entry", [])]

        [response] = when(decided, bool)
        assert response["outcome"] == "partial"
        sums = {t["category"]["coding"][0]["code"]: t["amount"]["value"] for t in response["total"]}
        assert sums == {"submitted": 3500, "benefit": 1400}
        paid = when(
            lambda: client.get("/PaymentReconciliation").json(), lambda found: found["total"]
        )
        assert paid["entry"][0]["resource"]["paymentAmount"] == {"value": 1400, "currency": "XOF"}
    assert len(mutual.books.sheets) == 1
    assert mutual.books.sends == list(mutual.books.sheets)
    assert mutual.books.notices == {}


def test_a_declared_partner_is_certified_by_the_same_suite(
    environment: dict[str, str], mutual: Mutual, tmp_path: Path
) -> None:
    out = tmp_path / "report"
    command = ["partner", "certify", "sogoba", "--against", mutual.url, "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli", *command],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [file] = out.glob("*.json")
    report = json.loads(file.read_text(encoding="utf-8"))
    outcomes = {row["check"]: row["outcome"] for part in report["parts"].values() for row in part}
    assert outcomes["claim-to-payment"] == outcomes["resend-books-once"] == "passed"
    assert outcomes["lossy-fields"] == outcomes["hard-text"] == "passed"
    [page] = out.glob("*.html")
    assert "Rapport de certification : sogoba" in page.read_text(encoding="utf-8")


def test_nothing_of_it_is_python_and_the_hub_does_not_name_it() -> None:
    assert list(HERE.rglob("*.py")) == []
    root = HERE.parents[2]
    named = [
        path.name
        for folder in ("hub", "adapters/declared", "adapters/transports")
        for path in (root / folder).rglob("*")
        if path.is_file() and path.suffix != ".pyc" and b"sogoba" in path.read_bytes().lower()
    ]
    assert named == []
