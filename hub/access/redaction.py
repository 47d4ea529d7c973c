"""Resources without diagnoses, for those who may not see them.

Diagnoses are for the provider concerned and for medical advisers. Taken out is also what could say
them in other words: supporting information, procedures, narrative, contained clinical findings.
Source: https://hl7.org/fhir/R4/claim-definitions.html, https://hl7.org/fhir/R4/security-labels.html
"""

from __future__ import annotations

from typing import Any

from hub.formats import exact_json
from hub.model import Tree

#: Elements that say what somebody suffers from, by type.
_CLINICAL = {
    "Claim": frozenset({"diagnosis", "supportingInfo", "procedure", "text"}),
    "ClaimResponse": frozenset({"text"}),
    "CoverageEligibilityRequest": frozenset({"supportingInfo", "text"}),
}
#: What points at them from a line.
_POINTERS = frozenset(
    {"diagnosis", "diagnosisSequence", "informationSequence", "procedureSequence"}
    | {"supportingInfoSequence", "bodySite", "subSite"}
)
_PARTIES = frozenset({"Patient", "Coverage", "Organization", "Practitioner", "PractitionerRole"})
_VALUE = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"


def without_diagnoses(type_name: str, body: bytes) -> bytes:
    """The resource for somebody who may not see diagnoses; the same bytes when it has none.

    What was shortened says so: meta.tag SUBSETTED, meta.security REDACTED.
    """
    clinical = _CLINICAL.get(type_name)
    if clinical is None:
        return body
    tree: Tree = exact_json.loads(body)
    kept = {name: value for name, value in tree.items() if name.lstrip("_") not in clinical}
    if "item" in kept:
        kept["item"] = _lines(kept["item"])
    if "contained" in kept:
        contained = [c for c in kept["contained"] if c.get("resourceType") in _PARTIES]
        kept |= {"contained": contained}
        if not contained:
            del kept["contained"]
    return body if kept == tree else exact_json.dumps(_labelled(kept))


def _lines(node: Any) -> Any:
    """Lines, and the lines below them."""
    if isinstance(node, list):
        return [_lines(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        name: _lines(value) if name in ("detail", "subDetail") else value
        for name, value in node.items()
        if name.lstrip("_") not in _POINTERS
    }


def _labelled(tree: Tree) -> Tree:
    meta = dict(tree.get("meta", {}))
    meta["security"] = [*meta.get("security", []), {"system": _VALUE, "code": "REDACTED"}]
    meta["tag"] = [*meta.get("tag", []), {"system": _VALUE, "code": "SUBSETTED"}]
    head = {name: tree[name] for name in ("resourceType", "id") if name in tree}
    return head | {"meta": meta} | {n: v for n, v in tree.items() if n not in ("meta", *head)}
