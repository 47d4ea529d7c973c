"""What CANAM's answers repeat of a question, held against what was sent."""

from __future__ import annotations

from adapters.canam import documents
from hub.formats import repeated, xml, xml_strict
from hub.formats.repeated import Repeated
from hub.model import Tree

_NAMES = (
    ("numeroAMO", "le numéro d'une personne", "a person's number", False),
    ("dateSoins", "le jour de soins", "day of care", True),
    ("liste", "la liste", "list", True),
    ("date", "le jour", "day", True),
    ("gestionnaire", "l'organisme gestionnaire", "managing body", True),
    ("mois", "le mois", "month", True),
)


def check(call: str, sent: bytes, answer: bytes) -> None:
    """Is this answer about this question?

    Args:
        call: SOAP operation.
        sent: the question's body.
        answer: the answer's body.

    Raises:
        Unreadable: it names another person, day, list, body or month, or another act in a line.
    """
    asked = xml.tree(xml_strict.parse(sent), documents.model(documents.MODELS[call][0]))
    said = documents.read(call, answer)
    # on rights, the managing body is what is answered, not what was asked
    names = [row for row in _NAMES if row[0] in asked]
    found = [Repeated(fr, en, asked[n], said.get(n), shown) for n, fr, en, shown in names]
    repeated.check(*found, *_lines(asked, said))


def _lines(asked: Tree, said: Tree) -> list[Repeated]:
    # lines of a liquidation name no act, and their receipt has none
    codes = {line["rang"]: line.get("code") for line in asked.get("ligne", [])}
    return [
        Repeated(f"l'acte de la ligne {rank}", f"act of line {rank}", codes.get(rank), line["code"])
        for line in said.get("ligne", [])
        for rank in [line["rang"]]
    ]
