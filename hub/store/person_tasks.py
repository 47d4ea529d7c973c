"""Tasks for a person to do about insured people: one for each, with all that waits for it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from hub.model import NewResource, Reply, ReplyKind
from hub.ports import Doubt, Identity, PersonTask
from hub.store import acts, audit_chain
from hub.store.blind import Secret, either, number
from hub.store.engine import Database, looks_again
from hub.store.people import note
from hub.store.people_tables import person_tasks, task_keys, task_waits
from hub.store.resources import put
from hub.store.sealing import lay, opened

#: What the audit tells of a task.
TASK_TELLS = ("id", "kind", "reason", "opened", "resolved", "actor", "person")

#: Any number, the same in every hub: two doubts about one person make one task.
_ONE_AT_A_TIME = 7_236_526_003


class PersonTasks:
    """The part of the store that keeps tasks about people."""

    db: Database

    def open_task(self, doubt: Doubt, id: str) -> str:
        """Attach to the open task that shares an identifier, else open one under `id`."""
        with self.db.write() as connection:
            return attach(connection, self.db, doubt, id)

    def tasks(self, *, open: bool | None = None, limit: int = 1000) -> list[PersonTask]:
        """Newest first."""
        wanted = sa.select(person_tasks).order_by(person_tasks.c.seq.desc()).limit(limit)
        if open is not None:
            none = person_tasks.c.resolved.is_(None)
            wanted = wanted.where(none if open else sa.not_(none))
        with self.db.read() as connection:
            rows = connection.execute(wanted).all()
            return [_task(connection, row) for row in rows]

    def task(self, id: str) -> PersonTask | None:
        """One task with all that waits for it."""
        with self.db.read() as connection:
            row = connection.execute(_one(id)).one_or_none()
            return None if row is None else _task(connection, row)

    @looks_again
    def resolve_task(self, id: str, person: str, actor: str, rows: Sequence[Identity]) -> bool:
        """Close it and note what was decided; False when it was closed before."""
        closed = (
            sa.update(person_tasks)
            .where(person_tasks.c.id == id, person_tasks.c.resolved.is_(None))
            .values(
                resolved=datetime.now(UTC),
                actor=actor,
                person=person,
                attached=person_tasks.c.attached + 1,
            )
        )
        with self.db.write() as connection:
            if not connection.execute(closed).rowcount:
                return False
            connection.execute(sa.update(task_keys).where(task_keys.c.task == id).values(closed=id))
            _tell(connection, "task-resolved", id, actor)
            note(connection, rows)
        return True

    def decided(self, keys: Sequence[tuple[str, str]]) -> str:
        """The person decided on last for exactly these identifiers, "" when nobody decided."""
        if not keys:
            return ""
        system, value = keys[0]
        with_first = sa.select(task_keys.c.task).where(
            task_keys.c.closed != "",
            task_keys.c.system == system,
            task_keys.c.value.in_(either(value)),
        )
        wanted = sa.select(person_tasks).where(person_tasks.c.id.in_(with_first))
        with self.db.read() as connection:
            for row in connection.execute(wanted.order_by(person_tasks.c.resolved.desc())).all():
                if sorted(_task(connection, row).keys) == sorted(keys):
                    return str(row.person)
        return ""

    def decided_news(self, limit: int = 20) -> list[tuple[int, str, Reply]]:
        """(number, partner, news) that waited for a task which is resolved now."""
        wanted = (
            sa.select(task_waits)
            .join(person_tasks, person_tasks.c.id == task_waits.c.task)
            .where(task_waits.c.exchange == "", task_waits.c.applied == 0)
            .where(person_tasks.c.resolved.is_not(None))
        )
        with self.db.read() as connection:
            rows = connection.execute(wanted.order_by(task_waits.c.seq).limit(limit)).all()
        return [(row.seq, row.partner, _news(row)) for row in rows]

    def news_applied(self, number: int) -> None:
        """That piece of news is applied."""
        with self.db.write() as connection:
            one = sa.update(task_waits).where(task_waits.c.seq == number)
            connection.execute(one.values(applied=1))

    def tasks_to_show(self, limit: int = 100) -> list[str]:
        """Tasks whose FHIR Task is not up to date."""
        stale = person_tasks.c.shown < person_tasks.c.attached
        wanted = sa.select(person_tasks.c.id).where(stale).order_by(person_tasks.c.seq)
        with self.db.read() as connection:
            return list(connection.execute(wanted.limit(limit)).scalars())

    def show_task(self, id: str, new: NewResource, seen: int) -> None:
        """Store the FHIR Task made when so many things were attached; an older one is dropped."""
        newer = sa.update(person_tasks).where(person_tasks.c.id == id, person_tasks.c.shown < seen)
        with self.db.write() as connection:
            if connection.execute(newer.values(shown=seen)).rowcount:
                put(connection, [new])


def attach(connection: sa.Connection, db: Database, doubt: Doubt, id: str) -> str:
    """Attach what is in doubt to the open task of the person, or open one."""
    if not db.is_sqlite:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    keys = sorted(set(doubt.keys))
    known = sa.select(task_keys).where(
        task_keys.c.closed == "",
        sa.or_(
            sa.false(),  # a claim may name nobody at all
            *(sa.and_(task_keys.c.system == s, task_keys.c.value.in_(either(v))) for s, v in keys),
        ),
    )
    found = connection.execute(known.order_by(task_keys.c.task)).all()
    task = str(found[0].task) if found else id
    if not found:
        values = {"id": id, "kind": doubt.kind, "reason": doubt.reason, "actor": "", "person": ""}
        opened = {"opened": datetime.now(UTC), "resolved": None, "attached": 1, "shown": 0}
        connection.execute(sa.insert(person_tasks), [values | opened])
        _tell(connection, "task-opened", id, "hub")
    have = {(row.system, number(row)) for row in found}
    new = [
        lay(task_keys, {"system": s, "closed": "", "task": task, "sealed": v.encode()}, "")
        | {"value": Secret(v)}
        for s, v in keys
        if (s, v) not in have
    ]
    if new:
        connection.execute(sa.insert(task_keys), new)
    if _wait(connection, task, doubt) and found:
        more = sa.update(person_tasks).where(person_tasks.c.id == task)
        connection.execute(more.values(attached=person_tasks.c.attached + 1))
    return task


def _tell(connection: sa.Connection, action: str, id: str, actor: str) -> None:
    """The audit row about a task as it is now."""
    row = connection.execute(_one(id)).one()
    digest = acts.row_digest(row._mapping, TASK_TELLS)
    at = row.resolved or row.opened
    act = acts.now_is(action, f"PersonTask/{id}", at, "task", digest, actor)
    audit_chain.tell(connection, [act])


def _wait(connection: sa.Connection, task: str, doubt: Doubt) -> bool:
    """False when it was attached before."""
    reply = doubt.news
    values: dict[str, Any] = {
        "task": task,
        "exchange": doubt.exchange,
        "partner": doubt.partner,
        "operation": reply.operation if reply else "",
        "partner_reference": reply.partner_reference if reply else "",
        "content_type": reply.content_type if reply else "",
        "body": reply.body if reply else b"",
        "digest": hashlib.sha256(reply.body).hexdigest() if reply else "",
        "applied": 0,
    }
    same = sa.select(task_waits.c.seq).where(
        *(task_waits.c[name] == values[name] for name in ("task", "exchange", "digest"))
    )
    if connection.execute(same).first() is not None:
        return False
    connection.execute(sa.insert(task_waits), [lay(task_waits, values, doubt.partner)])
    return True


def _one(id: str) -> sa.Select[Any]:
    return sa.select(person_tasks).where(person_tasks.c.id == id)


def _task(connection: sa.Connection, row: sa.Row[Any]) -> PersonTask:
    keys = sa.select(task_keys).where(task_keys.c.task == row.id)
    waits = sa.select(task_waits).where(task_waits.c.task == row.id).order_by(task_waits.c.seq)
    waiting = connection.execute(waits).all()
    return PersonTask(
        id=row.id,
        kind=row.kind,
        reason=row.reason,
        opened=row.opened,
        keys=sorted((k.system, number(k)) for k in connection.execute(keys)),
        exchanges=[w.exchange for w in waiting if w.exchange],
        news=[(w.partner, _news(w)) for w in waiting if not w.exchange],
        resolved=row.resolved,
        actor=row.actor,
        person=row.person,
        attached=row.attached,
    )


def _news(row: sa.Row[Any]) -> Reply:
    return Reply(
        ReplyKind.NEWS,
        row.operation,
        None,
        opened(task_waits.c.body, row._mapping),
        row.content_type,
        row.partner_reference,
    )
