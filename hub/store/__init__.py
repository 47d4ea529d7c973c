"""What the hub remembers: SQLite or PostgreSQL behind one door."""

from __future__ import annotations

from hub.store.keyring import Keyring
from hub.store.retention import Limits
from hub.store.scoped import ScopedStore
from hub.store.store import SqlStore, open_store
from hub.store.writer import GroupWriter

__all__ = ["GroupWriter", "Keyring", "Limits", "ScopedStore", "SqlStore", "open_store"]
