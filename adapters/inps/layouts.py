"""The record files INPS exchanges, 128 characters a record: deposits, returns, payment notices.

Illustrative reference profile: describes no official interface. A sheet's own records are in
mappings/inps/models; the file around them, with its lots and totals, in schema/.
"""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from hub import errors
from hub.formats import fixed_width, records_load
from hub.formats.records_model import TOTAL, RecordModel, Written
from hub.model import Tree

CONTENT_TYPE = "text/plain; charset=ISO-8859-1"
_SCHEMAS = Path(__file__).parent / "schema"
#: file → the place in it that a sheet's own records take, and their model
_PARTS = {
    "depot": ("Depot.lot.facture", "facture"),
    "retour": ("Retour.prestataire.liquidation", "liquidation"),
    "avis": ("Avis.virement.paiement", "paiement"),
}
#: Minor units (ISO 4217) of the currencies that have no hundredths; amounts in files always do.
_WITHOUT_DECIMALS = {"XOF", "GNF", "XAF"}
#: decimals that are no amounts: fields always carry their implied decimals, trees need not
_PLAIN = {"taux", "quantite"}


@cache
def part(name: str) -> RecordModel:
    """The layout of one sheet's records: facture, liquidation, paiement."""
    return records_load.load(_definition(name))


@cache
def whole(name: str) -> RecordModel:
    """The layout of a file: depot, retour, avis."""
    definition = _read(_SCHEMAS / f"inps-{name}.json")
    place, inner = _PARTS[name]
    rows: list[Tree] = definition["snapshot"]["element"]
    at = next(n for n, row in enumerate(rows) if row["path"] == place)
    own = _definition(inner)["snapshot"]["element"]
    grafted = [_moved(row, place) for row in own[1:]]
    rows[at + 1 : at + 1] = grafted
    return records_load.load(definition)


def dumps(tree: Tree, model: RecordModel) -> Written:
    """The records of a tree, and what the encoding could only carry changed.

    Raises:
        Refused: see fixed_width.dumps.
    """
    return fixed_width.dumps(tree, model)


def loads(body: bytes, model: RecordModel) -> Tree:
    """The tree of these records, amounts still with their implied decimals.

    Raises:
        Unreadable: see fixed_width.loads.
    """
    return fixed_width.loads(body, model)


def plain(tree: Any, currency: str, name: str = "") -> Any:
    """The tree with the decimals its currency has: 2000.00 XOF is 2000, 12.50 EUR stays.

    Raises:
        Unreadable: an amount has decimals that its currency does not have.
    """
    if isinstance(tree, dict):
        return {key: plain(value, currency, key) for key, value in tree.items()}
    if isinstance(tree, list):
        return [plain(item, currency, name) for item in tree]
    if not isinstance(tree, Decimal):
        return tree
    whole_number = tree == tree.to_integral_value()
    if name in _PLAIN:
        return tree.quantize(Decimal(1)) if whole_number else tree.normalize()
    if currency not in _WITHOUT_DECIMALS:
        return tree
    if not whole_number:
        raise unreadable(
            f"un montant en {currency} a des décimales", f"an amount in {currency} has decimals"
        )
    return tree.quantize(Decimal(1))


def unreadable(fr: str, en: str) -> errors.Unreadable:
    """The error for a file of INPS that contradicts itself."""
    return errors.Unreadable(
        errors.Issue(
            "structure",
            f"le fichier reçu est mis de côté : {fr} ; demandez à l'INPS de le refaire.",
            f"the file received is set aside: {en}; ask INPS to issue it again.",
        )
    )


def _definition(name: str) -> Tree:
    return _read(files("mappings") / "inps" / "models" / f"inps-{name}.json")


def _read(file: Any) -> Tree:
    tree: Tree = json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    return tree


def _moved(row: Tree, place: str) -> Tree:
    """An element of a part, below the place it takes in a file; its totals count there."""
    moved = {**row, "path": _below(row["path"], place)}
    if "extension" in row:
        moved["extension"] = [_recounted(extension, place) for extension in row["extension"]]
    return moved


def _recounted(extension: Tree, place: str) -> Tree:
    if extension["url"] != TOTAL:
        return extension
    parts = [
        {**one, "valueString": _below(one["valueString"], place)} if one["url"] == "of" else one
        for one in extension["extension"]
    ]
    return {**extension, "extension": parts}


def _below(path: str, place: str) -> str:
    return f"{place}.{path.partition('.')[2]}"
