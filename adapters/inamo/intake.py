"""The sandbox's desk: a claim of the openIMIS dialect to the common rules' sheet.

What openIMIS would refuse with HTTP 400 is refused here in the same way (claim converter).
"""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation
from importlib.resources import files

from adapters.inamo import claims, dialect
from adapters.sandbox import movements, people
from adapters.sandbox.sheets import Line, Sheet
from adapters.sandbox.world import World
from hub.model import Tree

BODY = "CNPS"
_AFFECTIONS = {f"AF{n:02d}" for n in (*range(1, 9), 99)}


class Rejected(Exception):
    """A request that cannot be taken: HTTP status and a French sentence."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Intake:
    """Reads claims with the demo world's numbers and products."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._former = {m.numero_ancien: m.numero for m in movements.read() if m.numero_ancien}
        drugs = people.rows(files("mappings") / "demo", "drugs.csv")
        self._drugs = {plain(_name(row)): row["code"] for row in drugs}

    def number(self, value: str) -> str:
        """The number in force for a number, which may be one of INAMO before the succession."""
        return self._former.get(value, value)

    def check(self, claim: Tree) -> None:
        """What openIMIS demands of a claim.

        Raises:
            Rejected: with everything that is missing or unknown.
        """
        provider, patient = claim.get("provider") or {}, claim.get("patient") or {}
        total = (claim.get("total") or {}).get("value")
        wrong = [
            name
            for name, there in {
                "identifier": dialect.identifier(claim),
                "patient": (patient.get("identifier") or {}).get("value"),
                "provider": (provider.get("identifier") or {}).get("value"),
                "enterer": claim.get("enterer"),
                "created": claim.get("created"),
                "type": dialect.code(claim.get("type")) in ("E", "R", "O"),
                "billablePeriod": (claim.get("billablePeriod") or {}).get("start"),
                "total": total is not None,
                "item": claim.get("item"),
                "diagnosis": claim.get("diagnosis"),
            }.items()
            if not there
        ]
        if wrong:
            raise Rejected(400, f"Attribut manquant ou invalide : {', '.join(wrong)}.")
        codes = [
            dialect.code(d.get("diagnosisCodeableConcept"))
            for d in dialect.trees(claim, "diagnosis")
        ]
        unknown = [code for code in codes if code not in _AFFECTIONS]
        if unknown:
            raise Rejected(400, f"Code affection inconnu : {', '.join(unknown)}.")
        for nature, product in claims.sent_lines(claim):
            if nature not in ("item", "service") or not product:
                raise Rejected(400, f"Catégorie de ligne inconnue : « {nature} ».")

    def sheet(self, claim: Tree) -> Sheet:
        """The claim under the hub's codes, which the rules speak.

        Raises:
            Rejected: a date or an amount that is none.
        """
        told = dialect.explanation(claim)
        period, key = claim["billablePeriod"], dialect.identifier(claim)
        kept = list(dialect.trees(claim, "diagnosis"))[: dialect.DIAGNOSES]
        try:
            return Sheet(
                number=told.get("feuille") or key,
                body=BODY,
                beneficiary=self.number(str(claim["patient"]["identifier"]["value"])),
                provider=str(claim["provider"]["identifier"]["value"]),
                care_date=date.fromisoformat(str(period["start"])[:10]),
                currency=str(claim["total"].get("currency", "")),
                lines=[self._line(n, line) for n, line in _lines(claim)],
                hospitalised=str(period.get("end") or period["start"]) > str(period["start"]),
                emergency=dialect.code(claim["type"]) == "E",
                authorization=_guarantee(claim),
                diagnoses=frozenset(dialect.code(d["diagnosisCodeableConcept"]) for d in kept),
                agreement=told.get("accord-caisses", ""),
            )
        except (ValueError, InvalidOperation, KeyError, TypeError) as error:
            raise Rejected(400, f"La feuille {key} ne peut être lue : {error}.") from None

    def product(self, name: str) -> str:
        """The hub's code of an act's code or a drug's name, however it is capitalised; else it."""
        found = self._world.named(name)
        return found.code if found else self._drugs.get(plain(name), name)

    def _line(self, rank: int, line: Tree) -> Line:
        quantity = Decimal(str(line["quantity"]["value"]))
        price = Decimal(str(line["unitPrice"]["value"]))
        return Line(
            rank=rank,
            code=self.product(str(line["productOrService"]["text"])),
            quantity=quantity,
            amount=dialect.franc(price, quantity),
        )


def _lines(claim: Tree) -> list[tuple[int, Tree]]:
    return list(enumerate(dialect.trees(claim, "item"), start=1))


def _guarantee(claim: Tree) -> str:
    for information in dialect.trees(claim, "supportingInfo"):
        if dialect.code(information.get("category")) == "guarantee":
            return str(information.get("valueString", ""))
    return ""


def _name(row: dict[str, str]) -> str:
    """A drug as the fund writes it: name, strength, form."""
    return " ".join(filter(None, (row["marque"] or row["dci"], row["dosage"], row["forme"])))


def plain(name: str) -> str:
    """A name without accents, in small letters, one space between words."""
    letters = unicodedata.normalize("NFD", name.casefold())
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())
