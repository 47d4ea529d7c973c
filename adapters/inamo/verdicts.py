"""What the sandbox keeps of a decision: one tree a claim, from the common rules or the adviser."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files

from adapters.inamo import dialect
from adapters.sandbox import authorizations
from adapters.sandbox.reasons import Reason, reason
from adapters.sandbox.rights import add_months, rights
from adapters.sandbox.sheets import Line, LineVerdict, Sheet, Verdict
from adapters.sandbox.world import World
from hub.model import Tree

#: most hospital days one authorisation grants
HOSPITAL_DAYS = 10
#: parts of the explanation that say why: a diagnosis outside the fund's nine groups is AF99
_WHY = ("motif-medical", "cim10", "diagnostic")


@cache
def _motifs() -> dict[str, list[str]]:
    """Hub reason → the fund's own code, and the code of openIMIS beside it (illustrative)."""
    text = (files("adapters") / "inamo" / "motifs.json").read_text(encoding="utf-8")
    found: dict[str, list[str]] = json.loads(text, parse_float=Decimal)
    return found


def motif(why: Reason) -> Tree:
    """A reason in the fund's words."""
    own, openimis = _motifs()[why.code]
    return {"code": own, "openimis": openimis, "texte": why.text}


def decided(verdict: Verdict, sheet: Sheet) -> Tree:
    """The decision on a claim: its status, and per line quantity, base, share and reason."""
    whole = verdict.reasons
    lines = zip(verdict.lines, sheet.lines, strict=True)
    return {
        "statut": "rejetee" if verdict.status == "rejected" else "valorisee",
        "part": verdict.share,
        "ligne": [_line(found, line, whole) for found, line in lines],
    }


def _line(found: LineVerdict, line: Line, whole: Sequence[Reason]) -> Tree:
    why = (*whole, *found.reasons)
    rejected = bool(whole) or found.rejected
    tree: Tree = {
        "rejetee": rejected,
        "quantite": line.quantity,
        "base": found.base,
        "part": found.share,
    }
    return tree | ({"motif": motif(why[0])} if why else {})


def advised(sheet: Sheet, told: dict[str, str], serial: int, world: World) -> Tree:
    """The medical adviser's decision on a prior authorisation: granted, in part, refused, deferred.

    Args:
        sheet: what is asked.
        told: the parts of the explanation.
        serial: makes the numbers of two authorisations differ.
        world: rights and lists.
    """
    found = rights(world, sheet.beneficiary, sheet.care_date)
    if found.reason:
        return _refused(sheet.lines, found.reason)
    if sheet.diagnoses <= {"AF99"} and not any(told.get(part) for part in _WHY):
        hint = "Le motif médical ou le diagnostic manque : complétez la demande."
        return {"statut": "verifiee", "message": hint, "motif": motif(reason("R13", hint))}
    return examined(sheet, serial, world, {})


def examined(sheet: Sheet, serial: int, world: World, most: Mapping[int, Decimal]) -> Tree:
    """What the adviser grants of a complete request.

    Args:
        sheet: what is asked.
        serial: makes the numbers of two authorisations differ.
        world: rights and lists.
        most: rank of a line, from 1, → the quantity granted at most.
    """
    lines = [_granted(line, world, most.get(n)) for n, line in enumerate(sheet.lines, 1)]
    if all(line["rejetee"] for line in lines):
        return {"statut": "rejetee", "ligne": lines}
    partial = any("motif" in line for line in lines)
    start, end = sheet.care_date, add_months(sheet.care_date, 3)
    granted = {
        line.code: min(255, int(row["quantite"]))
        for line, row in zip(sheet.lines, lines, strict=True)
        if not row["rejetee"]
    }
    return {
        "statut": "traitee",
        "accord": authorizations.issue("CNPS", serial, sheet.beneficiary, start, end, granted),
        "debut": start.isoformat(),
        "fin": end.isoformat(),
        "message": "Accord partiel : voyez chaque ligne." if partial else "Accord donné.",
        "ligne": lines,
    }


def declined(sheet: Sheet) -> Tree:
    """The adviser's refusal of a deferred request."""
    return _refused(sheet.lines, reason("R13", "Refusé par le médecin-conseil après examen."))


def expired(sheet: Sheet) -> Tree:
    """The end of a deferred request whose papers never came."""
    return _refused(sheet.lines, reason("R13", "Pièces non reçues dans le délai."))


def contrary(sheet: Sheet) -> Tree:
    """Another decision than the first one, as a misbehaviour."""
    return _refused(sheet.lines, reason("R19", "Décision revue."))


def _refused(lines: Iterable[Line], why: Reason) -> Tree:
    rows = [{"rejetee": True, "quantite": line.quantity, "motif": motif(why)} for line in lines]
    return {"statut": "rejetee", "ligne": rows}


def _granted(line: Line, world: World, most: Decimal | None) -> Tree:
    product = world.product(line.code)
    if product is None or product.listed is None:
        why = motif(reason("R07", f"« {line.code} » n'est pas pris en charge."))
        return {"rejetee": True, "quantite": line.quantity, "motif": why}
    if product.code == "journee-hosp" and line.quantity > HOSPITAL_DAYS:
        why = motif(reason("R18", f"{HOSPITAL_DAYS} jours au plus par accord."))
        return {"rejetee": False, "quantite": Decimal(HOSPITAL_DAYS), "motif": why}
    if most is not None and most < line.quantity:
        why = motif(reason("R18", f"Quantité accordée : {most}."))
        return {"rejetee": most <= 0, "quantite": most if most > 0 else line.quantity, "motif": why}
    return {"rejetee": False, "quantite": line.quantity}


def price(amount: Decimal | int, quantity: Decimal) -> Decimal:
    """A unit price, with as many decimals as it takes to give the amount back to the franc."""
    amount = Decimal(amount)  # a whole number read back from the ledger is an int
    unit = amount / quantity if quantity else Decimal(0)
    whole = unit == unit.to_integral_value()
    unit = unit if whole else unit.quantize(Decimal("0.000001"))
    return unit if dialect.franc(unit, quantity) == amount else unit.normalize()
