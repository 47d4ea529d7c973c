"""What the sandbox's INPS answers to each question. Illustrative: no official rule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from adapters.inps import deposit, documents, liquidation, outputs
from adapters.inps.backoffice import BackOffice
from adapters.sandbox import statement
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.ledger import Ledger
from adapters.sandbox.rights import rights
from hub import errors
from hub.formats import exact_json
from hub.model import Tree

_QUALITIES = {"ASS": "A", "CJT": "C", "ENF": "E", "ORP": "E", "ASC": "P"}
_POSITIONS = {"LIQ": "liquidee", "PAR": "liquidee", "REJ": "rejetee"}


class Denied(Exception):
    """A question that gets no answer: an HTTP status and a French sentence."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Office:
    """The counter: questions in, answers out; what it books is in the ledger."""

    def __init__(self, back: BackOffice, ledger: Ledger, clock: SandboxClock) -> None:
        self._back = back
        self._ledger = ledger
        self._clock = clock
        self.desks: dict[str, Callable[[bytes], bytes]] = {
            "droits": self.covered,
            "annulations": self.cancel,
            "etats": self.monthly,
        }

    def deposit(self, key: str, body: bytes) -> bytes:
        """The receipt of a deposit; the same bytes again get the same one.

        Raises:
            Denied: 409 other bytes under this number; 422 a file that cannot be read, or whose
                totals are wrong.
        """
        found = self._ledger.events("depot", key)
        if found and found[0].body != body:
            raise Denied(409, f"Le numéro de dépôt {key} a déjà servi pour un autre contenu.")
        try:
            tree = deposit.open_file(body)
        except errors.Unreadable as error:
            raise Denied(422, error.text) from None
        if tree["numero"] != key:
            raise Denied(422, "Le numéro du fichier n'est pas celui du dépôt.")
        self._back.take(key, body)
        return self.receipt(key)

    def receipt(self, key: str) -> bytes:
        """What is known of a deposit.

        Raises:
            Denied: 404, it never came.
        """
        found = self._ledger.events("depot", key)
        if not found:
            raise Denied(404, f"Le dépôt {key} est inconnu.")
        count, totals = deposit.totals(found[0].body)
        number = f"DEP-{found[0].seq:08d}"
        tree = {
            "depot": key,
            "numeroDepot": number,
            "recuLe": found[0].at,
            "nombreFactures": count,
            "total": [{"devise": c, "montant": amount} for c, amount in totals.items()],
            "message": f"Dépôt reçu sous le numéro {number}. Factures : {count}.",
        }
        return exact_json.dumps(tree)

    def where(self, submission: str) -> bytes:
        """Where a sheet stands, with its decision when there is one.

        Raises:
            Denied: 404, it never came.
        """
        entry = self._ledger.find(submission)
        books = self._back.books
        if entry is None:
            raise Denied(404, f"La feuille {submission} est inconnue.")
        tree: Tree = {"feuille": submission, "statut": "recue", "numero": entry.number}
        tree["texte"] = "Feuille reçue, en attente de liquidation."
        decided = books.decided.get(submission)
        if submission in books.cancelled:
            tree |= {"statut": "annulee", "texte": "Feuille annulée à la demande de l'émetteur."}
        elif decided is not None:
            paid = submission in books.paid
            tree["statut"] = "payee" if paid else "liquidee"
            tree["texte"] = "Feuille liquidée et payée." if paid else "Feuille liquidée."
            records = outputs.records(decided).decode("iso-8859-1")
            tree["liquidation"] = records
        return documents.write(tree, "suivi")

    def covered(self, body: bytes) -> bytes:
        """Rights on a day, by the local copy of the scheme manager's.

        Raises:
            Denied: 400, not a question.
        """
        asked = _read(body, "droits-question")
        day = _day(asked["dateSoins"])
        found = rights(self._back.world, asked["numeroAmo"], day, asked.get("nina", ""))
        answer: Tree = {name: asked[name] for name in ("reference", "numeroAmo", "dateSoins")}
        answer |= {"copieDu": self._clock.today().isoformat(), "statut": found.status}
        if found.reason:
            answer["motif"] = liquidation.codes()[found.reason.code]
            answer["message"] = found.reason.text
        person = found.person
        if person is not None:
            if not found.reason:
                answer["message"] = f"Droits ouverts. Gestionnaire : {person.body}."
            answer |= {
                "gestionnaire": person.body,
                "regime": person.scheme,
                "qualite": _QUALITIES[person.quality],
                "assure": person.insured,
            }
            spans = (("debut", person.rights.start), ("fin", person.rights.end))
            answer |= {name: limit.isoformat() for name, limit in spans if limit}
            rates = self._back.world.rates(person.scheme, day)
            wanted = asked.get("categorie") or list(rates)
            answer["taux"] = [
                {"categorie": c, "caisse": rates[c], "ticket": 100 - rates[c]}
                for c in wanted
                if c in rates and not found.reason
            ]
        return documents.write(answer, "droits")

    def cancel(self, body: bytes) -> bytes:
        """Take a sheet back, as long as it is not decided; the same again gets the same answer.

        Raises:
            Denied: 400, not a request; 409, its reference served for another sheet.
        """
        asked = _read(body, "annulation-demande")
        reference, submission = asked["reference"], asked["feuille"]
        with self._back.lock:
            found = self._ledger.events("annulation-demande", reference)
            if found:
                if found[0].text != submission:
                    raise Denied(409, f"La référence {reference} a déjà servi.")
                return found[0].body
            refusal = self._refusal(submission)
            answer = {"reference": reference, "feuille": submission}
            if refusal:
                answer |= {"statut": "refusee", "motif": "999", "message": refusal}
            else:
                answer |= {"statut": "annulee", "message": "La feuille est annulée."}
                self._back.cancel(submission)
            made = documents.write(answer, "annulation")
            at = self._clock.now()
            self._ledger.record("annulation-demande", reference, submission, made, at)
            return made

    def cancelled(self, reference: str) -> bytes:
        """The answer given to a cancellation.

        Raises:
            Denied: 404, it never came.
        """
        found = self._ledger.events("annulation-demande", reference)
        if not found:
            raise Denied(404, f"L'annulation {reference} est inconnue.")
        return found[0].body

    def monthly(self, body: bytes) -> bytes:
        """The books of a month of care, sheet by sheet.

        Raises:
            Denied: 400, not a question.
        """
        asked = _read(body, "etat-demande")
        with self._back.lock:
            positions = [self._position(s, sheet) for s, sheet in self._back.books.sheets.items()]
        state = statement.statement("INPS", asked["mois"], positions)
        rows = [{_COLUMNS[name]: value for name, value in row.items()} for row in state["row"]]
        tree = {
            "reference": asked["reference"],
            "organisme": state["body"],
            "mois": state["month"],
            "nombre": len(rows),
            "feuille": rows,
        }
        if "currency" in state:
            tree["devise"] = state["currency"]
        return documents.write(tree, "etat")

    def _refusal(self, submission: str) -> str:
        """Why a sheet cannot be taken back, "" when it can."""
        books = self._back.books
        if submission not in books.sheets:
            return "Cette feuille est inconnue de l'INPS : vérifiez son identifiant de dépôt."
        if submission in books.decided:
            number = books.decided[submission]["numeroLiquidation"]
            return (
                f"La feuille est déjà liquidée sous le numéro {number} : "
                "demandez une révision à l'INPS."
            )
        return ""

    def _position(self, submission: str, sheet: Tree) -> statement.Position:
        books = self._back.books
        decided = books.decided.get(submission)
        cancelled = submission in books.cancelled
        share = outputs.share(decided) if decided else None
        status = _POSITIONS[decided["statut"]] if decided else "en-cours"
        return statement.Position(
            submission,
            sheet["numeroFeuille"],
            sheet["etablissement"].get("convention", ""),
            date.fromisoformat(sheet["dateSoins"]),
            "annulee" if cancelled else status,
            deposit.asked(sheet).amount,
            Decimal(0) if cancelled else share,
            sheet["devise"],
        )


_COLUMNS = {
    "submission": "identifiantDepot",
    "sheet": "numeroFeuille",
    "provider": "convention",
    "status": "statut",
    "claimed": "demande",
    "share": "part",
    "currency": "devise",
}


def _read(body: bytes, name: str) -> Tree:
    try:
        return documents.read(body, name)
    except errors.Unreadable as error:
        raise Denied(400, error.text) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Denied(400, f"« {text} » n'est pas un jour AAAA-MM-JJ.") from None
