"""References: their form, their target types, their contained resources.

Source: https://hl7.org/fhir/R4/references.html
"""

from __future__ import annotations

import re

from hub.fhir.findings import Check, Finding, Node, Place, fault, shown
from hub.formats import definitions

#: [base/]Type/id[/_history/version]
LITERAL = re.compile(
    r"(?:https?://\S+/)?([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?"
    r"(?:#\S+)?"
)
CONDITIONAL = re.compile(r"([A-Z][A-Za-z]+)\?\S+")
UUID = re.compile(r"urn:uuid:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
OID = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+")
ABSOLUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:\S+")


#: A reference has at least one of these (references.html, "at least one of").
SAYS_SOMETHING = frozenset({"_reference", "identifier", "display", "extension", "_display"})


def target_type(reference: str) -> str | None:
    """The resource type a literal reference names, None when its text does not tell."""
    found = LITERAL.fullmatch(reference) or CONDITIONAL.fullmatch(reference)
    return found[1] if found and found[1] in resource_names() else None


def resource_names() -> frozenset[str]:
    """The concrete resource types of R4."""
    return _names


_names = frozenset(
    definitions.value_sets()["http://hl7.org/fhir/ValueSet/resource-types"][
        "http://hl7.org/fhir/resource-types"
    ]
) - {"Resource", "DomainResource"}


def reference_check(targets: tuple[str, ...], check: Check) -> Check:
    """The check of one Reference element, after the shape `check` of the type."""
    allowed = None if not targets or "Resource" in targets else frozenset(targets)

    def bound(value: Node, place: Place) -> list[Finding] | None:
        found = check(value, place)
        if found is not None:
            return found
        text = value.get("reference")
        named = None
        if text is None:
            if value.keys().isdisjoint(SAYS_SOMETHING):
                return _says_nothing()
        else:
            match = LITERAL.fullmatch(text)
            named = match[1] if match else None
            if named is None or named not in _names:
                bad = _odd(text, place)
                if bad is not None:
                    return bad
                named = target_type(text)
        return _check_type(value, named, allowed)

    return bound


def _says_nothing() -> list[Finding]:
    return fault(
        "required",
        "La référence ne désigne rien. Ajoutez « reference », « identifier » ou « display ».",
        "The reference points to nothing. Add reference, identifier or display.",
        ".reference",
    )


def _odd(text: str, place: Place) -> list[Finding] | None:
    """The findings of a reference that is not [base/]Type/id of a known type."""
    if text.startswith("#"):
        return _check_contained(text, place)
    if text.startswith("urn:uuid:"):
        good = UUID.fullmatch(text) is not None
    elif text.startswith("urn:oid:"):
        good = OID.fullmatch(text) is not None
    elif CONDITIONAL.fullmatch(text):
        good = place.in_bundle and target_type(text) is not None
    else:
        good = ABSOLUTE.fullmatch(text) is not None
    if good:
        return None
    return fault(
        "value",
        f"« {shown(text)} » n’est pas une référence. Écrivez Type/id, une adresse absolue, "
        "urn:uuid:…, urn:oid:… ou #id d’une ressource incluse.",
        f'"{shown(text)}" is not a reference. Write Type/id, an absolute address, '
        "urn:uuid:…, urn:oid:… or #id of a contained resource.",
        ".reference",
    )


def _check_contained(text: str, place: Place) -> list[Finding] | None:
    if text == "#" or text[1:] in place.contained:
        return None
    return fault(
        "invariant",
        f"Aucune ressource incluse n’a l’id « {shown(text[1:])} » (ref-1). "
        "Ajoutez-la dans « contained » ou corrigez la référence.",
        f'No contained resource has the id "{shown(text[1:])}" (ref-1). '
        "Add it to contained or correct the reference.",
        ".reference",
    )


def _check_type(
    value: Node, named: str | None, allowed: frozenset[str] | None
) -> list[Finding] | None:
    stated = value.get("type")
    if stated is not None:
        # A logical model may be named by its absolute address.
        if stated not in _names and ":" not in stated:
            return fault(
                "code-invalid",
                f"« {shown(stated)} » n’est pas un type de ressource R4. Corrigez « type ».",
                f'"{shown(stated)}" is not a resource type of R4. Correct type.',
                ".type",
            )
        if named is not None and stated in _names and stated != named:
            return fault(
                "value",
                f"« type » dit {stated}, la référence dit {named}. Mettez-les d’accord.",
                f"type says {stated}, the reference says {named}. Make them agree.",
                ".type",
            )
        named = stated if stated in _names else named
    if named is None or allowed is None or named in allowed:
        return None
    some = ", ".join(sorted(allowed))
    return fault(
        "value",
        f"La référence désigne {named} ; il faut : {some}. Corrigez-la.",
        f"The reference points to {named}; it must be: {some}. Correct it.",
        ".reference" if value.get("reference") is not None else ".type",
    )
