"""The audit chain as administrators use it: search, alerts, and the proof that it is whole."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hub.access.matrix import Condition
from hub.errors import Forbidden, Issue
from hub.evidence.chain import Act, Entry
from hub.evidence.checkpoints import key_id, public_key, public_pem
from hub.evidence.verify import Finding, Verdict, verify
from hub.formats import exact_json
from hub.wiring import Hub

AT_ONCE = 100
#: What an audit is searched by.
BY = ("actor", "action", "object")
#: Rows that others than whoever did it should look at, and what each says.
ALERTS: Mapping[str, tuple[str, str]] = {
    "break-glass": ("bris de glace", "break-glass"),
    "unsafe-start": (
        "démarrage accepté malgré une vérification",
        "start accepted in spite of a check",
    ),
    "totp-shown": ("secret des codes lu en clair", "secret for codes read"),
    "unproven": (
        "réponse dont l'organisme n'a pas prouvé l'origine",
        "answer whose origin the institution did not prove",
    ),
    "account-locked": ("compte bloqué après des échecs", "account locked after failures"),
    "client-added": ("système enregistré", "system registered"),
    "client-rotated": ("clés remplacées", "keys replaced"),
}


@dataclass(frozen=True, slots=True)
class Verified:
    """What the chain says of itself, and how it differs from what is stored."""

    verdict: Verdict
    findings: list[Finding]


def whole(condition: Condition | None) -> None:
    """Does this reach of `audit.read` cover all rows?

    Raises:
        Forbidden: only what is theirs: those rows are on each exchange.
    """
    if condition is not Condition.ALL:
        raise Forbidden(
            Issue(
                "forbidden",
                "Les lignes d'audit de votre organisme se lisent sur la page de chaque échange.",
                "The audit rows of your institution are on the page of each exchange.",
            )
        )


def search(hub: Hub, who: str, chosen: Mapping[str, str], limit: int = AT_ONCE) -> list[Entry]:
    """The newest rows that fit; that somebody searched is itself a row.

    Args:
        chosen: values of BY; "" is any.
    """
    asked = {name: chosen.get(name) or None for name in BY}
    found = hub.store.audit_search(**asked, limit=limit)
    _record(hub, who, "audit-searched", **{k: v for k, v in chosen.items() if v})
    return found


def alerts(hub: Hub, limit: int, action: str = "") -> list[dict[str, Any]]:
    """Break-glass with its reason, starts accepted in spite of a check, accounts that were locked,
    systems let in: newest first, as rows of the chain; `action` narrows them to one of ALERTS."""
    wanted = [one for one in ALERTS if action in ("", one)]
    found = [hub.store.audit_search(action=one, limit=limit) for one in wanted]
    newest = sorted(itertools.chain(*found), key=lambda entry: -entry.seq)[:limit]
    return [exact_json.loads(entry.content.encode()) for entry in newest]


def verified(hub: Hub, who: str) -> Verified:
    """Check the whole chain and what is stored; both directions of tampering are found."""
    public = public_key(public_pem(hub.audit_key.public_key()))
    verdict = verify(hub.store.audit_entries(), hub.store.checkpoints(), {key_id(public): public})
    findings = [*verdict.findings, *hub.store.audit_differences()]
    _record(hub, who, "audit-verified", rows=verdict.entries, findings=len(findings))
    return Verified(verdict, findings)


def _record(hub: Hub, who: str, action: str, /, **detail: Any) -> None:
    hub.store.record([Act(who, action, "Audit", datetime.now(UTC), detail)])
