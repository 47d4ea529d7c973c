"""Required bindings: https://hl7.org/fhir/R4/terminologies.html#required"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from hub.fhir.findings import Check, Finding, Node, Place, fault, shown
from hub.fhir.primitives import CHECKS
from hub.formats import definitions

CURRENCIES = "http://hl7.org/fhir/ValueSet/currencies"
MIME_TYPES = "http://hl7.org/fhir/ValueSet/mimetypes"
#: BCP 13, and the short names R4 allows for its own formats (CapabilityStatement.format).
MIME_TYPE = re.compile(r"[\w.+!#$&^-]+/[\w.+!#$&^*-]+(\s*;.*)?|json|xml|ttl", re.ASCII)
ABSOLUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:\S+")


@cache
def minor_units() -> Mapping[str, int | None]:
    """Active ISO 4217 currencies: code → decimals; None where ISO defines none (gold, tests)."""
    text = files(__package__).joinpath("currencies.json").read_text(encoding="utf-8")
    table: Mapping[str, int | None] = json.loads(text)["minor_units"]
    return table


@cache
def codes(value_set: str) -> frozenset[str] | None:
    """All codes of a required value set; None when we do not hold it."""
    if value_set == CURRENCIES:
        return frozenset(minor_units())
    systems = definitions.value_sets().get(value_set)
    return None if systems is None else frozenset(c for row in systems.values() for c in row)


def code_check(value_set: str, check: Check) -> Check:
    """The check of a code, string or uri with a required binding, after its format `check`."""
    if value_set == MIME_TYPES:
        return _mime_check(check)
    known = codes(value_set)
    if known is None:
        return check

    def bound(value: Node, place: Place) -> list[Finding] | None:
        if value.__class__ is str and value in known:
            return None
        return check(value, place) or _unknown(value, known, value_set)

    return bound


def _mime_check(check: Check) -> Check:
    def bound(value: Node, place: Place) -> list[Finding] | None:
        found = check(value, place)
        if found is not None or MIME_TYPE.fullmatch(value):
            return found
        return fault(
            "code-invalid",
            f"« {shown(value)} » n’est pas un type de contenu. Écrivez par exemple text/plain.",
            f'"{shown(value)}" is not a content type. Write for example text/plain.',
        )

    return bound


def _unknown(value: Node, known: frozenset[str], value_set: str) -> list[Finding]:
    if value_set == CURRENCIES:
        return fault(
            "code-invalid",
            f"« {shown(value)} » n’est pas une monnaie en cours de l’ISO 4217. Écrivez par "
            "exemple XOF, GNF ou EUR.",
            f'"{shown(value)}" is not an active currency of ISO 4217. Write for example XOF, GNF '
            "or EUR.",
        )
    some = ", ".join(sorted(known)) if len(known) <= 16 else value_set
    return fault(
        "code-invalid",
        f"Le code « {shown(value)} » n’est pas permis ici. Choisissez parmi : {some}.",
        f'The code "{shown(value)}" is not allowed here. Choose one of: {some}.',
    )


def coding_check(value_set: str, type_name: str, check: Check) -> Check:
    """The check of a Coding, CodeableConcept or Quantity with a required binding."""
    systems = definitions.value_sets().get(value_set)
    if systems is None:
        return check
    pairs = frozenset((system, code) for system, row in systems.items() for code in row)

    def bound(value: Node, place: Place) -> list[Finding] | None:
        found = check(value, place)
        if found is not None:
            return found
        codings = value.get("coding", []) if type_name == "CodeableConcept" else [value]
        if any((c.get("system"), c.get("code")) in pairs for c in codings):
            return None
        given = ", ".join(f"{c.get('system')}|{c.get('code')}" for c in codings) or "—"
        return fault(
            "code-invalid",
            f"Aucun code de {value_set} n’est donné (reçu : {shown(given)}). "
            "Ajoutez un codage de ce jeu de valeurs, avec son système.",
            f"No code of {value_set} is given (received: {shown(given)}). "
            "Add a coding of that value set, with its system.",
        )

    return bound


def check_system(value: Node, place: Place) -> list[Finding] | None:
    """Coding.system names a code system by an absolute URI: a bare name means nothing elsewhere.

    Source: https://hl7.org/fhir/R4/datatypes.html#Coding
    """
    system = value.get("system")
    # A system that is no URI at all is reported by its own format.
    if system is None or ABSOLUTE.match(system) or CHECKS["uri"](system, place):
        return None
    return fault(
        "value",
        f"« {shown(system)} » ne désigne pas un système de codes. Écrivez son adresse absolue "
        "(https://…, urn:oid:…).",
        f'"{shown(system)}" does not name a code system. Write its absolute address '
        "(https://…, urn:oid:…).",
        ".system",
    )
