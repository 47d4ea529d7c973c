"""What the hub's account may do in its database: it cannot touch what is proved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import psycopg
import pytest
import sqlalchemy as sa
from servers.keys import KEYS
from servers.postgres import Postgres
from store_nouns import accepted, event, exchange

from hub.errors import Misconfigured
from hub.evidence.checkpoints import key_id, new_private_key, private_key
from hub.evidence.verify import verify
from hub.model import State
from hub.ports import Change
from hub.store import SqlStore, migrate, open_store

ROLE = 'benkan "app"'  # a name that has to be quoted
KEY = private_key(new_private_key())
APPEND_ONLY = ("audit", "audit_checkpoints")


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> Iterator[str]:
    """A database whose application role was granted its rights."""
    name = postgres.database()
    migrate.upgrade(postgres.url(name))
    with suppress(psycopg.errors.DuplicateObject):
        postgres.execute('CREATE ROLE "benkan ""app""" LOGIN')
    owner = open_store(postgres.url(name), KEYS)
    owner.grant(ROLE)
    owner.grant(ROLE)  # after each upgrade again
    owner.close()
    yield name
    postgres.drop(name)


def address(postgres: Postgres, database: str) -> str:
    url = sa.make_url(postgres.url(database)).set(username=ROLE)
    return url.render_as_string(hide_password=False)


@pytest.fixture
def application(postgres: Postgres, database: str) -> Iterator[SqlStore]:
    store = open_store(address(postgres, database), KEYS)
    yield store
    store.close()


def test_the_application_role_can_do_all_its_work(application: SqlStore) -> None:
    one = exchange()
    accepted(application, one)
    leased = application.lease(one.id, 60)
    assert leased is not None
    application.save(Change(leased, (event("asked", state=State.ACCEPTED),)))
    assert application.use_once("jti", "x", leased.created)
    application.remember("client", "key", "hash")
    application.forget("client", "key")
    assert application.sign_checkpoint(KEY) is not None
    keys = {key_id(KEY.public_key()): KEY.public_key()}
    assert verify(application.audit_entries(), application.checkpoints(), keys).holds
    assert application.audit_rights() == []


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE {} SET digest = 'x'",
        "UPDATE {} SET digest = 'x' WHERE false",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "DROP TABLE {}",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "DROP TRIGGER {}_append_only ON {}",
        "ALTER TABLE {} OWNER TO CURRENT_USER",
        "SET session_replication_role = replica",
        "CREATE TABLE mine AS SELECT * FROM {}",
    ],
)
def test_the_application_role_cannot_change_the_chain(
    application: SqlStore, table: str, sql: str
) -> None:
    accepted(application, exchange())
    before = len(list(application.audit_entries()))
    with application.db.engine.connect() as connection:
        order = sql.format(table, table)
        with pytest.raises(sa.exc.DBAPIError) as refused:
            connection.exec_driver_sql(order)
        said = str(refused.value)
        assert "permission denied" in said or "must be owner" in said
    assert application.audit_rights() == []
    assert len(list(application.audit_entries())) == before


def test_an_owner_and_a_superuser_are_told_apart_from_it(postgres: Postgres, database: str) -> None:
    owner = open_store(postgres.url(database), KEYS)
    rights = owner.audit_rights()
    owner.close()
    assert {"audit: OWNER", "audit: UPDATE", "audit: DELETE", "audit: TRUNCATE"} <= set(rights)


@pytest.mark.parametrize("right", ["UPDATE", "UPDATE (actor)", "DELETE", "TRUNCATE", "TRIGGER"])
def test_any_right_too_many_is_named(
    postgres: Postgres, database: str, application: SqlStore, right: str
) -> None:
    quoted = '"benkan ""app"""'
    with psycopg.connect(postgres.url(database), autocommit=True) as owner:
        owner.execute(f"GRANT {right} ON audit TO {quoted}")
        try:
            assert application.audit_rights() != []
        finally:
            owner.execute(f"REVOKE {right} ON audit FROM {quoted}")
    assert application.audit_rights() == []


def test_a_missing_or_sleeping_trigger_is_named(store: SqlStore) -> None:
    there = store.audit_rights()
    with store.db.engine.begin() as connection:
        connection.exec_driver_sql(
            "DROP TRIGGER audit_no_delete"
            if store.db.is_sqlite
            else "ALTER TABLE audit DISABLE TRIGGER audit_append_only"
        )
    try:
        assert [one for one in store.audit_rights() if one not in there] == [
            "audit_no_delete missing" if store.db.is_sqlite else "audit_append_only missing"
        ]
    finally:
        if not store.db.is_sqlite:
            with store.db.engine.begin() as connection:
                connection.exec_driver_sql("ALTER TABLE audit ENABLE TRIGGER audit_append_only")


@pytest.mark.parametrize("role", ["nobody_of_this_name", "benkan"])
def test_rights_are_given_only_to_an_ordinary_role(
    postgres: Postgres, database: str, role: str
) -> None:
    owner = open_store(postgres.url(database), KEYS)
    with pytest.raises(Misconfigured, match="CREATE ROLE"):
        owner.grant(role)
    owner.close()


def test_sqlite_has_no_roles_and_one_clock(tmp_path: object) -> None:
    store = open_store(f"sqlite:///{tmp_path}/hub.sqlite")
    with pytest.raises(Misconfigured, match="SQLite"):
        store.grant("anybody")
    assert abs(store.clock_offset()) < 1
    store.close()


def test_the_clock_of_the_database_is_compared(application: SqlStore) -> None:
    assert abs(application.clock_offset()) < 5
