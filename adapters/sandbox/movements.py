"""News of registrations a sandbox publishes: people and covers, one row a movement.

Rows come from mappings/demo/movements.csv (columns: its README) or from the operator. What is
published is in the ledger, so it survives a restart and the same id is never published twice.
"""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from decimal import Decimal
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.ledger import Ledger

EVENTS = ("immatriculation", "mise-a-jour", "deces", "definitif")


@dataclass(frozen=True, slots=True)
class Movement:
    """One row; every value is the text of the file, "" when there is none."""

    id: str  #: the body's own number of this piece of news
    body: str  #: who publishes it: CMSS, INPS, CNPS, CANAM
    date: str  #: AAAA-MM-JJ
    event: str  #: one of EVENTS
    numero: str = ""  #: definitive number (AMO, or GN-… in Guinea)
    numero_provisoire: str = ""
    numero_ancien: str = ""  #: number of a body that has been succeeded (INAMO-…)
    nina: str = ""
    npi: str = ""
    numero_organisme: str = ""  #: CMSS: matricule; INPS, CNPS: the body's own number
    nom: str = ""
    prenoms: str = ""
    nom_marital: str = ""
    naissance: str = ""  #: AAAA, AAAA-MM or AAAA-MM-JJ
    sexe: str = ""
    qualite: str = ""  #: ASS | CJT | ENF | ASC | ORP
    assure: str = ""  #: number of the insured, provisional while theirs is
    regime: str = ""
    gestionnaire: str = ""
    pays: str = ""
    droits_debut: str = ""  #: "": pre-registered, no rights yet
    droits_fin: str = ""  #: last day of rights; of a dependant: the limit
    scolarite_fin: str = ""
    invalide: str = ""  #: oui or ""
    deces: str = ""  #: day of death

    def row(self) -> dict[str, str]:
        """Column → text, those that are not empty."""
        return {name: value for name, value in asdict(self).items() if value}


_COLUMNS = tuple(field.name for field in fields(Movement))


def read(folder: Traversable | Path | None = None) -> list[Movement]:
    """All rows of movements.csv, in order; none when the folder has no such file."""
    place = folder if folder is not None else files("mappings").joinpath("demo")
    path = place.joinpath("movements.csv")
    if not path.is_file():
        return []
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return [movement(row) for row in rows]


def movement(row: Mapping[str, Any]) -> Movement:
    """A row as a movement.

    Raises:
        ValueError: with a French sentence: an unknown column, or a missing or wrong value.
    """
    if not isinstance(row, Mapping):
        raise ValueError('Un mouvement est un objet : {"id": …}.')
    unknown = sorted(set(row) - set(_COLUMNS))
    if unknown:
        raise ValueError(f"Colonne inconnue : {', '.join(unknown)}. Voir movements.csv.")
    if not all(isinstance(value, str) for value in row.values()):
        raise ValueError("Chaque valeur d'un mouvement est un texte.")
    missing = [name for name in ("id", "date", "event", "nom") if not row.get(name)]
    if missing:
        raise ValueError(f"Il manque : {', '.join(missing)}.")
    if row["event"] not in EVENTS:
        raise ValueError(f"« {row['event']} » n'est pas un événement : {', '.join(EVENTS)}.")
    try:
        date.fromisoformat(row["date"])
    except ValueError:
        raise ValueError(f"« {row['date']} » n'est pas une date AAAA-MM-JJ.") from None
    return Movement(**{"body": "", **row})


class Movements:
    """What one body publishes, in order. Safe to use from several threads."""

    def __init__(
        self,
        body: str,
        ledger: Ledger,
        clock: SandboxClock,
        rows: Iterable[Movement] | None = None,
    ) -> None:
        """`rows` are those it may publish; None: its own of movements.csv."""
        self._body = body
        self._ledger = ledger
        self._clock = clock
        self._rows = [m for m in (read() if rows is None else rows) if m.body == body]
        self._lock = threading.Lock()

    def published(self) -> list[Movement]:
        """Everything published so far, oldest first."""
        found = self._ledger.events("movement")
        return [movement(json.loads(e.body, parse_float=Decimal)) for e in found]

    def publish(self, count: int) -> list[Movement]:
        """The next so many rows that were not published yet; now they are."""
        with self._lock:
            known = {event.reference for event in self._ledger.events("movement")}
            waiting = [m for m in self._rows if m.id not in known][: max(count, 0)]
            for one in waiting:
                self._record(one)
        return waiting

    def add(self, rows: Iterable[Mapping[str, Any]]) -> list[Movement]:
        """Publish rows of the operator; one published already is not published again.

        Raises:
            ValueError: a row is wrong, or its id was used for other content. None is published.
        """
        given = [replace(one, body=one.body or self._body) for one in map(movement, rows)]
        with self._lock:
            known = {m.id: m for m in self.published()}
            for one in given:
                if known.setdefault(one.id, one) != one:
                    raise ValueError(f"Le numéro {one.id} a déjà servi : donnez-en un autre.")
            before = {event.reference for event in self._ledger.events("movement")}
            new = [m for m in {m.id: m for m in given}.values() if m.id not in before]
            for one in new:
                self._record(one)
        return new

    def order(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """What the control port asks: {"publish": n}, {"rows": […]}, or nothing to only look.

        Raises:
            ValueError: see `add`; or neither a number nor a list.
        """
        new: list[Movement] = []
        if "rows" in body:
            if not isinstance(body["rows"], list):
                raise ValueError('Donnez {"rows": [{…}]}.')
            new += self.add(body["rows"])
        if "publish" in body:
            if not isinstance(body["publish"], int) or isinstance(body["publish"], bool):
                raise ValueError('Donnez {"publish": nombre}.')
            new += self.publish(body["publish"])
        done = self.published()
        left = {m.id for m in self._rows} - {m.id for m in done}
        return {
            "new": [m.id for m in new],
            "published": [m.id for m in done],
            "waiting": len(left),
        }

    def _record(self, one: Movement) -> None:
        body = json.dumps(one.row(), ensure_ascii=False, sort_keys=True).encode()
        self._ledger.record("movement", one.id, one.event, body, self._clock.now())
