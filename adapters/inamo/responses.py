"""What the sandbox's openIMIS shows: claims and their responses, with its documented quirks.

Source: openIMIS api_fhir_r4, claim and response converters and claimMapping.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from adapters.inamo import dialect, verdicts
from adapters.inamo.dialect import CHECKED, ENTERED, PROCESSED, REJECTED, STATUSES, VALUATED
from hub.model import Tree

_NUMBERS = {word: code for code, word in STATUSES.items()}
#: says « complete » of what was rejected, « partial » of what is still examined
_OUTCOMES = {
    REJECTED: "complete",
    ENTERED: "queued",
    CHECKED: "partial",
    PROCESSED: "partial",
    VALUATED: "complete",
}
_DISPLAYS = {
    REJECTED: "Rejected",
    ENTERED: "Entered",
    CHECKED: "Checked",
    PROCESSED: "Processed",
    VALUATED: "Valuated",
}
_TYPES = {"item": "Medication", "service": "ActivityDefinition"}


def response(claim: Tree, number: str, decision: Tree, changed: str, today: date) -> Tree:
    """The ClaimResponse of a claim.

    Args:
        claim: as it was posted.
        number: the fund's number.
        decision: statut and, once decided, ligne (see verdicts).
        changed: instant of the last change, ISO 8601.
        today: the day of reading, which openIMIS gives as `created`.
    """
    status = _NUMBERS[decision["statut"]]
    rows = decision.get("ligne") or [{} for _ in claim["item"]]
    lines = list(zip(claim["item"], rows, strict=True))
    tree: Tree = {
        "resourceType": "ClaimResponse",
        "id": number,
        "meta": {"lastUpdated": changed},
        "identifier": [dialect.coded(number, "UUID"), dialect.coded(dialect.identifier(claim))],
        "status": "active",
        "type": claim["type"],
        "use": "claim",
        "patient": claim["patient"],
        "created": today.isoformat(),
        "insurer": {"reference": "openIMIS"},
        "requestor": claim["enterer"],
        "request": {"reference": f"Claim/{number}", "type": "Claim"},
        "outcome": _OUTCOMES[status],
        "item": [_item(n, line, row, status) for n, (line, row) in enumerate(lines, start=1)],
    }
    totals = _totals(tree["item"], status)
    tree |= {"total": totals} if totals else {}
    # a list that is made anew for each line: only the last note is left
    notes = [row["motif"]["texte"] for _, row in lines if "motif" in row]
    tree |= {"processNote": [{"number": 1, "text": notes[-1]}]} if notes else {}
    tree |= {"disposition": decision["message"]} if "message" in decision else {}
    if "accord" in decision:
        tree["preAuthRef"] = decision["accord"]
        tree["preAuthPeriod"] = {"start": decision["debut"], "end": decision["fin"]}
    return tree


def claim_read(claim: Tree, number: str, cancelled: bool) -> Tree:
    """The Claim as openIMIS shows it: five diagnoses, and one attachment in place of the rest."""
    shown = {k: v for k, v in claim.items() if k not in ("contained", "insurance")}
    shown |= {
        "id": number,
        "identifier": [dialect.coded(number, "UUID"), dialect.coded(dialect.identifier(claim))],
        "status": "cancelled" if cancelled else "active",
        "use": "claim",
        "diagnosis": claim["diagnosis"][: dialect.DIAGNOSES],
    }
    attachments = [
        info for info in dialect.trees(claim, "supportingInfo") if "valueAttachment" in info
    ]
    if attachments:
        shown["supportingInfo"] = attachments[-1:]
    return shown


def _item(rank: int, line: Tree, row: Tree, status: str) -> Tree:
    """Products come first and everything is numbered anew; it was sent in that order."""
    product = str(line["productOrService"]["text"])
    kind = _TYPES[str(line["category"]["text"])]
    reference = {"type": kind, "identifier": dialect.coded(product), "display": product}
    return {
        "extension": [{"url": dialect.ITEM_REFERENCE, "valueReference": reference}],
        "itemSequence": rank,
        "adjudication": _adjudications(line, row, status),
    }


def _adjudications(line: Tree, row: Tree, status: str) -> list[Tree]:
    """`amount` is a unit price and `value` a quantity, at every status reached."""
    asked = Decimal(str(line["quantity"]["value"]))
    price, currency = line["unitPrice"]["value"], line["unitPrice"].get("currency", "")
    reason = _reason(row.get("motif"), bool(row.get("rejetee")))
    if row.get("rejetee") or status == REJECTED:
        return [_adjudication(REJECTED, price, asked, currency, reason)]
    steps = [_adjudication(ENTERED, price, asked, currency, reason)]
    quantity = Decimal(row.get("quantite", asked))
    retained = verdicts.price(row["base"], quantity) if "base" in row else price
    for step in (CHECKED, PROCESSED):
        if int(status) >= int(step):
            steps.append(_adjudication(step, retained, quantity, currency, reason))
    if status == VALUATED:
        share = verdicts.price(row["part"], quantity)
        steps.append(_adjudication(VALUATED, share, quantity, currency, reason))
    return steps


def _adjudication(status: str, price: Any, quantity: Decimal, currency: str, reason: Tree) -> Tree:
    coding = {"system": dialect.STATUS, "code": status, "display": _DISPLAYS[status]}
    return {
        "category": {"coding": [coding]},
        "reason": reason,
        "amount": {"value": price, "currency": currency},
        "value": quantity,
    }


def _reason(motif: Tree | None, rejected: bool) -> Tree:
    """openIMIS's own code first; 0 is accepted. Beside it, the fund's."""
    code = str(motif["openimis"]) if motif else "0"
    tree: Tree = {"coding": [{"system": dialect.REJECTION, "code": code if rejected else "0"}]}
    if motif:
        tree["coding"].append({"system": dialect.MOTIF, "code": motif["code"]})
        tree["text"] = motif["texte"]
    return tree


def _totals(items: list[Tree], status: str) -> list[Tree]:
    """One for each status reached, as unit price × quantity; none for a rejected claim."""
    if status == REJECTED:
        return []
    sums: dict[str, Decimal] = {}
    currency = ""
    for item in items:
        for one in item["adjudication"]:
            step = dialect.code(one["category"])
            step = ENTERED if step == REJECTED else step
            amount = Decimal(str(one["amount"]["value"])) * one["value"]
            sums[step] = sums.get(step, Decimal(0)) + amount
            currency = one["amount"]["currency"]
    steps = [s for s in (ENTERED, CHECKED, PROCESSED, VALUATED) if int(s) <= int(status)]
    return [
        {
            "category": {"coding": [{"system": dialect.STATUS, "code": step}]},
            "amount": {
                "value": sums.get(step, Decimal(0)).quantize(Decimal("0.01")),
                "currency": currency,
            },
        }
        for step in steps
    ]
