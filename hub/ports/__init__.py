"""The doors: what the exchange needs from the outside, as Protocols with their promises."""

from __future__ import annotations

from hub.ports.amendments import Amended, Amendment, KeptRow, Seen, Upload
from hub.ports.books import Question, ReferencePull, ReferenceRow, Statement, StatementRow
from hub.ports.partners import Adapter, Clock, Mapper
from hub.ports.people import Bill, Double, Doubt, Identity, PersonTask, Piece, Registration
from hub.ports.records import (
    Acceptance,
    Accepted,
    AddedConcept,
    Change,
    ConceptRow,
    Criterion,
    Page,
    Remembered,
)
from hub.ports.store import Store

__all__ = [
    "Acceptance",
    "Accepted",
    "Adapter",
    "AddedConcept",
    "Amended",
    "Amendment",
    "Bill",
    "Change",
    "Clock",
    "ConceptRow",
    "Criterion",
    "Double",
    "Doubt",
    "Identity",
    "KeptRow",
    "Mapper",
    "Page",
    "PersonTask",
    "Piece",
    "Question",
    "ReferencePull",
    "ReferenceRow",
    "Registration",
    "Remembered",
    "Seen",
    "Statement",
    "StatementRow",
    "Store",
    "Upload",
]
