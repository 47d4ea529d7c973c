"""When a line needs prior authorisation, and how often a consultation is paid. Pure.

Source: what the AMO does not cover without CANAM's authorisation; the list of acts is illustrative.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from adapters.sandbox.authorizations import lacking
from adapters.sandbox.reasons import Reason, reason
from adapters.sandbox.sheets import Line, Sheet
from adapters.sandbox.world import Product

ECHOS_PER_PREGNANCY = 3
HOSPITAL_DAYS = 10
_PREGNANCY = timedelta(days=280)
_CONSULTATIONS = ("consult-gen", "consult-spec", "consult-sf")


def approval(product: Product, sheet: Sheet, index: int, history: Sequence[Sheet]) -> Reason | None:
    """Why a line that needs prior authorisation is not covered by one; None otherwise."""
    why = _needs_approval(product, sheet, sheet.lines[index], history)
    if not why:
        return None
    return lacking(sheet, index, history) if sheet.authorization else reason("R10", why)


def _needs_approval(product: Product, sheet: Sheet, line: Line, history: Sequence[Sheet]) -> str:
    if product.needs_approval:
        decider = "CNPS" if sheet.body == "CNPS" else "CANAM"
        return f"« {product.label} » demande un accord préalable de la {decider}."
    if product.code == "journee-hosp" and line.quantity > HOSPITAL_DAYS:
        return f"Au-delà de {HOSPITAL_DAYS} jours, demandez une prolongation."
    if product.code == "img-echo-obs" and _echos(sheet, line, history) > ECHOS_PER_PREGNANCY:
        return f"Plus de {ECHOS_PER_PREGNANCY} échographies obstétricales pour une grossesse."
    return ""


def _echos(sheet: Sheet, asked: Line, history: Sequence[Sheet]) -> Decimal:
    before = [
        line.quantity
        for s in history
        if s.beneficiary == sheet.beneficiary and abs(sheet.care_date - s.care_date) <= _PREGNANCY
        for line in s.lines
        if line.code == "img-echo-obs"
    ]
    return sum(before, asked.quantity)


def frequency(sheet: Sheet, index: int, history: Sequence[Sheet]) -> Reason | None:
    """Why a consultation comes too soon after another one; None when it does not.

    An emergency is free, and so is what a prior authorisation covers.
    """
    line = sheet.lines[index]
    if line.code not in _CONSULTATIONS or sheet.emergency:
        return None
    if sheet.authorization and lacking(sheet, index, history) is None:
        return None
    for earlier in history:
        if earlier.beneficiary != sheet.beneficiary:
            continue
        days = abs((sheet.care_date - earlier.care_date).days)
        same_day = days == 0 and bool(sheet.diagnoses & earlier.diagnoses)
        for other in earlier.lines:
            same = (other.code, other.discipline) == (line.code, line.discipline)
            if other.code in _CONSULTATIONS and (same_day or (same and days < 7)):
                hint = f"Consultation déjà prise en charge le {earlier.care_date:%d/%m/%Y}."
                return reason("R11", hint)
    return None
