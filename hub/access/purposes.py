"""What data is asked for: purpose of use, stated with the token or with one request.

Sources: https://hl7.org/fhir/R4/v3/PurposeOfUse/vs.html,
https://hl7.org/fhir/us/udap-security/STU1/b2b.html#b2b-authorization-extension-object
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: https://terminology.hl7.org/ValueSet-v3-PurposeOfUse.html, those a health insurance has.
KNOWN = frozenset(
    {
        *("TREAT", "ETREAT", "CAREMGT", "COC", "BTG", "PATRQT", "FAMRQT"),
        *("HPAYMT", "CLMATTCH", "COVAUTH", "COVERAGE", "ELIGDTRM", "ELIGVER", "ENROLLM"),
        *("HOPERAT", "HCOMPL", "HLEGAL", "HQUALIMP", "HSYSADMIN", "HACCRED", "FRAUD"),
        *("PUBHLTH", "DISASTER", "THREAT", "HRESCH"),
    }
)


def read(text: object) -> str:
    """The code in a code or in a `system#code`; "" when it is none we know."""
    code = text.rpartition("#")[2] if isinstance(text, str) and len(text) < 200 else ""
    return code if code in KNOWN else ""


def of_claims(claims: Mapping[str, Any]) -> str:
    """The first purpose of the B2B extension of an assertion; "" when it has none."""
    node: Any = claims
    for name in ("extensions", "hl7-b2b", "purpose_of_use"):
        node = node.get(name) if isinstance(node, Mapping) else None
    stated = node if isinstance(node, list) else [node]
    return next((code for code in map(read, stated) if code), "")
