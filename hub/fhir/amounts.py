"""The amount a claim asks for.

Source: https://hl7.org/fhir/R4/claim-definitions.html#Claim.total
"""

from __future__ import annotations

from decimal import Decimal

from hub.model import Money, Tree

_AMOUNTS = ("net", "unitPrice")  #: of an item, detail or subdetail


def currencies(claim: Tree) -> list[str]:
    """Every currency that a claim's total, items, details and subdetails are written in."""
    lines = list(claim.get("item", []))
    for line in lines:  # grows with the details as it is walked
        lines += [*line.get("detail", []), *line.get("subDetail", [])]
    moneys = [claim.get("total"), *(line.get(name) for line in lines for name in _AMOUNTS)]
    return sorted({str(m["currency"]) for m in moneys if m and m.get("currency")})


def claimed(claim: Tree) -> Money | None:
    """Claim.total, else the sum of the items' net amounts; None when neither says it.

    Without a total, items that lack a net amount or differ in currency leave it unsaid.
    """
    total = claim.get("total") or {}
    if "value" in total:
        return Money(Decimal(total["value"]), str(total.get("currency", "")))
    nets = [item.get("net") or {} for item in claim.get("item", [])]
    currencies = {str(net.get("currency", "")) for net in nets}
    if not nets or len(currencies) != 1 or not all("value" in net for net in nets):
        return None
    return Money(sum((Decimal(net["value"]) for net in nets), Decimal()), currencies.pop())
