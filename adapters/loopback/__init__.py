"""Loopback: a partner in memory that fails on request, for tests of the trip."""

from __future__ import annotations

from adapters.loopback.adapter import Loopback


def build() -> Loopback:
    """A fresh partner that takes every operation one message at a time."""
    return Loopback()
