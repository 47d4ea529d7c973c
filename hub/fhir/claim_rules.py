"""Rules of a Claim that the definitions only state in words: sums and sequence numbers.

Source: https://hl7.org/fhir/R4/claim-definitions.html (Claim.item.net: "quantity * unitPrice *
factor = net. Quantity and factor are assumed to be 1 if not supplied"; Claim.total: control
total; *Sequence: links to the list of the same claim).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext

from hub.fhir.bindings import minor_units
from hub.fhir.findings import Check, Finding, Node, Place, fault, shown

#: item element → the list of the claim it points into
LINKS = {
    "careTeamSequence": "careTeam",
    "diagnosisSequence": "diagnosis",
    "procedureSequence": "procedure",
    "informationSequence": "supportingInfo",
}
#: Lists with numbers of their own. Details are left out: official Claim 760152 repeats theirs.
NUMBERED = ("careTeam", "supportingInfo", "diagnosis", "procedure", "insurance", "item")
#: Digits kept when amounts are multiplied: exact for every number exact_json lets through.
PRECISION = 2100


def _amount(money: Mapping[str, Node] | None) -> tuple[Decimal, str] | None:
    """Value and currency of a Money that has both."""
    if money is None or "value" not in money or "currency" not in money:
        return None
    return Decimal(money["value"]), money["currency"]


def _sum(moneys: Iterable[Mapping[str, Node] | None]) -> tuple[Decimal, str] | None:
    """The sum, None unless every amount is given and in one currency."""
    amounts = [_amount(money) for money in moneys]
    known = [amount for amount in amounts if amount is not None]
    if not known or len(known) != len(amounts) or len({c for _, c in known}) > 1:
        return None
    with localcontext(prec=PRECISION):
        return sum((value for value, _ in known), Decimal(0)), known[0][1]


def _differs(
    stated: Node, parts: Iterable[Mapping[str, Node] | None], path: str, fr: str, en: str
) -> list[Finding]:
    given, found = _amount(stated), _sum(parts)
    if given is None or found is None or given[1] != found[1] or given[0] == found[0]:
        return []
    currency = given[1]
    return fault(
        "business-rule",
        f"{shown(given[0])} {currency} n’est pas la somme {fr} ({shown(found[0])} {currency}). "
        "Corrigez le montant ou les lignes.",
        f"{shown(given[0])} {currency} is not the sum {en} ({shown(found[0])} {currency}). "
        "Correct the amount or the lines.",
        path,
    )


def _totals(claim: Node, place: Place) -> list[Finding] | None:
    items = claim.get("item", [])
    out = _differs(
        claim.get("total"), [i.get("net") for i in items], ".total", "des lignes", "of the items"
    )
    for index, item in enumerate(items):
        path = f".item[{index}]"
        out += _check_net(item, path)
        if "detail" in item:
            out += _check_details(item, path)
    return out or None


def _check_details(item: Node, path: str) -> list[Finding]:
    """Sums of details. Their own products are not checked: official Claim 100153 breaks them."""
    details = item["detail"]
    out = _differs(
        item.get("net"),
        [d.get("net") for d in details],
        f"{path}.net",
        "de ses détails",
        "of its details",
    )
    for index, detail in enumerate(details):
        out += _differs(
            detail.get("net"),
            [s.get("net") for s in detail.get("subDetail", [])],
            f"{path}.detail[{index}].net",
            "de ses sous-détails",
            "of its subdetails",
        )
    return out


def _check_net(item: Node, path: str) -> list[Finding]:
    net, price = _amount(item.get("net")), _amount(item.get("unitPrice"))
    if net is None or price is None or net[1] != price[1]:
        return []
    quantity = item.get("quantity", {}).get("value", 1)
    with localcontext(prec=PRECISION):
        product = price[0] * Decimal(quantity) * Decimal(item.get("factor", 1))
        # A product that does not fit the currency may be rounded either way.
        unit = Decimal(1).scaleb(-(minor_units().get(net[1]) or 0))
        if abs(product - net[0]) < unit:
            return []
    stated, expected = f"{shown(net[0])} {net[1]}", f"{shown(product)} {net[1]}"
    return fault(
        "business-rule",
        f"{stated} n’est pas quantité × prix unitaire × facteur ({expected}). "
        "Corrigez le montant net, la quantité, le prix ou le facteur.",
        f"{stated} is not quantity × unit price × factor ({expected}). "
        "Correct the net amount, the quantity, the price or the factor.",
        f"{path}.net",
    )


def _duplicates(rows: list[Node], path: str) -> list[Finding]:
    seen = set()
    out: list[Finding] = []
    for index, row in enumerate(rows):
        number = row.get("sequence")
        if number in seen:
            out += fault(
                "duplicate",
                f"Le numéro {number} est déjà pris dans cette liste. Donnez-en un autre.",
                f"The number {number} is already used in this list. Give another one.",
                f"{path}[{index}].sequence",
            )
        seen.add(number)
    return out


def _sequences(claim: Node, place: Place) -> list[Finding] | None:
    out: list[Finding] = []
    for name in NUMBERED:
        out += _duplicates(claim.get(name, []), f".{name}")
    for link, name in LINKS.items():
        known = {row.get("sequence") for row in claim.get(name, [])}
        for index, item in enumerate(claim.get("item", [])):
            if link in item:
                out += _dangling(item[link], known, f".item[{index}].{link}", name)
    return out or None


def _dangling(numbers: list[Node], known: set[Node], path: str, name: str) -> list[Finding]:
    out: list[Finding] = []
    for index, number in enumerate(numbers):
        if number is not None and number not in known:
            out += fault(
                "not-found",
                f"« {name} » n’a pas de numéro {number}. Ajoutez-le ou corrigez le renvoi.",
                f"{name} has no number {number}. Add it or correct the link.",
                f"{path}[{index}]",
            )
    return out


def _focal(claim: Node, place: Place) -> list[Finding] | None:
    insurances = claim.get("insurance", [])
    if not insurances or sum(row.get("focal") is True for row in insurances) == 1:
        return None
    return fault(
        "business-rule",
        "Une seule couverture doit porter « focal » à true : celle à qui la demande s’adresse. "
        "Corrigez « insurance ».",
        "Exactly one insurance must have focal true: the one this claim is made to. "
        "Correct insurance.",
        ".insurance",
    )


#: The checks of a whole Claim.
CLAIM_RULES: list[Check] = [_totals, _sequences, _focal]
