"""The invariants of the insurance resources, by element and id.

Source: https://hl7.org/fhir/R4/domainresource.html, bundle.html, organization.html, patient.html,
parameters.html, coverageeligibilityresponse.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub.fhir.bundle_rules import BUNDLE_RULES
from hub.fhir.findings import Check, Finding, Node, Place, fault

#: Invariants of the insurance resources that are not applied here, and why.
NOT_APPLIED = {
    "dom-6": "a narrative is a best practice (severity warning), not a condition",
    "ref-1": "applied in targets.py, where the place of the reference is known",
    "ele-1": "applied in shapes.py, to every object",
    "txt-1": "applied in narrative.py",
    "txt-2": "applied in narrative.py",
}


def _texts(node: Node) -> Iterator[str]:
    """Every string of a tree."""
    waiting = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, (dict, list)):
            waiting += item.values() if isinstance(item, dict) else item


def _contained(check: Callable[[Node, Node], list[Finding] | None]) -> Check:
    """A rule about each contained resource; nothing to do for most resources."""

    def rule(value: Node, place: Place) -> list[Finding] | None:
        if "contained" not in value:
            return None
        out: list[Finding] = []
        for index, inner in enumerate(value["contained"]):
            found = check(inner, value)
            out += [f._replace(path=f".contained[{index}]{f.path}") for f in found or []]
        return out or None

    return rule


def _nested(inner: Node, outer: Node) -> list[Finding] | None:
    if "contained" not in inner:
        return None
    return fault(
        "invariant",
        "Une ressource incluse n’en contient pas d’autres (dom-2). Placez-les au premier niveau.",
        "A contained resource contains no others (dom-2). Put them at the first level.",
        ".contained",
    )


def _used(value: Node, place: Place) -> list[Finding] | None:
    if "contained" not in value:
        return None
    pointers = {text for text in _texts(value) if text[:1] == "#"} - {"#"}
    out: list[Finding] = []
    for index, inner in enumerate(value["contained"]):
        own = f"#{inner.get('id', '')}"
        if own not in pointers and "#" not in _texts(inner):
            out += _unused(own, f".contained[{index}]")
    return out or None


def _unused(own: str, path: str) -> list[Finding]:
    return fault(
        "invariant",
        f"Rien ne désigne la ressource incluse « {own} » (dom-3). "
        "Ajoutez une référence vers elle, ou retirez-la.",
        f'Nothing refers to the contained resource "{own}" (dom-3). '
        "Add a reference to it, or remove it.",
        path,
    )


def _versioned(inner: Node, outer: Node) -> list[Finding] | None:
    meta = inner.get("meta", {})
    if "versionId" not in meta and "lastUpdated" not in meta:
        return None
    return fault(
        "invariant",
        "Une ressource incluse n’a ni version ni date de mise à jour (dom-4). Retirez-les.",
        "A contained resource has neither version nor time of update (dom-4). Remove them.",
        ".meta",
    )


def _labelled(inner: Node, outer: Node) -> list[Finding] | None:
    if "security" not in inner.get("meta", {}):
        return None
    return fault(
        "invariant",
        "Une ressource incluse n’a pas d’étiquette de sécurité (dom-5). Retirez-la.",
        "A contained resource has no security label (dom-5). Remove it.",
        ".meta.security",
    )


def _not_home(key: str) -> Check:
    def check(value: Node, place: Place) -> list[Finding] | None:
        if value.get("use") != "home":
            return None
        return fault(
            "invariant",
            f"Une organisation n’a pas de domicile ({key}). Écrivez par exemple « work ».",
            f"An organization has no home ({key}). Write for example work.",
            ".use",
        )

    return check


def _needs_one(key: str, *names: str) -> Check:
    def check(value: Node, place: Place) -> list[Finding] | None:
        if any(name in value or f"_{name}" in value for name in names):
            return None
        listed = ", ".join(names)
        return fault(
            "invariant",
            f"Il faut au moins un élément parmi : {listed} ({key}). Ajoutez-en un.",
            f"At least one of these is needed: {listed} ({key}). Add one.",
        )

    return check


def _exactly_one(key: str, counts: Callable[[Node], int], names: str) -> Check:
    def check(value: Node, place: Place) -> list[Finding] | None:
        if counts(value) == 1:
            return None
        return fault(
            "invariant",
            f"Il faut exactement un élément parmi : {names} ({key}). N’en gardez qu’un.",
            f"Exactly one of these is needed: {names} ({key}). Keep a single one.",
        )

    return check


def _parameter(value: Node) -> int:
    values = any(key.lstrip("_").startswith("value") for key in value)
    return values + ("resource" in value) + ("part" in value)


def _benefit(value: Node) -> int:
    return ("category" in value) + ("productOrService" in value)


_DOMAIN = {
    "dom-2": _contained(_nested),
    "dom-3": _used,
    "dom-4": _contained(_versioned),
    "dom-5": _contained(_labelled),
}

#: "element:id" → check of that element
_BY_ELEMENT: dict[str, Check] = {
    **BUNDLE_RULES,
    "Organization:org-1": _needs_one("org-1", "identifier", "name"),
    "Organization.address:org-2": _not_home("org-2"),
    "Organization.telecom:org-3": _not_home("org-3"),
    "Patient.contact:pat-1": _needs_one("pat-1", "name", "telecom", "address", "organization"),
    "Parameters.parameter:inv-1": _exactly_one("inv-1", _parameter, "value[x], resource, part"),
    "CoverageEligibilityResponse.insurance.item:ces-1": _exactly_one(
        "ces-1", _benefit, "category, productOrService"
    ),
}


def resource_rule(path: str, key: str) -> Check | None:
    """The check of invariant `key` on the element at `path`, None when it has none here."""
    return _BY_ELEMENT.get(f"{path}:{key}") or _DOMAIN.get(key)
