"""Registrations the sandbox's CANAM publishes: pulled, and shown until acknowledged."""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from adapters.canam import documents
from adapters.canam.registry import Registry, Rejected
from adapters.sandbox.movements import Movement, Movements
from hub.formats import xml
from hub.model import Tree

#: element of canam-mouvement → column of a movement, where the names differ
_COLUMNS = {
    "numero": "id",
    "evenement": "event",
    "numeroAMO": "numero",
    "numeroProvisoire": "numero_provisoire",
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


class News:
    """One mailbox."""

    def __init__(self, registry: Registry, movements: Movements) -> None:
        self._registry = registry
        self._movements = movements

    def pull(self, question: etree._Element) -> bytes:
        """The oldest movements that were not acknowledged."""
        most = int(question[0].text or "1")
        gone = {note.reference for note in self._registry.notes("acquittement")}
        waiting = [m for m in self._movements.published() if m.id not in gone]
        answer = documents.plain("RetirerMouvementsReponse", {})
        answer.extend([_element(one) for one in waiting[:most]])
        return etree.tostring(answer, encoding="utf-8")

    def acknowledge(self, question: etree._Element) -> bytes:
        """Do not show this movement again; acknowledged twice, nothing more happens.

        Raises:
            Rejected: no such movement.
        """
        number = question[0].text or ""
        if number not in {m.id for m in self._movements.published()}:
            raise Rejected("E-REF-02", f"Aucun mouvement ne porte le numéro {number}.")
        if not self._registry.notes("acquittement", number):
            self._registry.note("acquittement", number)
        answer = documents.plain("AcquitterMouvementReponse", {"numero": number})
        return etree.tostring(answer, encoding="utf-8")


def twisted(answer: bytes, kind: str) -> bytes:
    """What a mailbox shows, wrongly: twice, the newest first, each followed by its contrary, or
    nothing for now."""
    root = etree.fromstring(answer)
    told = list(root)
    if kind in ("duplicate", "contradictory"):
        root.extend([deepcopy(one) for one in told])
    for one in root[len(told) :] if kind == "contradictory" else ():
        name = one.find(f"{{{documents.NAMESPACE}}}nom")
        if name is not None:
            name.text = "Contraire"
    if kind == "reordered":
        root[:] = told[::-1]
    if kind == "late":
        root[:] = []
    return etree.tostring(root, encoding="utf-8")


def _element(one: Movement) -> etree._Element:
    row = one.row()
    tree: Tree = {name: row.get(column) for name, column in _COLUMNS.items()}
    tree |= {name: row.get(name) for name in _NAMES}
    return xml.build(tree | {"invalide": True if one.invalide else None}, documents.movement())
