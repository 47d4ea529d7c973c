"""Whether partners are sent to, and how their lines are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from hub.evidence.chain import Act
from hub.model import State
from hub.ports.watch import DRAINING, PAUSED, LineState, Switch, Waiting
from hub.store import audit_chain
from hub.store.engine import Database, looks_again
from hub.store.tables import exchanges
from hub.store.watch_tables import partner_calls, partner_lines, partner_switches

#: Calls are forgotten after so long.
KEPT = timedelta(days=2)
_INSIDE = (State.ACCEPTED.value, State.READY.value)
_UNDER_WAY = (*_INSIDE, State.SENT.value, State.PENDING.value)
_NAMES = {PAUSED: "partner-paused", DRAINING: "partner-drained", "": "partner-resumed"}


def may_go(table: sa.Table) -> sa.ColumnElement[bool]:
    """Its next step is none that the partner's switch stops: for exchanges and deposits.

    A partner that is paused is neither sent to nor asked; one that drains is sent nothing new.
    """
    outside = (State.READY.value, State.SENT.value, State.PENDING.value)
    stops = sa.or_(
        sa.and_(partner_switches.c.mode == PAUSED, table.c.state.in_(outside)),
        sa.and_(partner_switches.c.mode == DRAINING, table.c.state == State.READY.value),
    )
    return ~sa.exists().where(partner_switches.c.partner == table.c.partner, stops)


def sent_to(partner: sa.ColumnElement[Any] | str) -> sa.ColumnElement[bool]:
    """The partner is neither paused nor draining."""
    return ~sa.exists().where(partner_switches.c.partner == partner, partner_switches.c.mode != "")


class Switches:
    """The part of the store that knows whether partners are sent to and how they answer."""

    db: Database

    def switch(self, partner: str) -> Switch:
        """Whether this partner is sent to."""
        return self.switches().get(partner, Switch(partner))

    def switches(self) -> dict[str, Switch]:
        """Partners that are paused or draining."""
        stopped = sa.select(partner_switches).where(partner_switches.c.mode != "")
        with self.db.read() as connection:
            return {row.partner: Switch(**row._mapping) for row in connection.execute(stopped)}

    @looks_again
    def set_switch(self, switch: Switch) -> None:
        """Pause, drain or resume; with an audit row."""
        at = switch.at or datetime.now(UTC)
        values = {"mode": switch.mode, "reason": switch.reason, "actor": switch.actor, "at": at}
        with self.db.write() as connection:
            _put(connection, partner_switches, switch.partner, values)
            detail = {"reason": switch.reason}
            act = Act(switch.actor, _NAMES[switch.mode], f"Partner/{switch.partner}", at, detail)
            audit_chain.tell(connection, [act])

    @looks_again
    def line_told(self, line: LineState) -> None:
        """Keep how the line to a partner is."""
        values = {
            name: getattr(line, name) for name in ("open", "failures", "heard", "failed", "told")
        }
        values["since"] = line.since or datetime.now(UTC)
        kept = {name: value for name, value in values.items() if value is not None}
        with self.db.write() as connection:
            _put(connection, partner_lines, line.partner, kept)

    def line_states(self) -> dict[str, LineState]:
        """By partner."""
        with self.db.read() as connection:
            rows = connection.execute(sa.select(partner_lines)).all()
        return {row.partner: LineState(**row._mapping) for row in rows}

    def calls_told(self, partner: str, slots: Mapping[str, int], failures: int) -> None:
        """Add calls made since the last time; old ones go."""
        now = datetime.now(UTC)
        row = {"partner": partner, "at": now, "failures": failures, "slots": dict(slots)}
        with self.db.write() as connection:
            old = sa.delete(partner_calls).where(
                partner_calls.c.partner == partner, partner_calls.c.at < now - KEPT
            )
            connection.execute(old)
            connection.execute(sa.insert(partner_calls), [row])

    def calls_since(self, since: datetime) -> dict[str, tuple[dict[str, int], int]]:
        """By partner: slots of all calls since then, and failures."""
        asked = sa.select(partner_calls).where(partner_calls.c.at >= since)
        slots: dict[str, Counter[str]] = {}
        failures: Counter[str] = Counter()
        with self.db.read() as connection:
            for row in connection.execute(asked):
                slots.setdefault(row.partner, Counter()).update(row.slots)
                failures[row.partner] += row.failures
        return {name: (dict(told), failures[name]) for name, told in slots.items()}

    def waiting(self) -> dict[str, Waiting]:
        """By partner: what has not left, what waits for an answer, since when."""
        found: dict[str, Waiting] = {}
        oldest = sa.func.min(exchanges.c.updated)
        by = (exchanges.c.partner, exchanges.c.state)
        asked = sa.select(*by, sa.func.count().label("number"), oldest.label("oldest"))
        asked = asked.where(sa.not_(exchanges.c.held), exchanges.c.state.in_(_UNDER_WAY))
        with self.db.read() as connection:
            for row in connection.execute(asked.group_by(*by)):
                before = found.get(row.partner or "", Waiting())
                inside = row.state in _INSIDE
                first = row.oldest if before.oldest is None else min(before.oldest, row.oldest)
                found[row.partner or ""] = Waiting(
                    queued=before.queued + (row.number if inside else 0),
                    asked=before.asked + (0 if inside else row.number),
                    oldest=first if inside else before.oldest,
                )
        return found


def _put(connection: sa.Connection, table: sa.Table, partner: str, values: dict[str, Any]) -> None:
    same = table.c.partner == partner
    if connection.execute(sa.update(table).where(same).values(**values)).rowcount == 0:
        connection.execute(sa.insert(table), [{"partner": partner, **values}])
