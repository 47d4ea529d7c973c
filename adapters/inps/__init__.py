"""INPS: REST and fixed-width records. Illustrative profile: describes no official interface."""

from __future__ import annotations

from adapters.inps.adapter import Inps
from adapters.inps.settings import Settings


def build() -> Inps:
    """The adapter, from the BENKAN_INPS_* settings."""
    return Inps(Settings())
