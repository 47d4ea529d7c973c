"""The people of the demo world: insured and dependants, with their spans of rights.

Columns of people.csv and movements.csv: mappings/demo/README.md. All of it is illustrative.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path

from adapters.sandbox import movements
from adapters.sandbox.movements import Movement

#: months of contributions of the newly registered: none of them is a case for the waiting period
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Span:
    """Inclusive days; an empty end means in force."""

    start: date | None
    end: date | None

    def has(self, day: date) -> bool:
        """Is this day inside?"""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class Person:
    """One row of people.csv: a person under one insured's account for one span of rights."""

    number: str
    nina: str
    family: str
    given: str
    born: str  #: YYYY, YYYY-MM or YYYY-MM-DD
    sex: str
    quality: str  #: ASS | CJT | ENF | ASC | ORP
    scheme: str
    body: str
    country: str
    rights: Span
    months: int  #: months of contributions of the insured
    schooling_until: date | None
    disabled: bool
    insured_died: date | None
    insured: str  #: number of the insured of the household


def people(folder: Traversable | Path) -> Iterator[Person]:
    """Everybody: people.csv, then those registered since, by movements.csv."""
    yield from map(_person, rows(folder, "people.csv"))
    yield from _newcomers(folder)


def rows(folder: Traversable | Path, name: str) -> Iterator[dict[str, str]]:
    """Rows of a CSV file, column → text; none when the folder has no such file."""
    path = folder.joinpath(name)
    if path.is_file():
        yield from csv.DictReader(path.read_text(encoding="utf-8").splitlines())


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def span(start: str, end: str) -> Span:
    """Inclusive days from their text; "" is open."""
    return Span(_day(start), _day(end))


def _person(row: dict[str, str]) -> Person:
    return Person(
        number=row["numero_amo"],
        nina=row["nina"],
        family=row["nom"],
        given=row["prenoms"],
        born=row["naissance"],
        sex=row["sexe"],
        quality=row["qualite"],
        scheme=row["regime"],
        body=row["gestionnaire"],
        country=row["pays"],
        rights=span(row["droits_debut"], row["droits_fin"]),
        months=int(row["cotisations_mois"] or 0),
        schooling_until=_day(row["scolarite_fin"]),
        disabled=row["invalide"] == "oui",
        insured_died=_day(row["deces_assure"]),
        insured=row["assure"],
    )


def _newcomers(folder: Traversable | Path) -> Iterator[Person]:
    """Those registered since people.csv was made: the last state of each span of rights."""
    known = {row["numero_amo"] for row in rows(folder, "people.csv")}
    deaths: dict[str, date | None] = {}
    spans: dict[tuple[str, str, str], Movement] = {}
    for move in movements.read(folder):
        if move.numero in known or not move.droits_debut or move.body != move.gestionnaire:
            continue
        spans[move.numero, move.gestionnaire, move.droits_debut] = move
        if move.deces and move.qualite == "ASS":
            deaths[move.numero] = _day(move.deces)
    for move in spans.values():
        yield Person(
            number=move.numero,
            nina=move.nina,
            family=move.nom,
            given=move.prenoms,
            born=move.naissance,
            sex=move.sexe,
            quality=move.qualite,
            scheme=move.regime,
            body=move.gestionnaire,
            country=move.pays,
            rights=span(move.droits_debut, move.droits_fin),
            months=_MONTHS,
            schooling_until=_day(move.scolarite_fin),
            disabled=move.invalide == "oui",
            insured_died=deaths.get(move.assure),
            insured=move.assure,
        )
