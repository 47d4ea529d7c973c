"""Files the sandbox leaves: the rights of everybody every day, and payment notices.

Illustrative. Files are made when they are due, once, and kept in the ledger as they were made.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files

from adapters.inamo import dialect, exports
from adapters.inamo.intake import BODY
from adapters.inamo.office import Office, Record
from adapters.sandbox import people
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.ledger import Ledger
from adapters.sandbox.movements import Movements
from hub.model import Tree

_QUALITIES = {"ASS": "Titulaire", "CJT": "Conjoint", "ENF": "Enfant", "ORP": "Enfant"}
_START = "2024-08-01"  #: day on which the scheme opened: nobody was changed before
_BANK = "Banque Fictive de Conakry"


class Outputs:
    """The folder of exports. `payment` is the time from a decision to its order of payment."""

    def __init__(
        self,
        office: Office,
        ledger: Ledger,
        clock: SandboxClock,
        movements: Movements,
        payment: timedelta,
    ) -> None:
        self._office, self._ledger, self._clock = office, ledger, clock
        self._movements, self._payment = movements, payment
        self._lock = threading.Lock()

    def waiting(self) -> list[str]:
        """Names of the files nobody has fetched yet; what is due is made first."""
        with self._lock:
            self._rights()
            self._orders()
            read = {event.reference for event in self._ledger.events("export-read")}
            return [e.reference for e in self._ledger.events("export") if e.reference not in read]

    def file(self, name: str) -> bytes | None:
        """The bytes of a file, also of one fetched before."""
        found = self._ledger.events("export", name)
        return found[0].body if found else None

    def fetched(self, name: str) -> None:
        """The file was taken: it is not listed again."""
        with self._lock:
            if not self._ledger.events("export-read", name):
                self._ledger.record("export-read", name, at=self._clock.now())

    def again(self, *, contrary: bool = False) -> None:
        """Offer the newest payment notice a second time under another name, as a misbehaviour.

        `contrary`: the same order, with one franc less for its first sheet.
        """
        with self._lock:
            made = [e for e in self._ledger.events("export") if e.reference.startswith("paiements")]
            if made:
                name = made[-1].reference.replace(".csv", "-bis.csv")
                body = made[-1].body
                self._leave(name, exports.write(*_other(body)) if contrary else body)

    def early(self) -> None:
        """Pay what is decided and not shown yet, as a misbehaviour: the notice comes first."""
        with self._lock:
            self._orders(early=True)

    def _leave(self, name: str, body: bytes) -> None:
        if not self._ledger.events("export", name):
            self._ledger.record("export", name, body=body, at=self._clock.now())

    def _rights(self) -> None:
        """Today's file; another one the same day only when something changed since."""
        body = exports.write("inamo-assures", self._people())
        today = f"droits-{self._clock.today():%Y%m%d}"
        made = [e for e in self._ledger.events("export") if e.reference.startswith(today)]
        if not made or made[-1].body != body:
            self._leave(f"{today}-{len(made) + 1:02d}.csv", body)

    def _people(self) -> Iterator[Tree]:
        rows: dict[str, Tree] = {}
        for row in people.rows(files("mappings") / "demo", "people.csv"):
            if row["gestionnaire"] == BODY:
                rows[row["numero_amo"]] = _person({**row, "numero": row["numero_amo"]})
        for move in self._movements.published():
            row = {**move.row(), "maj": move.date}
            rows.pop(row.get("numero_provisoire", ""), None)
            rows[row.get("numero") or row["numero_provisoire"]] = _person(row)
        yield from (rows[key] for key in sorted(rows))

    def _orders(self, *, early: bool = False) -> None:
        """One order of payment for each provider and currency, of all that is due and unpaid."""
        paid = {event.reference for event in self._ledger.events("payment")}
        due: dict[tuple[str, str], list[tuple[Record, Decimal]]] = {}
        for record in self._office.records():
            decision, since = self._office.standing(record)
            if early and not record.cancelled:
                decision, since = record.decision, record.at - self._payment
            if record.key in paid or record.authorization or decision["statut"] != "valorisee":
                continue
            share = Decimal(str(decision["part"]))
            if share and self._clock.now() >= since + self._payment:
                group = (record.sheet.provider, record.sheet.currency)
                due.setdefault(group, []).append((record, share))
        for group in sorted(due):
            self._order(due[group])

    def _order(self, members: list[tuple[Record, Decimal]]) -> None:
        made = len({e.text for e in self._ledger.events("payment")})
        number = f"VIR-GN-{made + 1:06d}"
        day = self._clock.today()
        total = sum((share for _, share in members), Decimal(0))
        rows = [_paid(record, share, number, day) for record, share in members]
        rows = [row | {"nombre": len(rows), "total": total} for row in rows]
        body = exports.write("inamo-paiements", rows)
        self._leave(f"paiements-{number}.csv", body)
        for record, _ in members:
            self._ledger.record("payment", record.key, number, at=self._clock.now())


def _other(body: bytes) -> tuple[str, list[Tree]]:
    """The rows of a payment notice, one franc less."""
    less = Decimal(1)
    rows = [exports.read(reply.body)["paiement"][0] for reply in exports.cut(body)]
    rows = [row | {"total": row["total"] - less} for row in rows]
    rows[0] |= {"montant": rows[0]["montant"] - less}
    return "inamo-paiements", rows


def _paid(record: Record, share: Decimal, number: str, day: date) -> Tree:
    row: Tree = {
        "ordre": number,
        "date": day.isoformat(),
        "banque": _BANK,
        "identifiant": record.key,
        "dossier": record.number,
        "feuille": dialect.explanation(record.claim).get("feuille"),
        "montant": share,
        "devise": record.sheet.currency,
    }
    return {name: value for name, value in row.items() if value is not None}


def _person(row: dict[str, str]) -> Tree:
    """A row of the demo world in the fund's columns; « GN- » is not written."""
    tree = {
        "numero": row.get("numero", "").removeprefix("GN-"),
        "provisoire": row.get("numero_provisoire"),
        "ancien": row.get("numero_ancien"),
        "npi": row.get("npi"),
        "matricule": row.get("numero_organisme"),
        "nom": row["nom"],
        "prenoms": row.get("prenoms"),
        "nomMarital": row.get("nom_marital"),
        "naissance": row.get("naissance"),
        "sexe": row.get("sexe"),
        "qualite": _QUALITIES[row["qualite"]],
        "titulaire": row.get("assure", "").removeprefix("GN-"),
        "regime": row["regime"],
        "debut": row.get("droits_debut"),
        "fin": row.get("droits_fin"),
        "deces": row.get("deces"),
        "maj": row.get("maj") or row.get("droits_debut") or _START,
    }
    return {name: value for name, value in tree.items() if value}
