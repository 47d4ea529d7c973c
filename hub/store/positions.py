"""Where each claim of a month stands in the hub: what was asked, decided and paid, and when."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

import sqlalchemy as sa

from hub.fhir import amounts
from hub.model import Operation, State
from hub.store.engine import Database
from hub.store.resources import named
from hub.store.sealing import opened
from hub.store.tables import events, exchanges, resources

_CHUNK = 500
#: The hub's own reasons. Source: mappings/shared, CodeSystem motif-rejet
REASONS = "https://benkan.example/fhir/CodeSystem/motif-rejet"
_COLUMNS = (
    "id",
    "submission",
    "partner",
    "provider",
    "identifier",
    "state",
    "held",
    "care_date",
    "created",
    "resource",
    "answer",
    "amount",
    "currency",
)
#: Events whose first time is told: the institution had it, it decided, it paid.
_MOMENTS = ("sent", "acknowledged", "answered", "paid")


class Positions:
    """The part of the store that tells where every claim stands."""

    db: Database

    def positions(
        self, month: str, partner: str | None = None, *, unpaid: bool = False
    ) -> list[dict[str, Any]]:
        """Every claim of a month of care ("YYYY-MM"; "" for all), as the hub has it; with
        `unpaid`, only those for which no payment was told.

        Each has the columns of its exchange and: `copies` (submissions of its copies to the
        scheme manager), `claimed`, `share` (Decimal or None; from the ClaimResponse, `benefit`),
        `outcome`, `category` (of the claim's type), `reasons` (codes of the hub why something was
        refused or cut), and the first `sent`, `acknowledged`, `answered` and `paid` (instant or
        None).
        """
        wanted = sa.select(*(exchanges.c[name] for name in _COLUMNS)).where(
            exchanges.c.operation == Operation.CLAIM.value,
            exchanges.c.parent.is_(None),
            exchanges.c.care_date.startswith(month, autoescape=True),
        )
        if partner is not None:
            wanted = wanted.where(exchanges.c.partner == partner)
        if unpaid:
            paid = sa.select(events.c.seq).where(
                events.c.exchange == exchanges.c.id, events.c.what == "paid"
            )
            wanted = wanted.where(~paid.exists())
        found: list[dict[str, Any]] = []
        with self.db.read() as connection:
            for rows in _chunks(connection.execute(wanted.order_by(exchanges.c.seq))):
                ids = [row.id for row in rows]
                copies, moments = _copies(connection, ids), _moments(connection, ids)
                bodies = _bodies(connection, rows)
                for row in rows:
                    position = dict(row._mapping) | {"copies": copies.get(row.id, [])}
                    position |= dict.fromkeys(_MOMENTS) | moments.get(row.id, {})
                    found.append(position | _amounts(row, bodies))
        return found

    def copies_left(self, month: str) -> int:
        """How many copies of a month's claims and decisions the scheme manager does not have yet;
        those held for a person are not counted."""
        on_the_way = (State.ACCEPTED, State.READY, State.SENT)
        wanted = sa.select(sa.func.count()).where(
            exchanges.c.operation.in_([Operation.CONTROL_COPY, Operation.LIQUIDATION_COPY]),
            exchanges.c.state.in_(on_the_way),
            exchanges.c.held.is_(False),
            exchanges.c.care_date.startswith(month, autoescape=True),
        )
        with self.db.read() as connection:
            return int(connection.execute(wanted).scalar_one())


def _chunks(rows: Any) -> Iterator[list[sa.Row[Any]]]:
    left = iter(rows.all())
    while chunk := list(islice(left, _CHUNK)):
        yield chunk


def _copies(connection: sa.Connection, ids: Sequence[str]) -> dict[str, list[str]]:
    wanted = sa.select(exchanges.c.parent, exchanges.c.submission).where(
        exchanges.c.parent.in_(ids)
    )
    found: dict[str, list[str]] = {}
    for row in connection.execute(wanted):
        found.setdefault(row.parent, []).append(row.submission)
    return found


def _moments(connection: sa.Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    wanted = (
        sa.select(events.c.exchange, events.c.what, sa.func.min(events.c.at).label("first"))
        .where(events.c.exchange.in_(ids), events.c.what.in_(_MOMENTS))
        .group_by(events.c.exchange, events.c.what)
    )
    found: dict[str, dict[str, Any]] = {}
    for row in connection.execute(wanted):
        found.setdefault(row.exchange, {})[row.what] = row.first
    return found


def _bodies(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> dict[str, bytes]:
    carried = [name for row in rows for name in (row.resource, row.answer) if name]
    keys = [(type, id) for type, _, id in (name.partition("/") for name in carried)]
    wanted = sa.select(resources).where(named(keys))
    return {
        f"{row.type}/{row.id}": opened(resources.c.body, row._mapping)
        for row in connection.execute(wanted)
        if row.erased is None
    }


def _amounts(row: sa.Row[Any], bodies: Mapping[str, bytes]) -> dict[str, Any]:
    claim = _tree(bodies.get(row.resource))
    response = _tree(bodies.get(row.answer or ""))
    total = amounts.claimed(claim) if claim else None
    coding: Mapping[str, Any] = next(iter(claim.get("type", {}).get("coding", ())), {})
    return {
        "claimed": total.amount if total else None,
        "share": _benefit(response),
        "outcome": response.get("outcome", ""),
        "category": str(coding.get("code", "")),
        "reasons": _reasons(response),
    }


def _benefit(response: Mapping[str, Any]) -> Decimal | None:
    """The fund's share: the total of category `benefit`, else the sum of the lines'."""
    shares = [t["amount"] for t in response.get("total", ()) if _is_benefit(t)]
    if not shares:
        lines = (j for item in response.get("item", ()) for j in item.get("adjudication", ()))
        shares = [j["amount"] for j in lines if _is_benefit(j) and "amount" in j]
    if shares:
        return sum((Decimal(share["value"]) for share in shares), Decimal())
    return Decimal() if response.get("outcome") == "error" else None


def _reasons(response: Mapping[str, Any]) -> list[str]:
    """The hub's codes of why something was refused or cut, each once."""
    parts = [*response.get("item", ()), *response.get("addItem", ()), response]
    concepts = [j.get("reason", {}) for part in parts for j in part.get("adjudication", ())]
    concepts += [error.get("code", {}) for error in response.get("error", ())]
    codings = (coding for concept in concepts for coding in concept.get("coding", ()))
    return sorted({str(c.get("code", "")) for c in codings if c.get("system") == REASONS})


def _is_benefit(part: Mapping[str, Any]) -> bool:
    codings = part.get("category", {}).get("coding", ())
    return any(coding.get("code") == "benefit" for coding in codings)


def _tree(body: bytes | None) -> dict[str, Any]:
    tree: dict[str, Any] = (
        {} if body is None else json.loads(body, parse_float=Decimal, parse_int=Decimal)
    )
    return tree
