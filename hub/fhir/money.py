"""Money: an amount has no more decimals than its currency (ISO 4217 minor units).

Source: https://hl7.org/fhir/R4/datatypes.html#Money; XOF and GNF have no decimals.
"""

from __future__ import annotations

from decimal import Decimal

from hub.fhir.bindings import minor_units
from hub.fhir.findings import Finding, Node, Place, fault


def check_money(value: Node, place: Place) -> list[Finding] | None:
    """Refuse more decimals, as written, than the currency has. Negative amounts are legal."""
    amount = value.get("value")
    if amount.__class__ is not Decimal:
        return None
    units = minor_units().get(value.get("currency", ""))
    exponent = amount.as_tuple().exponent
    if units is None or not isinstance(exponent, int) or -exponent <= units:
        return None
    currency = value["currency"]
    return fault(
        "value",
        f"{amount} {currency} a trop de décimales : {currency} en admet {units}. "
        "Écrivez le montant exact dans cette devise.",
        f"{amount} {currency} has too many decimals: {currency} allows {units}. "
        "Write the exact amount in that currency.",
        ".value",
    )
