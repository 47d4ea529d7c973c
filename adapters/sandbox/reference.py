"""Rows of the reference lists that a scheme manager publishes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from adapters.sandbox.people import Span

LISTS = ("conventions", "suspensions", "actes", "medicaments", "taux", "tarifs")

ALWAYS = Span(None, None)


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """One row; the code is CANAM's."""

    code: str
    label: str
    value: Decimal | None = None  #: per cent for a rate, amount for a tariff
    currency: str = ""  #: of a tariff, ISO 4217
    valid: Span = ALWAYS  #: inclusive days; an empty end is in force
