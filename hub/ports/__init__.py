"""The doors: what the exchange needs from the outside, as Protocols with their promises."""

from __future__ import annotations

from hub.ports.partners import Adapter, Clock, Mapper
from hub.ports.records import Acceptance, Accepted, Change, ConceptRow, Criterion, Page, Remembered
from hub.ports.store import Store

__all__ = [
    "Acceptance",
    "Accepted",
    "Adapter",
    "Change",
    "Clock",
    "ConceptRow",
    "Criterion",
    "Mapper",
    "Page",
    "Remembered",
    "Store",
]
