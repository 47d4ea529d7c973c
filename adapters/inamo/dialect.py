"""The words of openIMIS's FHIR R4, and how they are found in a tree.

Source: openIMIS, module api_fhir_r4 (claim, response and coverage converters, claimMapping) and
its implementation guide, https://openimis.github.io/openimis_fhir_r4_ig/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

from hub import errors
from hub.formats import exact_json
from hub.model import Tree

IG = "https://openimis.github.io/openimis_fhir_r4_ig/"
IDENTIFIERS = f"{IG}CodeSystem/openimis-identifiers"
STATUS = f"{IG}CodeSystem/claim-status"
REJECTION = f"{IG}CodeSystem/claim-rejection-reasons"
VISIT = f"{IG}CodeSystem/claim-visit-type"
INFORMATION = f"{IG}CodeSystem/claim-supporting-info-category"
ITEM_REFERENCE = f"{IG}StructureDefinition/claim-item-reference"
#: the fund's own codes, ours and illustrative
MOTIF = "https://benkan.example/fhir/CodeSystem/inamo-motif"
AFFECTION = "https://benkan.example/fhir/CodeSystem/inamo-affection"
DECISION = "https://benkan.example/fhir/CodeSystem/inamo-accord"

#: openIMIS claim status → the word of our model
STATUSES: Mapping[str, str] = {
    "1": "rejetee",
    "2": "saisie",
    "4": "verifiee",
    "8": "traitee",
    "16": "valorisee",
}
REJECTED, ENTERED, CHECKED, PROCESSED, VALUATED = STATUSES
#: most diagnoses a claim of openIMIS keeps
DIAGNOSES = 5

_EXACT = Context(prec=100)
_UNIT = Decimal(1)
_MOST = Decimal(10) ** 15
_DECIMALS = 20
_LONGEST = 4_000  #: characters of a text of a decision


def read(body: bytes) -> Tree:
    """A JSON object of the partner.

    Raises:
        Unreadable: it is not one.
    """
    try:
        tree = exact_json.loads(body)
    except errors.Invalid as error:
        raise errors.Unreadable(*error.issues) from error
    if not isinstance(tree, dict):
        raise unreadable("ce n'est pas un objet JSON", "it is not a JSON object")
    return tree


def unreadable(fr: str, en: str) -> errors.Unreadable:
    """What the partner sent cannot be used; the sentence says why."""
    return errors.Unreadable(
        errors.Issue(
            "structure",
            f"La réponse de la CNPS est mise de côté : {fr}. Signalez-le au partenaire.",
            f"The CNPS's answer is set aside: {en}. Tell the partner.",
        )
    )


def code(concept: Any, system: str = "") -> str:
    """The code of a CodeableConcept in a system (any: the first one), "" without one."""
    for coding in trees(concept, "coding"):
        if not system or coding.get("system") == system:
            return str(coding.get("code", ""))
    return ""


def trees(node: Any, name: str) -> Iterator[Tree]:
    """The objects of a repeated element; none where it is absent.

    Raises:
        Unreadable: it is something else than a list of objects.
    """
    found = node.get(name) if isinstance(node, dict) else None
    if found is None:
        return
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise unreadable(f"« {name} » n'est pas une liste d'objets", f"“{name}” is no list")
    yield from found


def child(node: Tree, name: str) -> Tree:
    """The object of an element; empty where it is absent.

    Raises:
        Unreadable: it is no object.
    """
    found = node.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise unreadable(f"« {name} » n'est pas un objet", f"“{name}” is no object")
    return found


def text(node: Tree, name: str) -> str:
    """The text of an element; "" where it is absent.

    Raises:
        Unreadable: it is no text.
    """
    found = node.get(name)
    if found is None:
        return ""
    if not isinstance(found, str) or len(found) > _LONGEST:
        raise unreadable(f"« {name} » n'est pas un texte", f"“{name}” is no text")
    return found


def day(node: Tree, name: str) -> str | None:
    """The day of a date or instant, None where it is absent.

    Raises:
        Unreadable: there is no such day.
    """
    found = text(node, name)[:10]
    try:
        return date.fromisoformat(found).isoformat() if found else None
    except ValueError:
        raise unreadable(f"« {name} » n'est pas une date", f"“{name}” is no date") from None


def identifier(tree: Any, kind: str = "Code") -> str:
    """The value of the identifier of a type (Code, UUID…), "" without one."""
    for each in trees(tree, "identifier"):
        if code(each.get("type"), IDENTIFIERS) == kind:
            return str(each.get("value", ""))
    return ""


def coded(value: str, kind: str = "Code") -> Tree:
    """An identifier as openIMIS types it."""
    return {"type": {"coding": [{"system": IDENTIFIERS, "code": kind}]}, "value": value}


def decimal(value: Any, where: str) -> Decimal:
    """A quantity, price or sum, exact.

    Raises:
        Unreadable: it is none, is negative, or has more digits than money and boxes have.
    """
    try:
        number = Decimal(value) if isinstance(value, int | str | Decimal) else None
    except InvalidOperation:
        number = None
    if number is None or isinstance(value, bool) or not number.is_finite():
        raise unreadable(f"{where} n'est pas un nombre", f"{where} is not a number")
    if number < 0 or number >= _MOST or int(number.as_tuple().exponent) < -_DECIMALS:
        raise unreadable(f"{where} est hors de toute mesure", f"{where} is out of all bounds")
    return number


def franc(unit_price: Decimal, quantity: Decimal) -> Decimal:
    """Unit price × quantity to the franc: XOF and GNF have no decimals (ISO 4217)."""
    return _EXACT.multiply(unit_price, quantity).quantize(_UNIT, ROUND_HALF_UP, _EXACT)


def explanation(claim: Tree) -> dict[str, str]:
    """The « clé=valeur » parts of the claim's explanation; openIMIS keeps it as text."""
    for information in trees(claim, "supportingInfo"):
        if code(information.get("category")) == "explanation":
            parts = str(information.get("valueString", "")).split(" | ")
            return {k: v for k, _, v in (part.partition("=") for part in parts)}
    return {}
