"""The store: its parts as one class, and how to open it."""

from __future__ import annotations

from pathlib import Path

from hub.errors import Issue, Problem
from hub.store import migrate, sealing
from hub.store.accept import Accept
from hub.store.access import Access
from hub.store.accounts import Accounts
from hub.store.amendments import AmendmentsPart
from hub.store.audit import Audit
from hub.store.audit_check import AuditCheck
from hub.store.billing import Billing
from hub.store.books import Books
from hub.store.browse import Browse
from hub.store.deposits import Deposits
from hub.store.engine import Database
from hub.store.exchanges import Exchanges
from hub.store.inbox import Inbox
from hub.store.keyring import Keyring
from hub.store.nearest import Nearest
from hub.store.people import People
from hub.store.person_tasks import PersonTasks
from hub.store.positions import Positions
from hub.store.posture import Posture
from hub.store.questions import Questions
from hub.store.registry import Registry
from hub.store.releases import Releases
from hub.store.replays import Replays
from hub.store.resources import Resources
from hub.store.retention import Retention
from hub.store.rotation import Rotation
from hub.store.sightings import Sightings
from hub.store.switches import Switches
from hub.store.totals import Totals
from hub.store.watching import Watching


class SqlStore(
    Resources,
    Accept,
    Exchanges,
    Deposits,
    Inbox,
    Nearest,
    Registry,
    Totals,
    People,
    PersonTasks,
    Billing,
    Books,
    AmendmentsPart,
    Sightings,
    Positions,
    Questions,
    Rotation,
    Retention,
    Audit,
    AuditCheck,
    Posture,
    Switches,
    Watching,
    Access,
    Accounts,
    Browse,
    Releases,
    Replays,
):
    """hub.ports.Store on SQLite or PostgreSQL; safe to use from many threads."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def close(self) -> None:
        """Give all connections back."""
        self.db.close()


def open_store(url: str, keys: Keyring | None = None) -> SqlStore:
    """The store behind `sqlite:///file` or `postgresql://…`, whose payloads these keys seal.

    Without keys an SQLite file has its own, in the folder `keys` beside it; PostgreSQL has none.

    An SQLite file is made or brought up to date; a PostgreSQL database must be
    (`benkan db upgrade`), because several processes open it.

    Raises:
        Problem: the PostgreSQL database does not have this version's schema.
        Busy: the database cannot be reached.
        ValueError: another kind of URL.
    """
    db = Database(url)
    if not migrate.is_current(db):
        if not db.is_sqlite:
            db.close()
            raise Problem(
                Issue(
                    "exception",
                    "Le schéma de la base n’est pas celui de cette version du hub. "
                    "Lancez « benkan db upgrade », puis redémarrez.",
                    "The database does not have the schema of this version of the hub. "
                    "Run `benkan db upgrade`, then start again.",
                )
            )
        migrate.apply(db)
    if keys is None and db.is_sqlite:
        keys = Keyring(Path(str(db.engine.url.database)).parent / "keys")
    store = SqlStore(db)
    if keys is not None:
        sealing.use(db.engine, keys)
        try:
            store.first_keys()
        except Problem:
            store.close()
            raise
    return store
