"""Makes the fixtures of exchange_world known."""

from __future__ import annotations

from exchange_world import partner, world

__all__ = ["partner", "world"]
