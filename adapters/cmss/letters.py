"""What the sandbox sends apart from lots: a month's books on request, and registrations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from adapters.cmss import documents, lots, outputs
from adapters.cmss.books import Books
from adapters.sandbox import twists
from adapters.sandbox.behaviour import Behaviour
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.ledger import Ledger
from adapters.sandbox.movements import Movement, Movements
from adapters.sandbox.statement import statement
from hub import errors
from hub.formats import xml, xml_strict
from hub.model import Tree

BODY = "CMSS"
#: element of cmss-mouvement → column of a movement
_COLUMNS = {
    "numero": "id",
    "evenement": "event",
    "numeroAMO": "numero",
    "numeroProvisoire": "numero_provisoire",
    "matricule": "numero_organisme",
    "nomMarital": "nom_marital",
    "debut": "droits_debut",
    "fin": "droits_fin",
    "certificatJusquau": "scolarite_fin",
}
#: those that are called the same
_NAMES = (
    *("date", "nina", "nom", "prenoms", "naissance", "sexe", "qualite", "assure"),
    *("regime", "gestionnaire", "deces"),
)


class Letters:
    """Written from the ledger, so that a kill leaves none out and doubles none."""

    def __init__(
        self,
        folder: Path,
        ledger: Ledger,
        clock: SandboxClock,
        books: Books,
        behaviour: Behaviour,
    ) -> None:
        self._behaviour = behaviour
        self._held: set[str] = set()  #: requests whose answer comes after that of the next one
        self._requests = folder / "demande"
        self._done = self._requests / "traitees"
        self._return = folder / "retour"
        self._done.mkdir(parents=True, exist_ok=True)
        self._ledger = ledger
        self._clock = clock
        self._books = books
        self._movements = Movements(BODY, ledger, clock)
        self._news = True  # perhaps published before the last stop, and not written

    def publish(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """What the operator orders; see `Movements.order`."""
        told = self._movements.order(order)
        self._news = True
        return told

    def work(self) -> None:
        """Answer the requests that are there and write the news that is not written yet."""
        requests = sorted(self._requests.glob("*.xml"))
        fresh = [path for path in requests if path.name not in self._held]
        answered = [path for path in fresh if self._answer(path)]
        if answered:
            for path in requests:
                if path.name in self._held and path not in fresh:
                    self._held.discard(path.name)
                    self._answer(path, overdue=True)
        if self._news:
            self._news = False
            self._write_news()

    def _answer(self, path: Path, *, overdue: bool = False) -> bool:
        """False when it is put off, as a misbehaviour."""
        wrong = "" if overdue else twists.asked(self._behaviour, twists.STATEMENTS)
        if wrong == "late":
            self._held.add(path.name)
            return False
        body = path.read_bytes()
        known = self._ledger.events("request", path.stem)
        if known:
            seq, day = known[0].seq, datetime.fromisoformat(known[0].at).date()
        else:
            now = self._clock.now()
            seq, day = self._ledger.record("request", path.stem, body=body, at=now), now.date()
        name = f"E{seq:08d}-etat.xml"
        try:
            asked = _asked(body)
            books = statement(BODY, asked["mois"], self._books.positions())
            answer = outputs.state(seq, day, asked["identifiantDemande"], books)
        except errors.Unreadable as error:
            answer = outputs.acknowledgement(lots.safe(path.stem), seq, day, [], error.text[:900])
        if wrong == "garbage":
            outputs.write(self._return, f"E{seq:08d}-0-illisible.xml", twists.GARBAGE)
        outputs.write(self._return, name, answer)
        if wrong == "duplicate":
            outputs.write(self._return, f"E{seq:08d}-etat-bis.xml", answer)
        path.replace(self._done / path.name)
        return True

    def _write_news(self) -> None:
        written: set[str] = set()
        published = {m.id: m for m in self._movements.published()}
        for event in self._ledger.events("movement-file"):
            ids = json.loads(event.text, parse_float=Decimal)
            self._file(event.seq, datetime.fromisoformat(event.at), [published[i] for i in ids])
            written.update(ids)
        fresh = [m for m in published.values() if m.id not in written]
        wrong = twists.asked(self._behaviour, twists.MOVEMENTS) if fresh else ""
        for rank, some in enumerate(twists.batches(fresh, wrong) if fresh else []):
            now = self._clock.now()
            text = json.dumps([m.id for m in some])
            seq = self._ledger.record("movement-file", "", text, at=now)
            if wrong == "garbage" and not rank:
                outputs.write(self._return, f"M{seq:08d}-0-illisible.xml", twists.GARBAGE)
            self._file(seq, now, some)

    def _file(self, seq: int, at: datetime, rows: list[Movement]) -> None:
        body = outputs.movements(seq, at.date(), [_tree(row) for row in rows])
        outputs.write(self._return, f"M{seq:08d}-mouvements.xml", body)


def _asked(body: bytes) -> Tree:
    root = xml_strict.parse(body)
    found = documents.findings(root)
    if found:
        raise errors.Unreadable(*found)
    return xml.tree(root, documents.model("demande-etat"))


def _tree(one: Movement) -> Tree:
    row = one.row()
    tree: Tree = {name: row.get(column) for name, column in _COLUMNS.items()}
    tree |= {name: row.get(name) for name in _NAMES}
    return tree | {"invalide": True if one.invalide else None}
