"""Joining the parts: what the sweep rings for."""

from __future__ import annotations

from pathlib import Path

from hub import wiring
from hub.settings import Settings


def test_the_sweep_rings_once_for_what_is_due_and_again_after_a_step(tmp_path: Path) -> None:
    """A backlog must not fill the queue; a retry that is due must not wait for it."""
    hub = wiring.build(Settings(data=tmp_path), adapters={})
    assert hub.unrung(["a", "b"]) == ["a", "b"]
    assert hub.unrung(["a", "b"]) == []
    hub.trip.notify("a")
    assert hub.unrung(["a", "b"]) == ["a"]
    hub.forget_rung()
    assert hub.unrung(["a", "b"]) == ["a", "b"]
    hub.close()
