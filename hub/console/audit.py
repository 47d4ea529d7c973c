"""The audit chain: search it, and verify that nobody changed it."""

from __future__ import annotations

from starlette.responses import Response

from hub.access.matrix import Condition
from hub.console.exchange import row
from hub.console.gate import route
from hub.console.visit import Visit
from hub.errors import Forbidden, Issue
from hub.evidence.checkpoints import key_id, public_key, public_pem
from hub.evidence.verify import verify

AT_ONCE = 100


def audit(visit: Visit) -> Response:
    """The newest rows that fit; only for people whose right reaches all of it.

    Raises:
        Forbidden: their right reaches only what is theirs: those rows are on each exchange.
    """
    if visit.granted("audit.read") is not Condition.ALL:
        raise Forbidden(
            Issue(
                "forbidden",
                "Les lignes d'audit de votre organisme se lisent sur la page de chaque échange.",
                "The audit rows of your institution are on the page of each exchange.",
            )
        )
    chosen = {name: visit.asked(name) for name in ("actor", "action", "object")}
    asked = {name: value or None for name, value in chosen.items()}
    found = visit.hub.store.audit_search(**asked, limit=AT_ONCE)
    visit.record("audit-searched", "Audit", **{k: v for k, v in chosen.items() if v})
    return visit.page("audit.html", rows=[row(one) for one in found], chosen=chosen, most=AT_ONCE)


def verified(visit: Visit) -> Response:
    """Check the whole chain and what is stored; both directions of tampering are found."""
    if visit.request.method == "GET":
        return visit.page("verify.html", verdict=None, findings=[])
    store, key = visit.hub.store, visit.hub.audit_key.public_key()
    public = public_key(public_pem(key))
    verdict = verify(store.audit_entries(), store.checkpoints(), {key_id(public): public})
    findings = [*verdict.findings, *store.audit_differences()]
    visit.record("audit-verified", "Audit", rows=verdict.entries, findings=len(findings))
    return visit.page("verify.html", verdict=verdict, findings=findings)


ROUTES = (
    route("/audit", audit, "audit.read"),
    route("/audit/verify", verified, "audit.verify", post=True),
)
