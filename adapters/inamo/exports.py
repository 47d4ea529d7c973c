"""The fund's CSV files, born in Excel: the daily rights of everybody, and payment notices.

Layouts: mappings/inamo/models/inamo-assures.json and inamo-paiements.json. Illustrative.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from importlib.resources import files

from adapters.inamo import dialect
from hub import errors
from hub.formats import delimited, records_load
from hub.formats.records_model import RecordModel
from hub.model import Reply, ReplyKind, Tree

CONTENT_TYPE = "text/csv; charset=utf-8"
_BOM = b"\xef\xbb\xbf"


@cache
def layout(name: str) -> RecordModel:
    """The layout of this name (``inamo-assures``)."""
    return records_load.read_model(files("mappings") / "inamo" / "models" / f"{name}.json")


def write(name: str, rows: Iterable[Tree]) -> bytes:
    """A file of these rows: inamo-assures has `assure`, inamo-paiements has `paiement`.

    Raises:
        Refused: a value the layout cannot carry.
    """
    return delimited.dumps({_ROWS[name]: list(rows)}, layout(name)).body


def cut(body: bytes) -> list[Reply]:
    """One reply a row. A row of rights that was there yesterday has yesterday's reference.

    Raises:
        Unreadable: neither of the two files, or an order of payment whose count or total is
            wrong.
    """
    head, *lines = body.removeprefix(_BOM).splitlines(keepends=True) or [b""]
    name = _name(head)
    rows = delimited.loads(body, layout(name)).get(_ROWS[name], [])
    if name == "inamo-paiements":
        _control(rows)
        return [_payment(row) for row in rows]
    if len(lines) != len(rows):
        # a line end inside quotes: cut by writing each row again
        lines = [write(name, [row]).splitlines(keepends=True)[1] for row in rows]
    return [_news(head, line) for line in lines]


def read(body: bytes) -> Tree:
    """The tree of a part of a file: a list of one row.

    Raises:
        Unreadable: it is not one.
    """
    name = _name(body.removeprefix(_BOM).split(b"\n", 1)[0])
    tree = delimited.loads(body, layout(name))
    if len(tree.get(_ROWS[name], [])) != 1:
        raise dialect.unreadable("une seule ligne était attendue", "one row was expected")
    return tree


_ROWS = {"inamo-assures": "assure", "inamo-paiements": "paiement"}
_FIRST = {b"NUMERO": "inamo-assures", b"ORDRE_VIREMENT": "inamo-paiements"}


def _name(head: bytes) -> str:
    name = _FIRST.get(head.partition(b";")[0].strip())
    if name is None:
        raise dialect.unreadable(
            "ce n'est pas un fichier de la CNPS", "it is not a file of the CNPS"
        )
    return name


def _news(head: bytes, line: bytes) -> Reply:
    """The row as a file of its own; its reference is what it says, not when it came."""
    return Reply(
        ReplyKind.NEWS,
        "registration",
        None,
        _BOM + head + line,
        CONTENT_TYPE,
        partner_reference=hashlib.sha256(head + line).hexdigest(),
    )


def _payment(row: Tree) -> Reply:
    return Reply(
        ReplyKind.PAYMENT,
        "claim",
        row["identifiant"],
        write("inamo-paiements", [row]),
        CONTENT_TYPE,
        partner_reference=row["ordre"],
        text=f"Ordre de virement {row['ordre']}.",
    )


def _control(rows: list[Tree]) -> None:
    """Each order says how many sheets it pays, and how much in all."""
    orders: dict[str, list[Tree]] = {}
    for row in rows:
        orders.setdefault(row["ordre"], []).append(row)
    for number, paid in orders.items():
        total = sum((Decimal(str(row["montant"])) for row in paid), Decimal(0))
        told = {(row["nombre"], Decimal(str(row["total"])), row["devise"]) for row in paid}
        if told != {(len(paid), total, paid[0]["devise"])}:
            raise errors.Unreadable(
                errors.Issue(
                    "structure",
                    f"Le total ou le nombre de feuilles de l'ordre {number} est faux : le fichier"
                    " est mis de côté ; demandez à la CNPS de le refaire.",
                    f"The total or the number of sheets of order {number} is wrong: the file is"
                    " set aside; ask the CNPS to issue it again.",
                )
            )
