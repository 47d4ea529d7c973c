"""Called by Alembic: runs the changes on the connection that hub.store.migrate opened."""

from __future__ import annotations

from alembic import context

from hub.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite keeps CREATE and ALTER in transactions too, once Python's driver lets it.
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
