"""People who sign in: their accounts, what went wrong when they tried, their sessions."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from hub.access.accounts import FAILURES, IDLE, LIFE, LOCKED, Account, Session
from hub.evidence.chain import Act
from hub.store import audit_chain
from hub.store.account_tables import accounts, sessions
from hub.store.engine import Database, looks_again
from hub.store.keyring import INDEX
from hub.store.sealing import keyring

#: A session's last use is written again after so long at the earliest: pages need not all write.
_NOTED = timedelta(seconds=60)


class Accounts:
    """The part of the store that knows people and their sessions."""

    db: Database

    def account(self, id: str) -> Account | None:
        """One account, also when it is disabled."""
        with self.db.read() as connection:
            row = connection.execute(sa.select(accounts).where(accounts.c.id == id)).one_or_none()
        return None if row is None else _account(row)

    def accounts(self) -> list[Account]:
        """All accounts, by id."""
        with self.db.read() as connection:
            return [
                _account(row)
                for row in connection.execute(sa.select(accounts).order_by(accounts.c.id))
            ]

    @looks_again
    def put_account(self, account: Account, actor: str, action: str) -> None:
        """Make an account or write it as it is now; its sessions end, its lock is lifted."""
        now = datetime.now(UTC)
        values = {name: getattr(account, name) for name in ("id", "name", "password", "totp")}
        values |= {"body": account.body, "roles": {"all": list(account.roles)}}
        values |= {"created": account.created or now, "disabled": account.disabled}
        values |= {"failures": 0, "locked": None}
        same = accounts.c.id == account.id
        with self.db.write() as connection:
            if connection.execute(sa.select(accounts.c.id).where(same)).first() is None:
                connection.execute(sa.insert(accounts), [values])
            else:
                connection.execute(sa.update(accounts).where(same).values(**values))
            connection.execute(sa.delete(sessions).where(sessions.c.account == account.id))
            detail = {"roles": list(account.roles), "body": account.body}
            act = Act(actor, action, f"Account/{account.id}", now, detail)
            audit_chain.tell(connection, [act])

    def attempt_failed(self, id: str, actor: str, *, counts: bool = True) -> None:
        """Count a wrong attempt; the last one allowed locks the account for a while.

        Without `counts` it is told, and locks nothing: it came from a place the account knows.
        """
        now = datetime.now(UTC)
        same = accounts.c.id == id
        with self.db.write() as connection:
            one = int(counts)
            counted = sa.update(accounts).where(same).values(failures=accounts.c.failures + one)
            count = connection.execute(counted.returning(accounts.c.failures)).scalar_one_or_none()
            told = [Act(actor, "sign-in-refused", f"Account/{id}", now)]
            if counts and count is not None and count >= FAILURES:
                until = self.db.now(plus=LOCKED)
                locked = sa.update(accounts).where(same).values(failures=0, locked=until)
                connection.execute(locked)
                told.append(Act(actor, "account-locked", f"Account/{id}", now))
            audit_chain.tell(connection, told)

    def device_secret(self) -> bytes:
        """With what devices are recognised from which somebody signed in before.

        Raises:
            KeyMissing: the index key is not there.
        """
        keys = keyring(self.db.engine.dialect)
        return hmac.digest(keys.secret(keys.active(INDEX)), b"devices", "sha256")

    def open_session(self, session: Session, actor: str) -> None:
        """Remember a sign-in, forget the failures before it and the sessions that are over."""
        values = {name: getattr(session, name) for name in ("digest", "account", "started", "seen")}
        over = sa.or_(
            sessions.c.seen < session.seen - IDLE, sessions.c.started < session.seen - LIFE
        )
        with self.db.write() as connection:
            connection.execute(sa.delete(sessions).where(over))
            connection.execute(sa.insert(sessions), [values])
            same = accounts.c.id == session.account
            connection.execute(sa.update(accounts).where(same).values(failures=0, locked=None))
            act = Act(actor, "signed-in", f"Account/{session.account}", session.started)
            audit_chain.tell(connection, [act])

    def session(
        self, digest: str, now: datetime, *, used: bool = True
    ) -> tuple[Session, Account] | None:
        """A session that lasts, with its account, unless that was disabled.

        Without `used` it is only looked at: a page that refreshes itself keeps nobody signed in.
        """
        asked = (
            sa.select(sessions.c.started, sessions.c.seen, accounts)
            .join(accounts, accounts.c.id == sessions.c.account)
            .where(sessions.c.digest == digest, accounts.c.disabled.is_(None))
            .where(sessions.c.seen > now - IDLE, sessions.c.started > now - LIFE)
        )
        with self.db.read() as connection:
            row = connection.execute(asked).one_or_none()
        if row is None:
            return None
        if used and row.seen < now - _NOTED:
            with self.db.write() as connection:
                this = sa.update(sessions).where(sessions.c.digest == digest)
                connection.execute(this.values(seen=now))
        return Session(digest, row.id, row.started, row.seen), _account(row)

    def close_session(self, digest: str, actor: str, account: str) -> None:
        """Sign out."""
        with self.db.write() as connection:
            connection.execute(sa.delete(sessions).where(sessions.c.digest == digest))
            act = Act(actor, "signed-out", f"Account/{account}", datetime.now(UTC))
            audit_chain.tell(connection, [act])


def _account(row: sa.Row[Any]) -> Account:
    plain = ("id", "name", "password", "totp", "body", "created", "disabled", "failures", "locked")
    told = {name: getattr(row, name) for name in plain}
    return Account(roles=tuple(row.roles["all"]), **told)
