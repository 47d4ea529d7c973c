"""By which identifiers a claim, and who bills it, are known again."""

from __future__ import annotations

import pytest
from exchange_world import SID, World, claim

from hub.errors import Conflict
from hub.exchange import numbered
from hub.model import Tree

SHEET = {"system": f"{SID}feuille", "value": "F-1"}
OWN = {"system": "urn:logiciel:feuille", "value": "0042"}
LOT = {"system": "urn:logiciel:bordereau", "value": "B-7"}


def known_as(world: World, tree: Tree) -> tuple[str, str]:
    accepted, exchange = world.post(tree)
    found = accepted.duplicate or exchange
    if accepted.duplicate:
        world.intake.duplicate(world.intake.submit(tree, b"{}"), accepted.duplicate)
    return found.id, found.identifier


@pytest.mark.parametrize("numbers", [[SHEET, OWN], [OWN, LOT]], ids=["sheet", "no sheet"])
def test_a_claim_resent_with_its_identifiers_in_another_order_is_the_same(
    world: World, numbers: list[Tree]
) -> None:
    first = known_as(world, claim(identifier=numbers))
    assert known_as(world, claim(identifier=numbers[::-1])) == first


def test_two_claims_with_one_sheet_number_are_one_sheet_wherever_it_stands(world: World) -> None:
    world.post(claim(identifier=[OWN, SHEET]))
    other = claim(identifier=[{**OWN, "value": "0043"}, SHEET])
    accepted, _ = world.post(other)
    assert accepted.duplicate is not None
    with pytest.raises(Conflict, match="identifier"):
        world.intake.duplicate(world.intake.submit(other, b"{}"), accepted.duplicate)


def test_sheets_of_one_deposit_share_its_number_and_are_two(world: World) -> None:
    trees = [claim(identifier=[LOT, {**SHEET, "value": number}]) for number in ("F-1", "F-2")]
    assert known_as(world, trees[0])[0] != known_as(world, trees[1])[0]


def billed_by(*numbers: Tree) -> Tree:
    organization = {"resourceType": "Organization", "id": "o", "identifier": list(numbers)}
    return claim(contained=[organization], provider={"reference": "#o"})


def test_who_bills_is_the_convention_whatever_number_stands_before_it(world: World) -> None:
    mine = {"system": "urn:logiciel:structure", "value": "1"}
    theirs = {"system": f"{SID}convention", "value": "CNV-ML-00002"}
    first, again = billed_by(mine, theirs), billed_by(theirs, mine)
    assert world.post(first)[1].provider == f"{SID}convention|CNV-ML-00002"
    assert known_as(world, again)[0] == known_as(world, first)[0]


def test_a_claim_is_found_by_the_number_that_is_not_its_key(world: World) -> None:
    mine = known_as(world, claim(identifier=[OWN, SHEET]))[0]
    for number in (OWN, SHEET):
        found = numbered.exchanges(world.store, number["system"], number["value"])
        assert [exchange.id for exchange in found] == [mine]
    assert numbered.exchanges(world.store, OWN["system"], "0043") == []
