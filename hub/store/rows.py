"""Rows to nouns and back: exchanges, events, messages, deposits."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from hub.errors import Tampered
from hub.evidence.chain import Act
from hub.evidence.dossier_parts import GONE
from hub.model import (
    Deposit,
    Event,
    Exchange,
    Message,
    Money,
    Operation,
    State,
    StoredMessage,
)
from hub.store import acts, audit_chain
from hub.store.sealing import lay, opened
from hub.store.tables import deposits, events, exchanges, messages

ERASED_SENTENCE = "Texte effacé : sa durée de conservation est écoulée, ou sur ordre."
_EXCHANGE = [one.name for one in fields(Exchange)]
#: What of an exchange never changes, and what of a deposit the audit tells each time.
EXCHANGE_STAYS = (
    *("operation", "resource", "provider", "identifier", "content_hash", "submission"),
    *("workflow", "care_date", "amount", "currency", "parent"),
)
DEPOSIT_TELLS = ("partner", "operation", "key", "name", "state", "count", "amounts")
_DEPOSIT = [one.name for one in fields(Deposit)]


def exchange_of(row: sa.Row[Any], *, leased: bool = False) -> Exchange:
    """The exchange in a row. Its fencing number is negative unless it was leased (see save)."""
    values = {name: row._mapping[name] for name in _EXCHANGE}
    values["state"] = State(row.state)
    values["operation"] = Operation(row.operation)
    values["care_date"] = date.fromisoformat(row.care_date)
    values["fence"] = row.fence if leased else -row.fence
    return Exchange(**values)


def exchange_values(exchange: Exchange) -> dict[str, Any]:
    """The columns of an exchange, without its lease."""
    values = {name: getattr(exchange, name) for name in _EXCHANGE if name != "fence"}
    values["state"] = exchange.state.value
    values["operation"] = exchange.operation.value
    values["care_date"] = exchange.care_date.isoformat()
    return values


def deposit_of(row: sa.Row[Any], *, leased: bool = False) -> Deposit:
    """The deposit in a row; its fencing number as in `exchange_of`."""
    values = {name: row._mapping[name] for name in _DEPOSIT}
    values["state"] = State(row.state)
    values["fence"] = row.fence if leased else -row.fence
    return Deposit(**values)


def deposit_values(deposit: Deposit) -> dict[str, Any]:
    """The columns of a deposit, without its lease."""
    values = {name: getattr(deposit, name) for name in _DEPOSIT if name != "fence"}
    return {**values, "state": deposit.state.value}


def event_of(row: sa.Row[Any]) -> Event:
    """The event in a row."""
    state = State(row.state) if row.state else None
    text = ERASED_SENTENCE if row.text.startswith(GONE) else row.text
    return Event(row.at, row.what, text, state, row.detail, row.actor)


def message_of(row: sa.Row[Any], *, as_evidence: bool = False) -> StoredMessage:
    """The message in a row, with the digest of its bytes; without them when they were erased.

    Raises:
        Tampered: the bytes are others', unless the message is shown `as_evidence`.
    """
    try:
        body = b"" if row.body.erased else opened(messages.c.body, row._mapping)
    except Tampered:
        if not as_evidence:
            raise
        body = b""
    return StoredMessage(
        row.direction,
        row.kind,
        body,
        row.content_type,
        row.at,
        row.name,
        row.sha256,
        row.operation,
        row.key,
        money(row.amount, row.currency),
    )


def money(amount: str, currency: str) -> Money | None:
    """An exact amount from its two texts; None when there is none."""
    return Money(Decimal(amount), currency) if amount else None


def sha256(body: bytes) -> str:
    """The digest under which bytes are known."""
    return hashlib.sha256(body).hexdigest()


def insert_exchanges(connection: sa.Connection, new: Iterable[Exchange]) -> None:
    """Add exchanges that nobody holds yet, each at the fencing number it carries."""
    rows = [{**exchange_values(one), "fence": one.fence, "lease_until": None} for one in new]
    if rows:
        connection.execute(sa.insert(exchanges), rows)
        opened = (
            acts.noted(
                "opened",
                f"Exchange/{row['id']}",
                row["created"],
                acts.row_digest(row, EXCHANGE_STAYS),
            )
            for row in rows
        )
        audit_chain.tell(connection, opened)


def insert_events(connection: sa.Connection, new: Iterable[tuple[str, Event]]) -> None:
    """Add lines to the stories of exchanges."""
    lines = list(new)
    rows = [
        {
            "exchange": exchange,
            "at": event.at,
            "what": event.what,
            "text": event.text,
            "state": event.state.value if event.state else None,
            "detail": event.detail,
            "actor": event.actor,
        }
        for exchange, event in lines
    ]
    if rows:
        connection.execute(sa.insert(events), rows)
        audit_chain.tell(connection, (acts.told(id, event) for id, event in lines))


def insert_messages(
    connection: sa.Connection, new: Iterable[tuple[str, str | None, StoredMessage]]
) -> None:
    """Add bytes that crossed the border for exchanges: (exchange, its partner, bytes)."""
    told = [({**_message_values(one), "exchange": id}, owner) for id, owner, one in new]
    rows = [row for row, _ in told]
    if rows:
        sealed = [lay(messages, row, owner or "") for row, owner in told]
        connection.execute(sa.insert(messages), sealed)
        audit_chain.tell(connection, (_kept(f"Exchange/{row['exchange']}", row) for row in rows))


def insert_deposit(
    connection: sa.Connection, deposit: Deposit, message: Message, members: Sequence[str]
) -> None:
    """Add a closed deposit and its bytes."""
    row = {**deposit_values(deposit), "fence": 0, "lease_until": None}
    connection.execute(sa.insert(deposits), [row])
    stored = StoredMessage(
        "out", "deposit", message.body, message.content_type, deposit.created, message.name
    )
    stored = replace(stored, operation=message.operation, key=message.key, total=message.total)
    values = {**_message_values(stored), "deposit": deposit.id, "count": len(members)}
    connection.execute(sa.insert(messages), [lay(messages, values, deposit.partner)])
    audit_chain.tell(connection, [_kept(f"Deposit/{deposit.id}", values)])
    tell_deposit(connection, deposit, deposit.created)


def tell_deposit(connection: sa.Connection, deposit: Deposit, at: datetime) -> None:
    """The audit row about a deposit as it is now."""
    digest = acts.row_digest(deposit_values(deposit), DEPOSIT_TELLS)
    name, state = f"Deposit/{deposit.id}", deposit.state.value.lower()
    audit_chain.tell(connection, [acts.now_is(f"deposit-{state}", name, at, "deposit", digest)])


def _kept(owner: str, row: dict[str, Any]) -> Act:
    return acts.kept(owner, row["direction"], row["kind"], row["sha256"], row["at"])


def _message_values(one: StoredMessage) -> dict[str, Any]:
    return {
        "direction": one.direction,
        "kind": one.kind,
        "operation": one.operation,
        "key": one.key,
        "name": one.name,
        "content_type": one.content_type,
        "body": one.body,
        "sha256": sha256(one.body),
        "amount": format(one.total.amount, "f") if one.total else "",
        "currency": one.total.currency if one.total else "",
        "at": one.at,
    }
