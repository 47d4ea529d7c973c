"""Statements: what an institution has on its books for a body and a month of care."""

from __future__ import annotations

from hub.exchange import dossier
from hub.exchange.parts import Parts
from hub.exchange.references import exact
from hub.model import Operation, Reply, Tree
from hub.ports import Acceptance, Statement, StatementRow


def apply(parts: Parts, partner: str, reply: Reply) -> bool:
    """A statement that came as a file, applied once; the newest counts.

    Raises:
        Unmappable, Unreadable: it cannot be read.
    """
    keep(parts, partner, reply, {})
    parts.store.accept([Acceptance(replies=((partner, reply),))])
    return True


def keep(parts: Parts, partner: str, reply: Reply, asked: Tree) -> str:
    """Keep what a partner answered; a French sentence that says how much.

    Raises:
        Unmappable, Unreadable: the answer cannot be read.
    """
    name = f"{dossier.MAPS}{partner}-{Operation.STATEMENT}-answer"
    now = parts.clock.now()
    source: Tree = {
        "answer": parts.adapters[partner].decode(reply),
        "received": now.isoformat(timespec="milliseconds"),
    }
    told = parts.mapper.map(
        parts.mapper.pin(name), {**source, **({"dossier": asked} if asked else {})}
    )
    currency = str(told.get("currency", ""))
    rows = tuple(
        StatementRow(
            submission=str(row.get("submission", "")),
            sheet=str(row.get("sheet", "")),
            provider=str(row.get("provider", "")),
            status=str(row.get("status", "")),
            claimed=exact(row.get("claimed")),
            share=exact(row.get("share")),
            currency=str(row.get("currency", "") or currency),
        )
        for row in told.get("row", [])
    )
    body = str(told.get("body") or asked.get("body", ""))
    month = str(told.get("month") or asked.get("month", ""))
    parts.store.keep_statement(Statement(partner, body, month, now, rows))
    return f"État de {partner} pour {body}, {month}. Feuilles : {len(rows)}."
