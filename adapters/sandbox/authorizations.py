"""Numbers of prior authorisations that carry what was granted, so that every sandbox knows it.

Whoever decides (CANAM in Mali, CNPS in Guinea) writes the number; whoever liquidates reads it. No
sandbox has to ask another one. Illustrative: a real fund asks the decider, or gets a copy. The
signature is against typing errors and invented numbers; its key is public like the sandboxes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from adapters.sandbox.reasons import Reason, reason
from adapters.sandbox.sheets import Line, Sheet

#: Of a number with one act; each further act adds five characters.
LENGTH = 27
_PREFIXES = {"CANAM": "AP-", "CNPS": "AG-"}
_KEY = b"bac a sable"
_EPOCH = date(2020, 1, 1)
_SIGNATURE = 4


@dataclass(frozen=True, slots=True)
class Authorization:
    """What a number says."""

    person: bytes  #: tag of the beneficiary's number
    start: date
    end: date  #: last day
    granted: Mapping[bytes, int]  #: tag of the act → quantity


def issue(
    issuer: str, serial: int, beneficiary: str, start: date, end: date, granted: Mapping[str, int]
) -> str:
    """The number of an authorisation, LENGTH characters when it grants one act.

    Args:
        issuer: CANAM or CNPS.
        serial: makes two numbers for the same facts differ; counts modulo 65,536.
        beneficiary: the number of the person treated.
        start: first day of validity, from 2020 on.
        end: last day, at most 255 days later.
        granted: hub code of the act → quantity, 1 to 255.
    """
    facts = serial.to_bytes(8, "big")[-2:] + (start - _EPOCH).days.to_bytes(2, "big")
    facts += (end - start).days.to_bytes(1, "big") + _tag(beneficiary, 3)
    for code, quantity in granted.items():
        facts += _tag(code, 2) + quantity.to_bytes(1, "big")
    text = base64.b32encode(facts + _sign(issuer, facts)).decode().rstrip("=")
    return _PREFIXES[issuer] + text


def read(number: str) -> Authorization | None:
    """What a number says; None when no decider of the sandboxes wrote it."""
    issuer = next((i for i, prefix in _PREFIXES.items() if number.startswith(prefix)), "")
    text = number.partition("-")[2]
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        return None
    facts, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
    if not issuer or len(facts) < 8 or not hmac.compare_digest(_sign(issuer, facts), signature):
        return None
    start = _EPOCH + timedelta(days=int.from_bytes(facts[2:4], "big"))
    acts = [facts[i : i + 3] for i in range(8, len(facts), 3)]
    granted = {act[:2]: act[2] for act in acts}
    return Authorization(facts[5:8], start, start + timedelta(days=facts[4]), granted)


def lacking(sheet: Sheet, index: int, history: Sequence[Sheet]) -> Reason | None:
    """Why the sheet's authorisation does not cover this line; None when it does.

    R10: no number, an unknown one, of somebody else, not valid on the day of care, for other
    acts. R18: more than it grants, together with what was used before (`history`).
    """
    line, number = sheet.lines[index], sheet.authorization
    found = read(number)
    if found is None or found.person != _tag(sheet.beneficiary, 3):
        hint = f"Le numéro d'accord « {number} » n'existe pas pour ce bénéficiaire."
        return reason("R10", hint)
    if not found.start <= sheet.care_date <= found.end:
        hint = f"L'accord vaut du {found.start:%d/%m/%Y} au {found.end:%d/%m/%Y}."
        return reason("R10", f"{hint} Demandez un nouvel accord.")
    granted = found.granted.get(_tag(line.code, 2), 0)
    if not granted:
        return reason("R10", "L'accord donné porte sur d'autres actes que cette ligne.")
    used = _used(sheet, index, history)
    if used + line.quantity > granted:
        hint = f"Accordé : {granted} ; déjà facturé : {used} ; demandé : {line.quantity}."
        return reason("R18", f"{hint} Demandez une prolongation.")
    return None


def _used(sheet: Sheet, index: int, history: Sequence[Sheet]) -> int:
    lines: list[Line] = [
        line
        for s in history
        if (s.authorization, s.beneficiary) == (sheet.authorization, sheet.beneficiary)
        for line in s.lines
    ]
    lines += sheet.lines[:index]
    return sum(int(line.quantity) for line in lines if line.code == sheet.lines[index].code)


def _tag(text: str, size: int) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:size]


def _sign(issuer: str, facts: bytes) -> bytes:
    return hmac.digest(_KEY, issuer.encode() + facts, "sha256")[:_SIGNATURE]
