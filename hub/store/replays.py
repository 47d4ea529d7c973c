"""Replays of drafts: how far each is, and what it found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.evidence.chain import Act
from hub.ports.releases import Replay
from hub.store import audit_chain
from hub.store.engine import Database
from hub.store.release_tables import release_replays


class Replays:
    """The part of the store that remembers replays, so that one may leave and come back."""

    db: Database

    def start_replay(self, replay: Replay, act: Act) -> None:
        """Remember that a replay begins."""
        values = {one.name: getattr(replay, one.name) for one in fields(replay)}
        with self.db.write() as connection:
            connection.execute(sa.insert(release_replays), [values])
            audit_chain.tell(connection, [act])

    def replay(self, id: str) -> Replay | None:
        """One replay."""
        asked = sa.select(release_replays).where(release_replays.c.id == id)
        with self.db.read() as connection:
            row = connection.execute(asked).one_or_none()
        return None if row is None else Replay(**row._mapping)

    def replays(self, url: str, limit: int = 20) -> list[Replay]:
        """The replays of an artefact's drafts, newest first."""
        asked = sa.select(release_replays).where(release_replays.c.url == url)
        newest = asked.order_by(release_replays.c.started.desc(), release_replays.c.id).limit(limit)
        with self.db.read() as connection:
            return [Replay(**row._mapping) for row in connection.execute(newest)]

    def tell_replay(
        self,
        id: str,
        at: datetime,
        *,
        state: str = "running",
        done: int | None = None,
        total: int | None = None,
        result: Mapping[str, Any] | None = None,
    ) -> bool:
        """Say how far it is; False when somebody has stopped it."""
        told = {"done": done, "total": total, "result": result}
        values = {name: value for name, value in told.items() if value is not None}
        running = sa.update(release_replays).where(
            release_replays.c.id == id, release_replays.c.state == "running"
        )
        with self.db.write() as connection:
            changed = connection.execute(running.values(state=state, beat=at, **values))
        return changed.rowcount == 1
