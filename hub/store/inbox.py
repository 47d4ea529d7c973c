"""What partners left for us: files, replies already applied, and what a person must look at."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from hub.evidence.chain import Act
from hub.model import Inbound, Reply, ReplyKind
from hub.store import acts, audit_chain
from hub.store.columns import words_text
from hub.store.engine import Database, looks_again
from hub.store.rows import sha256
from hub.store.sealing import lay, opened
from hub.store.tables import inbox, quarantine, replies
from hub.store.watch_tables import quarantine_settled

#: What the audit tells of a file, of its being applied, and of what was set aside.
INBOX_TELLS = ("partner", "name", "body", "at")
INBOX_DONE = ("done", "reason")
QUARANTINE_TELLS = ("partner", "body", "reason", "reference", "at")


class Inbox:
    """The part of the store that keeps what came from partners."""

    db: Database

    @looks_again
    def inbox_put(self, partner: str, inbound: Inbound) -> str:
        """Keep the bytes; the same name or content again gives the first one's id.

        Other bytes under a known name are not lost: they go to quarantine.
        """
        digest = sha256(inbound.body)
        same = sa.or_(inbox.c.name == inbound.name, inbox.c.sha256 == digest)
        known = sa.select(inbox.c.seq, inbox.c.sha256).where(inbox.c.partner == partner, same)
        known = known.order_by(inbox.c.sha256 != digest)
        with self.db.write() as connection:
            row = connection.execute(known).first()
            if row is None:
                values: dict[str, Any] = {"partner": partner, "name": inbound.name}
                values |= {"sha256": digest, "body": inbound.body}
                values |= {"at": _now(), "reason": ""}
                made = sa.insert(inbox).values(**lay(inbox, values, partner))
                made = made.returning(inbox.c.seq)
                number = connection.execute(made).scalar_one()
                digest = acts.row_digest(values, INBOX_TELLS)
                told = acts.noted("received", f"Inbox/{number}", values["at"], digest)
                audit_chain.tell(connection, [told])
                return str(number)
            if row.sha256 != digest:
                reason = (
                    f"Le fichier {inbound.name} a déjà été reçu avec un autre contenu. "
                    "Demandez au partenaire lequel est le bon."
                )
                _set_aside(connection, partner, inbound.body, reason, inbound.name)
            return str(row.seq)

    def inbox_waiting(self, limit: int = 50) -> list[tuple[str, str, Inbound]]:
        """(id, partner, file) not applied yet and due, oldest first."""
        due = sa.or_(inbox.c.due.is_(None), inbox.c.due <= self.db.now())
        waiting = sa.select(inbox).where(inbox.c.done.is_(None), due)
        with self.db.read() as connection:
            # What never was tried first: what waits for something must not keep it waiting.
            order = (inbox.c.due.is_not(None), inbox.c.due, inbox.c.seq)
            rows = connection.execute(waiting.order_by(*order).limit(limit)).all()
        return [(str(row.seq), row.partner, _inbound(row)) for row in rows]

    def inbox_later(self, id: str, reason: str, due: datetime) -> None:
        """Applied in part or not at all: try again then. With a reason it is shown to people."""
        values = {"reason": reason, "due": due, "attempts": inbox.c.attempts + 1}
        put_off = sa.update(inbox).where(inbox.c.seq == int(id), inbox.c.done.is_(None))
        with self.db.write() as connection:
            connection.execute(put_off.values(**values))

    def inbox_wake(self, partner: str) -> None:
        """Something changed: what this partner's files wait for may have come. Try them now."""
        waiting = sa.update(inbox).where(
            inbox.c.partner == partner, inbox.c.done.is_(None), inbox.c.due > self.db.now()
        )
        with self.db.write() as connection:
            connection.execute(waiting.values(due=self.db.now()))

    def inbox_done(self, id: str, reason: str = "") -> None:
        """Applied; with a reason: in quarantine, where a person finds the file."""
        applied = sa.update(inbox).where(inbox.c.seq == int(id)).values(done=_now(), reason=reason)
        with self.db.write() as connection:
            row = connection.execute(applied.returning(inbox)).one_or_none()
            if row is not None:
                digest = acts.row_digest(row._mapping, INBOX_DONE)
                told = acts.now_is("applied", f"Inbox/{id}", row.done, "done", digest)
                audit_chain.tell(connection, [told])
            if row is not None and reason:
                body = opened(inbox.c.body, row._mapping)
                _set_aside(connection, row.partner, body, reason, row.name)

    def reply_known(self, partner: str, reply: Reply) -> bool:
        """Was this reply applied before?"""
        with self.db.read() as connection:
            return _is_known(connection, partner, _digest(reply))

    def quarantine(
        self, partner: str, body: bytes, reason: str, reference: str = "", *, proven: bool = True
    ) -> None:
        """Keep what could not be matched or read, for a person; the same again is kept once.

        What is not `proven` to be the partner's own is also told by itself: an alert.
        """
        with self.db.write() as connection:
            fresh = _set_aside(connection, partner, body, reason, reference)
            if fresh and not proven:
                told = {"bytes": sha256(body)}
                alert = Act("hub", "unproven", f"Partner/{partner}", _now(), told)
                audit_chain.tell(connection, [alert])

    def quarantine_waiting(self, partner: str) -> int:
        """How much of a partner waits there for a person, files put off not counted."""
        settled = sa.exists().where(quarantine_settled.c.item == quarantine.c.seq)
        waiting = sa.select(sa.func.count()).where(quarantine.c.partner == partner, ~settled)
        with self.db.read() as connection:
            return int(connection.execute(waiting).scalar_one())

    def quarantined(self) -> list[Mapping[str, Any]]:
        """What waits for a person, oldest first; then files put off with a reason.

        Each with id, partner, body, sha256, reason, reference (of a file: its name), at, and
        `applies_itself`: true for a file, which goes once what it waits for has come.
        """
        put_off = sa.select(inbox).where(inbox.c.done.is_(None), inbox.c.reason != "")
        settled = sa.exists().where(quarantine_settled.c.item == quarantine.c.seq)
        aside = sa.select(quarantine).where(~settled).order_by(quarantine.c.seq)
        with self.db.read() as connection:
            rows = connection.execute(aside).all()
            waiting = connection.execute(put_off.order_by(inbox.c.seq)).all()
        return [
            *(_aside(quarantine, row, row.seq, row.reference) for row in rows),
            *(_aside(inbox, row, f"inbox-{row.seq}", row.name) for row in waiting),
        ]


def _inbound(row: sa.Row[Any]) -> Inbound:
    return Inbound(row.name, opened(inbox.c.body, row._mapping), row.attempts, row.reason)


def _aside(table: sa.Table, row: sa.Row[Any], id: int | str, reference: str) -> Mapping[str, Any]:
    return {
        "id": id,
        "partner": row.partner,
        "body": b"" if row.body.erased else opened(table.c.body, row._mapping),
        "sha256": row.sha256,
        "reason": row.reason,
        "reference": reference,
        "at": row.at,
        "applies_itself": isinstance(id, str),
    }


def remember_reply(connection: sa.Connection, partner: str, reply: Reply) -> None:
    """Remember a reply, in the transaction that applies it."""
    digest = _digest(reply)
    if not _is_known(connection, partner, digest):
        row = {"partner": partner, "digest": digest, "at": _now()}
        connection.execute(sa.insert(replies), [row])


def _is_known(connection: sa.Connection, partner: str, digest: str) -> bool:
    known = sa.select(replies.c.at).where(replies.c.partner == partner, replies.c.digest == digest)
    return connection.execute(known).first() is not None


def _digest(reply: Reply) -> str:
    said = hashlib.sha256()
    for part in (reply.kind.value, reply.operation, reply.reference or ""):
        said.update(part.encode() + b"\x00")
    if reply.kind is ReplyKind.NEWS:  # news that says again what it said before is other news
        said.update(reply.partner_reference.encode() + b"\x00")
    said.update(reply.body)
    return said.hexdigest()


def _set_aside(
    connection: sa.Connection, partner: str, body: bytes, reason: str, reference: str
) -> bool:
    """False when these very bytes were kept for this reason before."""
    values = {"partner": partner, "sha256": sha256(body)}
    same = sa.select(quarantine.c.reason, quarantine.c.reference).where(
        *(quarantine.c[name] == value for name, value in values.items())
    )
    # What is sealed never looks twice the same: what was said of these bytes is compared open.
    said = (words_text(reason), words_text(reference))
    values |= {"reason": reason, "reference": reference}
    if said in {tuple(row) for row in connection.execute(same)}:
        return False
    row: dict[str, Any] = {**values, "body": body, "at": _now()}
    connection.execute(sa.insert(quarantine), [lay(quarantine, row, partner)])
    digest = acts.row_digest(row, QUARANTINE_TELLS)
    told = acts.noted("set-aside", f"Partner/{partner}", row["at"], digest)
    audit_chain.tell(connection, [told])
    return True


def _now() -> datetime:
    return datetime.now(UTC)
