"""Long work, settled quarantine, and partners' settings given at run time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from hub.evidence.chain import Act
from hub.model import Exchange
from hub.ports.watch import Job, PartnerSetting
from hub.store import audit_chain
from hub.store.engine import Database
from hub.store.rows import exchange_of
from hub.store.sealing import opened
from hub.store.tables import exchanges, inbox
from hub.store.watch_tables import jobs, partner_settings, quarantine_settled

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
        return [(row.name, opened(inbox.c.body, row._mapping)) for row in rows]

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

    def propose_setting(self, partner: str, name: str, value: str, reason: str, who: str) -> int:
        """Note a value; it holds once somebody else accepts it."""
        now = datetime.now(UTC)
        row: dict[str, Any] = {"partner": partner, "name": name, "value": value}
        row |= {
            "reason": reason,
            "proposer": who,
            "proposed": now,
            "decider": "",
            "accepted": False,
        }
        made = sa.insert(partner_settings).values(**row).returning(partner_settings.c.seq)
        detail = {"setting": name, "value": value, "reason": reason}
        with self.db.write() as connection:
            seq = int(connection.execute(made).scalar_one())
            act = Act(who, "setting-proposed", f"Partner/{partner}", now, {**detail, "number": seq})
            audit_chain.tell(connection, [act])
        return seq

    def decide_setting(self, seq: int, who: str, accepted: bool) -> bool:
        """Accept or refuse a proposed value; False when that was done before."""
        now = datetime.now(UTC)
        table = partner_settings
        undecided = sa.update(table).where(table.c.seq == seq, table.c.decided.is_(None))
        decided = undecided.values(decider=who, decided=now, accepted=accepted)
        with self.db.write() as connection:
            row = connection.execute(decided.returning(table)).one_or_none()
            if row is None:
                return False
            action = "setting-accepted" if accepted else "setting-refused"
            detail = {"setting": row.name, "value": row.value, "number": seq}
            audit_chain.tell(connection, [Act(who, action, f"Partner/{row.partner}", now, detail)])
        return True

    def partner_settings(self, partner: str = "") -> list[PartnerSetting]:
        """Newest first, also those refused or not decided."""
        asked = sa.select(partner_settings).order_by(partner_settings.c.seq.desc())
        if partner:
            asked = asked.where(partner_settings.c.partner == partner)
        with self.db.read() as connection:
            return [PartnerSetting(**row._mapping) for row in connection.execute(asked)]

    def exchanges_like(self, start: str) -> list[Exchange]:
        """Exchanges whose id begins so, two at most."""
        same = exchanges.c.id.startswith(start, autoescape=True)
        asked = sa.select(exchanges).where(same).order_by(exchanges.c.seq.desc()).limit(2)
        with self.db.read() as connection:
            return [exchange_of(row) for row in connection.execute(asked)]


def _values(job: Job) -> dict[str, Any]:
    return {column.name: getattr(job, column.name) for column in _JOB}
