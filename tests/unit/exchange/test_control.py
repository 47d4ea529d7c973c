"""What an operator orders is done once, and keeps the reason that was given first."""

from __future__ import annotations

import pytest
from exchange_world import World, claim

from hub.errors import Invalid
from hub.exchange.control import Control


def test_what_is_held_already_keeps_its_reason_and_is_resumed_once(world: World) -> None:
    _, exchange = world.post(claim())
    control = Control(world.trip)
    control.hold(exchange.id, "Pièce attendue du prestataire.", "person|awa")
    with pytest.raises(Invalid, match="held already"):
        control.hold(exchange.id, "Autre motif.", "person|binta")
    assert world.now(exchange.id).reason == "Pièce attendue du prestataire."
    assert world.story(exchange.id).count("held") == 1
    control.resume(exchange.id, "person|awa")
    with pytest.raises(Invalid, match="not held"):
        control.resume(exchange.id, "person|binta")
    assert world.story(exchange.id).count("resumed") == 1
