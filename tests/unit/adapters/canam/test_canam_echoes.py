"""CANAM's answers to each operation are held against the question, and right ones pass."""

from __future__ import annotations

import json
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest

from adapters.canam import documents, echoes
from hub.errors import Unreadable

MAPS = files("mappings") / "canam" / "examples"
CALLS = {
    "control-copy": "DeclarerPrestation",
    "liquidation-copy": "DeclarerLiquidation",
    "preauthorization": "DemanderAccordPrealable",
    "eligibility": "ConsulterDroits",
}


def questions() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (call, file.name, json.loads(file.read_text("utf-8"), parse_float=Decimal))
        for name, call in CALLS.items()
        for file in sorted((MAPS / name).iterdir(), key=lambda f: f.name)
        if file.name.endswith(".out.json")
    ]


def answer(call: str, asked: dict[str, Any], **more: Any) -> bytes:
    received = {"numero": "N-1", "doublon": False, "recuLe": "2026-10-06T08:00:00Z"}
    lines = [
        {"rang": line["rang"], "code": line["code"], "quantiteAccordee": Decimal(1)}
        for line in asked.get("ligne", [])
        if "code" in line
    ]
    kinds: dict[str, dict[str, Any]] = {
        "DemanderAccordPrealable": {"decision": "accord", "numero": "AP-1", "ligne": lines},
        "ConsulterDroits": {
            "statut": "ouvert",
            "numeroAMO": asked.get("numeroAMO"),
            "dateSoins": asked.get("dateSoins"),
            "valableJusquau": "2026-10-07T08:00:00Z",
        },
    }
    head = {"reference": asked["reference"], "message": "Reçu."}
    return documents.answer(call, head | kinds.get(call, received) | more)


@pytest.mark.parametrize(
    ("call", "name", "asked"), questions(), ids=lambda v: "" if isinstance(v, dict) else v
)
def test_the_right_answer_to_each_example_passes(
    call: str, name: str, asked: dict[str, Any]
) -> None:
    echoes.check(call, documents.question(call, asked), answer(call, asked))


def test_rights_of_another_person_or_day_are_not_an_answer() -> None:
    asked = {"reference": "s-1", "numeroAMO": "20000111-00", "dateSoins": "2026-10-05"}
    sent = documents.question("ConsulterDroits", asked)
    for wrong in ({"numeroAMO": "20000148-00"}, {"dateSoins": "2026-10-06"}):
        with pytest.raises(Unreadable, match="not what was sent") as told:
            echoes.check("ConsulterDroits", sent, answer("ConsulterDroits", asked, **wrong))
        assert "20000148" not in told.value.text
