"""What the hub's own database account may do, and whether both clocks agree.

Sources: https://www.postgresql.org/docs/15/functions-info.html,
https://www.postgresql.org/docs/15/sql-grant.html
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from hub.errors import Issue, Misconfigured
from hub.store.audit_tables import APPEND_ONLY
from hub.store.engine import Database
from hub.store.release_tables import PUBLISHED
from hub.store.tables import metadata

_ADDED = "SELECT, INSERT"
_WORKED_ON = "SELECT, INSERT, UPDATE, DELETE"
_MAY = sa.text(
    "SELECT has_table_privilege(:table, 'UPDATE') AS update, "
    "has_any_column_privilege(:table, 'UPDATE') AS column_update, "
    "has_table_privilege(:table, 'DELETE') AS delete, "
    "has_table_privilege(:table, 'TRUNCATE') AS truncate, "
    "has_table_privilege(:table, 'TRIGGER') AS trigger, "
    "pg_has_role(relowner, 'MEMBER') AS owner FROM pg_class WHERE oid = CAST(:table AS regclass)"
)
_TRIGGERS = sa.text("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'")


class Posture:
    """The part of the store that knows how safely it was set up."""

    db: Database

    def grant(self, role: str) -> None:
        """Give a PostgreSQL role what serve and worker need, and take everything else from it.

        Rows of the audit chain it may add and read only. Run as the owner of the tables.

        Raises:
            Misconfigured: the database is SQLite, there is no such role, or it owns the tables.
        """
        if self.db.is_sqlite:
            raise _misconfigured(
                "SQLite n'a pas de rôles : « --grant » est pour PostgreSQL.",
                "SQLite has no roles: --grant is for PostgreSQL.",
            )
        named = self.db.engine.dialect.identifier_preparer.quote_identifier(role)
        with self.db.write() as connection:
            known = sa.text("SELECT rolsuper FROM pg_roles WHERE rolname = :role")
            found = connection.execute(known, {"role": role}).one_or_none()
            owner = connection.execute(sa.text("SELECT current_user")).scalar_one()
            if found is None or found.rolsuper or role == owner:
                raise _misconfigured(
                    f"Le rôle {role} doit exister, n'être ni superutilisateur ni propriétaire des "
                    f"tables : créez-le par « CREATE ROLE {role} LOGIN PASSWORD '…' ».",
                    f"Role {role} must exist and be neither superuser nor owner of the tables: "
                    f"make it with CREATE ROLE {role} LOGIN PASSWORD '…'.",
                )
            for order in _orders(named):
                connection.exec_driver_sql(order)

    def audit_rights(self) -> list[str]:
        """By what this account could change the audit chain: "audit: UPDATE"…; safe when empty."""
        with self.db.read() as connection:
            if self.db.is_sqlite:
                asked = sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                there = set(connection.execute(asked).scalars())
                needed = [f"{t.name}_no_{v}" for t in APPEND_ONLY for v in ("update", "delete")]
                return [f"{name} missing" for name in needed if name not in there]
            found = []
            there = set(connection.execute(_TRIGGERS).scalars())
            for table in APPEND_ONLY:
                may = connection.execute(_MAY, {"table": table.name}).one()._mapping
                found += [f"{table.name}: {right.upper()}" for right, has in may.items() if has]
                if f"{table.name}_append_only" not in there:
                    found.append(f"{table.name}_append_only missing")
        return found

    def clock_offset(self) -> float:
        """Seconds by which the database's clock is ahead of this machine's."""
        before = datetime.now(UTC)
        with self.db.read() as connection:
            theirs = connection.execute(sa.select(self.db.now())).scalar_one()
        ours = before + (datetime.now(UTC) - before) / 2
        return (theirs - ours).total_seconds()


def _orders(role: str) -> list[str]:
    added = {table.name for table in (*APPEND_ONLY, *PUBLISHED)}
    tables = [name for name in metadata.tables if name not in added]
    return [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}, PUBLIC",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}, PUBLIC",
        f"REVOKE CREATE ON SCHEMA public FROM {role}, PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"GRANT {_WORKED_ON} ON {', '.join(sorted(tables))} TO {role}",
        f"GRANT {_ADDED} ON {', '.join(sorted(added))} TO {role}",
        f"GRANT SELECT ON alembic_version TO {role}",
    ]


def _misconfigured(fr: str, en: str) -> Misconfigured:
    return Misconfigured(Issue("value", fr, en))
