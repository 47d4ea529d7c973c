"""Answers of the fund that are JSON and nothing else: none is taken for a decision or a defect."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from adapters.inamo import decisions, dialect
from adapters.inamo.adapter import Inamo
from adapters.inamo.settings import Settings
from hub.errors import Unreadable

PLACE = f"{dialect.IG}StructureDefinition/claim-item-reference"


def coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def adjudication(status: str, price: Any, quantity: Any = 1) -> dict[str, Any]:
    money = {"value": price, "currency": "GNF"}
    return {"category": coded(dialect.STATUS, status), "amount": money, "value": quantity}


def good() -> dict[str, Any]:
    reference = {"type": "ActivityDefinition", "display": "CG"}
    line = {
        "itemSequence": 1,
        "extension": [{"url": PLACE, "valueReference": reference}],
        "adjudication": [adjudication("2", 20000), adjudication("16", 14000)],
    }
    total = {"category": coded(dialect.STATUS, "16"), "amount": {"value": 14000, "currency": "GNF"}}
    return {
        "resourceType": "ClaimResponse",
        "id": "GN-1",
        "identifier": [dialect.coded("s-1")],
        "meta": {"lastUpdated": "2026-11-22T08:00:00Z"},
        "disposition": "Liquidé.",
        "preAuthPeriod": {"start": "2026-11-22", "end": "2026-12-22"},
        "item": [line],
        "total": [total],
    }


def line(tree: dict[str, Any]) -> Any:
    return tree["item"][0]


WRONG: dict[str, Callable[[dict[str, Any]], Any]] = {
    "meta is a text": lambda t: t.update(meta="2026"),
    "no such day": lambda t: t["meta"].update(lastUpdated="2026-02-31T00:00:00Z"),
    "a period is a list": lambda t: t.update(preAuthPeriod=["2026"]),
    "a period of nonsense": lambda t: t["preAuthPeriod"].update(end="bientôt"),
    "an agreement is a number": lambda t: t.update(preAuthRef=12),
    "a message is a list": lambda t: t.update(disposition=["oui"]),
    "a message without end": lambda t: t.update(disposition="oui " * 5000),
    "lines are an object": lambda t: t.update(item={"0": line(t)}),
    "a line is a text": lambda t: t["item"].append("ligne"),
    "no number": lambda t: t.pop("id"),
    "an amount is a text": lambda t: line(t)["adjudication"][0].update(amount="20000"),
    "a reference is a text": lambda t: line(t)["extension"][0].update(valueReference="CG"),
    "a negative quantity and price": lambda t: line(t).update(
        adjudication=[adjudication("2", -20000, -1), adjudication("16", -14000, -1)]
    ),
    "a huge price": lambda t: line(t)["adjudication"][0]["amount"].update(value=10**60),
    "a price with an endless exponent": lambda t: line(t)["adjudication"][0]["amount"].update(
        value="1E+999999"
    ),
    "a state told twice": lambda t: line(t)["adjudication"].append(adjudication("16", 20000)),
    "a total told twice": lambda t: t["total"].append(copy.deepcopy(t["total"][0])),
    "two currencies": lambda t: line(t)["adjudication"][1]["amount"].update(currency="XOF"),
    "a total of another currency": lambda t: t["total"][0]["amount"].update(currency="EUR"),
    "a total that is no number": lambda t: t["total"][0]["amount"].update(value="beaucoup"),
}


def test_the_answer_that_the_others_are_made_of_is_good() -> None:
    assert decisions.decision(good())["totalPart"] == 14000


@pytest.mark.parametrize("name", WRONG)
def test_an_answer_that_is_out_of_shape_or_measure_is_unreadable(name: str) -> None:
    tree = good()
    WRONG[name](tree)
    with pytest.raises(Unreadable) as refused:
        decisions.decision(tree)
    assert refused.value.issues[0].fr.startswith("La réponse de la CNPS est mise de côté")


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    found = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in list(found):
        yield tree, key
        if isinstance(value, dict | list):
            yield from _places(value)


def test_whatever_stands_at_any_place_is_read_or_refused() -> None:
    for at in range(len(list(_places(good())))):
        for strange in (None, True, -1, 10**40, "", "x", [], {}, [1], {"coding": "x"}):
            tree = good()
            holder, key = list(_places(tree))[at]
            holder[key] = strange
            try:
                decisions.decision(tree)
            except Unreadable:
                continue


@pytest.mark.parametrize("files", [{"0": 1}, ["x"], [{}], [{"name": 5}], [{"name": "a\nb"}], 5])
def test_a_list_of_files_that_is_none_is_told(files: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = Inamo(Settings())
    answer = dialect.exact_json.dumps({"files": files})
    monkeypatch.setattr(adapter._client, "get", lambda path: answer)
    with pytest.raises(Unreadable):
        list(adapter.collect())
