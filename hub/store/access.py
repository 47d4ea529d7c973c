"""Registered systems, the tokens they were given, and what may be used only once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from hub.access.clients import Client
from hub.access.tokens import Token
from hub.evidence.chain import Act
from hub.store import audit_chain
from hub.store.access_tables import clients, tokens, used
from hub.store.engine import Database, looks_again


class Access:
    """The part of the store that knows who may call."""

    db: Database

    def client(self, id: str) -> Client | None:
        """A registered system by its id, also when it is disabled."""
        with self.db.read() as connection:
            found = connection.execute(sa.select(clients).where(clients.c.id == id)).one_or_none()
        return None if found is None else _client(found)

    def clients(self) -> list[Client]:
        """All registered systems, by id."""
        with self.db.read() as connection:
            rows = connection.execute(sa.select(clients).order_by(clients.c.id)).all()
        return [_client(row) for row in rows]

    @looks_again
    def put_client(self, client: Client, actor: str, action: str) -> None:
        """Register a system, or write it as it is now; its tokens end unless nothing changed."""
        now = datetime.now(UTC)
        values = _values(client) | {"created": client.created or now}
        with self.db.write() as connection:
            same = clients.c.id == client.id
            if connection.execute(sa.select(clients.c.id).where(same)).first() is None:
                connection.execute(sa.insert(clients), [values])
            else:
                connection.execute(sa.update(clients).where(same).values(**values))
                connection.execute(sa.delete(tokens).where(tokens.c.client == client.id))
            detail = {"roles": list(client.roles), "tenant": client.tenant, "scopes": client.scopes}
            act = Act(actor, action, f"Client/{client.id}", now, detail)
            audit_chain.tell(connection, [act])

    def keep_token(self, token: Token) -> None:
        """Remember a token that was given, and forget those that have expired."""
        values = {name: getattr(token, name) for name in tokens.c.keys()}  # noqa: SIM118
        with self.db.write() as connection:
            gone = datetime.now(UTC) - timedelta(minutes=5)
            connection.execute(sa.delete(tokens).where(tokens.c.expires < gone))
            connection.execute(sa.insert(tokens), [values])
            detail = {"scopes": token.scopes} | (
                {"purpose": token.purpose} if token.purpose else {}
            )
            at = datetime.now(UTC)
            act = Act(token.client, "token-given", f"Client/{token.client}", at, detail)
            audit_chain.tell(connection, [act])

    def token(self, digest: str) -> tuple[Token, Client] | None:
        """A token that has not expired, with its client, unless that was disabled."""
        asked = (
            sa.select(tokens.c.expires, tokens.c.scopes.label("given"))
            .add_columns(tokens.c.certificate.label("bound"), tokens.c.purpose, clients)
            .join(clients, clients.c.id == tokens.c.client)
            .where(tokens.c.digest == digest, tokens.c.expires > self.db.now())
            .where(clients.c.disabled.is_(None))
        )
        with self.db.read() as connection:
            row = connection.execute(asked).one_or_none()
        if row is None:
            return None
        token = Token(digest, row.id, row.given, row.expires, row.bound, row.purpose)
        return token, _client(row)

    def use_once(self, kind: str, value: str, until: datetime) -> bool:
        """False when it was used before. Remembered until then, in every process."""
        try:
            with self.db.write() as connection:
                connection.execute(sa.delete(used).where(used.c.until < self.db.now()))
                row = {"kind": kind, "value": value, "until": until}
                connection.execute(sa.insert(used), [row])
        except IntegrityError:
            return False
        return True

    def use_again(self, kind: str, value: str) -> None:
        """What was used once may be used once more."""
        with self.db.write() as connection:
            mine = (used.c.kind == kind) & (used.c.value == value)
            connection.execute(sa.delete(used).where(mine))


def _values(client: Client) -> dict[str, Any]:
    plain = ("id", "name", "tenant", "scopes", "body", "jwks", "jwks_url", "certificate")
    values = {name: getattr(client, name) for name in (*plain, "disabled")}
    lists = {name: {"all": list(getattr(client, name))} for name in ("roles", "organizations")}
    return values | lists


def _client(row: sa.Row[Any]) -> Client:
    return Client(
        id=row.id,
        name=row.name,
        roles=tuple(row.roles["all"]),
        tenant=row.tenant,
        organizations=tuple(row.organizations["all"]),
        scopes=row.scopes,
        body=row.body,
        jwks=row.jwks,
        jwks_url=row.jwks_url,
        certificate=row.certificate,
        created=row.created,
        disabled=row.disabled,
    )
