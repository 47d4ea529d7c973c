"""What of the stored evidence a caller may see: joins the rights matrix to the store."""

from __future__ import annotations

from hub.access.clients import Caller
from hub.access.matrix import Condition
from hub.exchange.routing import Routing
from hub.store import SqlStore
from hub.store.audit_sight import AuditSight
from hub.store.audit_sight import Wanted as Wanted


def audit_sight(
    store: SqlStore, table: Routing, caller: Caller, reach: Condition | None
) -> AuditSight:
    """The rows of the audit within this reach of the caller's; none when it is denied."""
    if reach is Condition.ALL:
        return AuditSight(store.db, all=True)
    if reach is Condition.OWN:
        return AuditSight(store.db, tenant=caller.tenant)
    if reach is Condition.BODY:
        found = table.bodies.get(caller.body)
        return AuditSight(store.db, partner=found.partner if found else "")
    return AuditSight(store.db)
