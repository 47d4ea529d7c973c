"""Long work, settled quarantine, and changes that two persons make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from hub.access.accounts import IDLE, LIFE
from hub.evidence.chain import Act
from hub.model import Exchange
from hub.ports.watch import Job, Proposal
from hub.store import audit_chain
from hub.store.account_tables import sessions
from hub.store.audit_tables import audit
from hub.store.engine import Database
from hub.store.rows import exchange_of
from hub.store.sealing import opened
from hub.store.tables import exchanges, inbox
from hub.store.watch_tables import jobs, proposals, quarantine_settled

_PROPOSAL = [one.name for one in fields(Proposal) if one.name != "seq"]
_JOB = [column for column in jobs.c if column.name != "result"]


class Watching:
    """The part of the store that keeps what people do while they watch."""

    db: Database

    def settle(self, item: int, outcome: str, exchange: str, reason: str, actor: str) -> bool:
        """What a person did about an item of quarantine; False when it was settled before."""
        now = datetime.now(UTC)
        row = {"item": item, "outcome": outcome, "exchange": exchange, "reason": reason}
        row |= {"actor": actor, "at": now}
        detail = {"reason": reason, "exchange": exchange}
        try:
            with self.db.write() as connection:
                connection.execute(sa.insert(quarantine_settled), [row])
                act = Act(actor, f"quarantine-{outcome}", f"Quarantine/{item}", now, detail)
                audit_chain.tell(connection, [act])
        except IntegrityError:
            return False
        return True

    def inbox_files(self, partner: str, around: datetime) -> Sequence[tuple[str, bytes]]:
        """(name, bytes) of the files of a partner, newest first, none that came after then."""
        asked = sa.select(inbox).where(inbox.c.partner == partner, inbox.c.at <= around)
        with self.db.read() as connection:
            rows = connection.execute(asked.order_by(inbox.c.seq.desc()).limit(200)).all()
        there = [row for row in rows if not row.body.erased]
        return [(row.name, opened(inbox.c.body, row._mapping)) for row in there]

    def job_begun(self, job: Job) -> None:
        """Keep a new job."""
        with self.db.write() as connection:
            connection.execute(sa.insert(jobs), [_values(job)])
            subject = f"Job/{job.id}"
            detail = {"kind": job.kind, "subject": job.subject}
            act = Act(job.actor, "job-begun", subject, job.started, detail)
            audit_chain.tell(connection, [act])

    def job_moved(self, job: Job, result: bytes | None = None) -> None:
        """Write how far it is; what it made, once it is there, stays."""
        values = _values(job) | ({} if result is None else {"result": result})
        with self.db.write() as connection:
            connection.execute(sa.update(jobs).where(jobs.c.id == job.id).values(**values))

    def job(self, id: str) -> Job | None:
        """One job."""
        with self.db.read() as connection:
            row = connection.execute(sa.select(*_JOB).where(jobs.c.id == id)).one_or_none()
        return None if row is None else Job(**row._mapping)

    def job_result(self, id: str) -> bytes | None:
        """What it made."""
        with self.db.read() as connection:
            made = connection.execute(sa.select(jobs.c.result).where(jobs.c.id == id)).scalar()
        return None if made is None else bytes(made)

    def jobs(self, kind: str = "", subject: str = "", limit: int = 20) -> list[Job]:
        """Newest first."""
        asked = sa.select(*_JOB).order_by(jobs.c.started.desc()).limit(limit)
        for name, value in (("kind", kind), ("subject", subject)):
            asked = asked.where(jobs.c[name] == value) if value else asked
        with self.db.read() as connection:
            return [Job(**row._mapping) for row in connection.execute(asked)]

    def propose(self, proposal: Proposal) -> int:
        """Note a change; it is made once somebody else accepts it."""
        row = {name: getattr(proposal, name) for name in _PROPOSAL}
        made = sa.insert(proposals).values(**row).returning(proposals.c.seq)
        with self.db.write() as connection:
            seq = int(connection.execute(made).scalar_one())
            told = replace(proposal, seq=seq)
            audit_chain.tell(connection, [_act(told, "proposed", told.proposer, told.proposed)])
        return seq

    def decide(self, seq: int, who: str, accepted: bool) -> bool:
        """Accept or refuse a proposed change; False when that was done before."""
        now = datetime.now(UTC)
        undecided = sa.update(proposals).where(
            proposals.c.seq == seq, proposals.c.decided.is_(None)
        )
        decided = undecided.values(decider=who, decided=now, accepted=accepted)
        with self.db.write() as connection:
            row = connection.execute(decided.returning(proposals)).one_or_none()
            if row is not None:
                action = "proposal-accepted" if accepted else "proposal-refused"
                told = Proposal(**row._mapping)
                audit_chain.tell(connection, [_act(told, action, who, now)])
        return row is not None

    def proposals(self, kind: str = "", subject: str = "") -> list[Proposal]:
        """Newest first, also those refused or not decided."""
        asked = sa.select(proposals).order_by(proposals.c.seq.desc())
        for name, value in (("kind", kind), ("subject", subject)):
            asked = asked.where(proposals.c[name] == value) if value else asked
        with self.db.read() as connection:
            return [Proposal(**row._mapping) for row in connection.execute(asked)]

    def last_tokens(self) -> dict[str, datetime]:
        """When each registered system was given its last token."""
        last = sa.func.max(audit.c.at)
        asked = sa.select(audit.c.object, last.label("at")).where(
            audit.c.action == "token-given", audit.c.object.startswith("Client/")
        )
        with self.db.read() as connection:
            rows = connection.execute(asked.group_by(audit.c.object)).all()
        return {row.object.partition("/")[2]: row.at for row in rows}

    def sessions(self) -> dict[str, int]:
        """How many sessions of each account last."""
        now = datetime.now(UTC)
        asked = sa.select(sessions.c.account, sa.func.count().label("number")).where(
            sessions.c.seen > now - IDLE, sessions.c.started > now - LIFE
        )
        with self.db.read() as connection:
            rows = connection.execute(asked.group_by(sessions.c.account)).all()
        return {row.account: row.number for row in rows}

    def exchanges_like(self, start: str) -> list[Exchange]:
        """Exchanges whose id begins so, two at most."""
        same = exchanges.c.id.startswith(start, autoescape=True)
        asked = sa.select(exchanges).where(same).order_by(exchanges.c.seq.desc()).limit(2)
        with self.db.read() as connection:
            return [exchange_of(row) for row in connection.execute(asked)]


def _values(job: Job) -> dict[str, Any]:
    return {column.name: getattr(job, column.name) for column in _JOB}


def _act(one: Proposal, action: str, who: str, at: datetime) -> Act:
    detail = {"number": one.seq, "act": one.act, "reason": one.reason, **one.payload}
    return Act(who, f"{one.kind}-{action}", f"{one.kind.capitalize()}/{one.subject}", at, detail)
