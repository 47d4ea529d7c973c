"""Reference lists of the scheme manager: conventions, suspensions, acts, drugs, rates, tariffs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hub.exchange import dossier
from hub.exchange.parts import Parts
from hub.model import Operation, Reply, Tree
from hub.ports import Question, ReferenceRow


def keep(parts: Parts, question: Question, reply: Reply, asked: Tree) -> str:
    """The answer of a partner, kept with its history; a French sentence that says how much.

    Raises:
        Unmappable, Unreadable: the answer cannot be read.
    """
    name = f"{dossier.MAPS}{question.partner}-{Operation.REFERENCE}-answer"
    source = {
        "dossier": asked,
        "answer": parts.adapters[question.partner].decode(reply),
        "received": parts.clock.now().isoformat(timespec="milliseconds"),
    }
    told = parts.mapper.map(parts.mapper.pin(name), source)
    rows = [_row(row) for row in told.get("row", [])]
    day = date.fromisoformat(str(told.get("day") or question.period)[:10])
    pull = parts.store.keep_reference(
        question.partner, str(told.get("list") or question.subject), day, rows
    )
    return (
        f"Liste « {pull.list} » reçue. Lignes : {pull.rows}, dont nouvelles ou changées : "
        f"{pull.changed}."
    )


def _row(row: Tree) -> ReferenceRow:
    return ReferenceRow(
        code=str(row["code"]),
        label=str(row.get("label", "")),
        value=exact(row.get("value")),
        currency=str(row.get("currency", "")),
        start=str(row.get("start", ""))[:10],
        end=str(row.get("end", ""))[:10],
    )


def exact(value: Any) -> str:
    """A number as its text without exponent, "" when there is none."""
    return "" if value in (None, "") else format(Decimal(str(value)), "f")
