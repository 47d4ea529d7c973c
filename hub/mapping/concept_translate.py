"""One code through a ConceptMap and the maps it sends on to: what translate() does.

Source: https://hl7.org/fhir/R5/conceptmap-operation-translate.html, docs/concept-maps.md
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.errors import MissingCode
from hub.mapping.concept_depends import DATE, given_text
from hub.mapping.concept_map import ConceptMap, Target
from hub.mapping.findings import Failure

MOST_OTHERS = 8  #: ConceptMaps that send on to another one

Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Translation:
    """What became of a value."""

    targets: list[Target]  #: one for each coding that has a row
    missing: list[MissingCode]  #: codes without a row, when no coding of the value has one


def translate(
    value: Any,
    concept_map: ConceptMap,
    find: Callable[[str], ConceptMap | None],
    given: Given | None = None,
    path: str = "",
) -> Translation:
    """The targets of a code, Coding, CodeableConcept or CDA code.

    Args:
        value: what is translated.
        concept_map: the table.
        find: gives a ConceptMap by its canonical, for tables that send on to another.
        given: what rows depend on, by attribute name or uri; "date" for rows with a period.
        path: where the value stood, for the list of missing codes.

    Raises:
        Failure: several equivalent targets, rows without a usable one, rows that depend on
            something the map does not give, another map that is unknown or without end.
    """
    found: list[Target] = []
    lost: list[MissingCode] = []
    for system, code, display in codings(value):
        targets = _lookup(concept_map, find, (system, code, display), given or {})
        if targets is None:
            needs = concept_map.needs(system, code)
            named = _named(display, needs, given or {})
            depends = given_text(given or {}) if needs else ""
            lost.append(MissingCode(concept_map.url, system, code, path, named, depends))
        else:
            found += targets
    return Translation(found, [] if found else lost)


def _lookup(
    concept_map: ConceptMap,
    find: Callable[[str], ConceptMap | None],
    coding: tuple[str, str, str],
    given: Given,
) -> list[Target] | None:
    system, code, display = coding
    for _ in range(MOST_OTHERS):
        targets = concept_map.find(system, code, given)
        if targets is not None:
            return _usable(concept_map.url, code, targets)
        absent = [name for name in concept_map.needs(system, code) if name not in given]
        if absent and not given.keys() - {DATE}:
            names = ", ".join(absent)
            raise Failure(
                f"the rows of {concept_map.url} for {code} depend on {names}: "
                "give it to translate()",
                f"Les lignes de {concept_map.url} pour {code} dépendent de {names} : "
                "donnez cette valeur à translate()",
            )
        rest = concept_map.unmapped(system, code, display)
        if not isinstance(rest, str):
            return None if rest is None else [rest]
        other = find(rest)
        if other is None:
            raise Failure(
                f"{concept_map.url} sends on to the unknown ConceptMap {rest}",
                f"{concept_map.url} renvoie à une ConceptMap inconnue, {rest} : "
                "ajoutez son fichier au dossier des cartes",
            )
        concept_map = other
    raise Failure(
        f"ConceptMaps send on to each other more than {MOST_OTHERS} times, at {concept_map.url}",
        f"Des ConceptMaps se renvoient l’une à l’autre plus de {MOST_OTHERS} fois, jusqu’à "
        f"{concept_map.url} : cherchez une boucle",
    )


def _usable(url: str, code: str, targets: list[Target]) -> list[Target]:
    if not targets:
        raise Failure(
            f"{url} has rows for {code} but none with a usable target",
            f"{url} a des lignes pour {code}, mais aucune cible utilisable : complétez-les",
        )
    if len(targets) == 1:
        return targets
    best = [t for t in targets if t.relationship == targets[0].relationship]
    if len({(t.system, t.code) for t in best}) > 1 and best[0].relationship == "equivalent":
        names = ", ".join(t.code for t in best)
        raise Failure(
            f"{url} translates {code} to several codes: {names}",
            f"{url} traduit {code} par plusieurs codes ({names}) : n’en gardez qu’un",
        )
    return best[:1]


def _named(display: str, needs: list[str], given: Given) -> str:
    """The display with the values no row was found for, for the person who adds the row."""
    said = [f"{name} = {value}" for name, value in given.items()] if needs else []
    return " ; ".join([display, *said] if display else said)


def codings(value: Any) -> list[tuple[str, str, str]]:
    """(system, code, display) of a code, a Coding, a CodeableConcept or a CDA code."""
    if not isinstance(value, dict):
        return [("", str(value), "")]
    if "coding" in value:
        return [coding for part in value["coding"] for coding in codings(part)]
    if "code" not in value:
        return []
    system = value.get("system") or value.get("codeSystem") or ""
    return [(str(system), str(value["code"]), str(value.get("display", "")))]
