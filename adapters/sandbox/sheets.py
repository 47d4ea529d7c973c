"""Care sheets as an institution reads them, and what it decides on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from adapters.sandbox.reasons import Reason

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """One act or drug of a sheet, under its hub code."""

    rank: int
    code: str
    quantity: Decimal
    amount: Decimal  #: total asked for the line, currency of the sheet
    discipline: str = ""  #: speciality, for consultations


@dataclass(frozen=True, slots=True)
class Sheet:
    """A care sheet as an institution reads it."""

    number: str
    body: str  #: the institution that is asked to pay: CMSS, INPS, CNPS
    beneficiary: str
    provider: str  #: convention number
    care_date: date
    currency: str
    lines: Sequence[Line]
    nina: str = ""
    scheme: str = ""  #: the scheme claimed (AMO, RAMED); empty: the person's own
    hospitalised: bool = False  #: everything given while hospitalised is category HOS
    emergency: bool = False
    authorization: str = ""  #: prior authorisation number
    diagnoses: frozenset[str] = frozenset()
    agreement: str = ""  #: cross-border agreement in force, by its number


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """The decision on one line; share + copay = base, and base + adjusted = claimed."""

    rank: int
    code: str
    claimed: Decimal
    base: Decimal
    rate: Decimal  #: per cent
    share: Decimal  #: what the fund pays
    copay: Decimal  #: ticket modérateur
    adjusted: Decimal  #: claimed above the base, everything when rejected
    reasons: tuple[Reason, ...] = ()

    @property
    def rejected(self) -> bool:
        """Nothing of this line is taken on (R09 alone only adjusts)."""
        return any(r.code != "R09" for r in self.reasons)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision on one sheet."""

    sheet: str
    currency: str
    lines: tuple[LineVerdict, ...]
    reasons: tuple[Reason, ...] = ()  #: why the whole sheet is rejected
    right_body: str = ""  #: with R16: the institution to send it to
    claimed: Decimal = field(default=_ZERO)
    share: Decimal = field(default=_ZERO)
    copay: Decimal = field(default=_ZERO)
    adjusted: Decimal = field(default=_ZERO)

    @property
    def status(self) -> str:
        """paid | partial | rejected."""
        if self.reasons or (self.lines and all(line.rejected for line in self.lines)):
            return "rejected"
        return "partial" if any(line.reasons for line in self.lines) else "paid"
