"""Files the sandbox's back office makes: liquidations, payment notices, batches of movements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from adapters.inps import documents, layouts
from adapters.sandbox.movements import Movement
from hub.model import Tree

_BANK = "Banque fictive du Mali"
_QUALITIES = {"ASS": "A", "CJT": "C", "ENF": "E", "ORP": "E", "ASC": "P"}
#: column of a movement → its place in a person or cover
_PERSON = {
    "numero": "numeroAmo",
    "numero_provisoire": "numeroProvisoire",
    "numero_organisme": "numeroInps",
    "numero_ancien": "numeroAncien",
    "nina": "nina",
    "nom": "nom",
    "prenoms": "prenoms",
    "nom_marital": "nomMarital",
    "naissance": "naissance",
    "sexe": "sexe",
    "deces": "deces",
}
_COVER = {
    "regime": "regime",
    "gestionnaire": "gestionnaire",
    "assure": "assure",
    "droits_debut": "debut",
    "droits_fin": "fin",
}


def liquidations(
    number: str, day: date, receiver: str, decided: Sequence[tuple[str, Tree]]
) -> bytes:
    """The return file of (convention number, decision) pairs, by provider and currency."""
    groups: dict[tuple[str, str], list[Tree]] = {}
    for convention, tree in decided:
        groups.setdefault((convention, tree["devise"]), []).append(tree)
    listed = [
        {**_convention(convention), "devise": currency, "liquidation": trees}
        for (convention, currency), trees in sorted(groups.items())
    ]
    tree = {**_heading(number, day, receiver), "prestataire": listed}
    return layouts.dumps(tree, layouts.whole("retour")).body


def payments(number: str, day: date, receiver: str, decided: Sequence[tuple[str, Tree]]) -> bytes:
    """The payment notice of these decisions; empty when nothing is paid."""
    groups: dict[tuple[str, str], list[Tree]] = {}
    for convention, tree in decided:
        if share(tree) > 0:
            groups.setdefault((convention, tree["devise"]), []).append(tree)
    if not groups:
        return b""
    orders = [
        _order(f"VIR-{number}-{rank}", day, *key, groups[key])
        for rank, key in enumerate(sorted(groups), 1)
    ]
    tree = {**_heading(number, day, receiver), "virement": orders}
    return layouts.dumps(tree, layouts.whole("avis")).body


def movements(number: str, day: date, rows: Sequence[Movement]) -> bytes:
    """The JSON batch of these movements."""
    listed = [_movement(row) for row in rows]
    tree = {"lot": number, "emission": day.isoformat(), "nombre": len(rows), "mouvement": listed}
    return documents.write(tree, "mouvements")


def share(decision: Tree) -> Decimal:
    """What the fund pays on a sheet."""
    return sum((line["partCaisse"] for line in decision["ligne"]), Decimal(0))


def records(decision: Tree) -> bytes:
    """One decision by itself, as in the return file."""
    return layouts.dumps(decision, layouts.part("liquidation")).body


def _heading(number: str, day: date, receiver: str) -> Tree:
    return {"numero": number, "date": day.isoformat(), "destinataire": receiver}


def _convention(number: str) -> Tree:
    return {"convention": number} if number else {}


def _order(
    number: str, day: date, convention: str, currency: str, decisions: Sequence[Tree]
) -> Tree:
    order = {"datePaiement": day.isoformat(), "devise": currency, **_convention(convention)}
    transfer = {**order, "banque": _BANK}
    sheets = [
        {
            "identifiantDepot": one["identifiantDepot"],
            "numeroFeuille": one["numeroFeuille"],
            "numeroLiquidation": one["numeroLiquidation"],
            "montant": share(one),
            "numeroOrdre": number,
            "virement": transfer,
        }
        for one in decisions
    ]
    return {**order, "numeroOrdre": number, "paiement": sheets}


def _movement(row: Movement) -> Tree:
    told = row.row()
    person = {name: told[column] for column, name in _PERSON.items() if column in told}
    cover: Tree = {name: told[column] for column, name in _COVER.items() if column in told}
    tree: Tree = {"numero": row.id, "date": row.date, "evenement": row.event, "personne": person}
    if {"gestionnaire", "assure"} <= cover.keys() and row.qualite in _QUALITIES:
        tree["couverture"] = {**cover, "qualite": _QUALITIES[row.qualite]}
    return tree
