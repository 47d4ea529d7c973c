"""A second person decides: a version holds from a date, is withdrawn, or the one before returns."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from hub.access.matrix import Condition
from hub.authoring import catalogue
from hub.authoring.conflicts import overtaken, present
from hub.authoring.people import Person, broke_glass, other, reasoned, require
from hub.errors import Conflict, Invalid, Issue, NotFound
from hub.formats import exact_json
from hub.ports.releases import CARE, EDITABLE, SUBMISSION, Entry, Version, effective, now
from hub.release_wiring import headers
from hub.wiring import Hub

#: From when: a day of care, a day or instant of submission; None: from now on.
Start = date | datetime | None


def approve(
    hub: Hub,
    person: Person,
    url: str,
    hash: str,
    effective: Start = None,
    by: str = SUBMISSION,
    reason: str = "",
) -> Entry:
    """Publish a proposed draft; its text never changes from here on.

    Args:
        hash: of the draft this person has reviewed.
        effective: from when it holds; also a date gone by: exchanges that were not translated
            yet take it, others keep what they were translated with.
        by: "care" (day of care) or "submission".
        reason: why, for the history.

    Raises:
        Forbidden: no right, or their own work. NotFound: no draft.
        Overtaken: the draft is another than the one reviewed, or is decided already.
        Invalid: no reason, or an impossible date.
    """
    require(hub, person, "mapping.publish", url)
    draft = present(hub, url)
    other(person, (*draft.authors, draft.proposer))
    reason = reasoned(reason)
    if draft.state != "proposed" or draft.hash != hash:
        raise overtaken(hub, url)
    number, at = headers.head(draft.text, draft.form).version, datetime.now(UTC)
    made = Version(
        url=url,
        version=number,
        kind=draft.kind,
        form=draft.form,
        text=draft.text,
        hash=draft.hash,
        at=at,
        examples=draft.examples,
        authors=draft.authors,
        proposer=draft.proposer,
        approver=person.id,
    )
    start = _start(effective, by, at)
    entry = Entry(
        url, draft.kind, "published", number, draft.hash, by, start, person.id, reason, at
    )
    told = {"authors": list(draft.authors), "proposer": draft.proposer, "note": draft.note}
    if not hub.store.publish(entry, made, draft, told):
        raise overtaken(hub, url)
    return entry


def retire(
    hub: Hub,
    person: Person,
    url: str,
    reason: str,
    effective: Start = None,
    by: str = SUBMISSION,
) -> Entry:
    """Let nothing hold for an artefact any more; open exchanges keep what they were pinned to.

    Raises:
        Forbidden: no right, or their own work. NotFound. Conflict: nothing holds anyway.
    """
    require(hub, person, "mapping.publish", url)
    about = catalogue.artefact(hub, url)
    if about.kind not in EDITABLE or not about.version:
        raise _nothing(url)
    present_one = catalogue.version(hub, url, about.version)
    other(person, present_one.authors)
    at = datetime.now(UTC)
    start = _start(effective, by, at)
    entry = Entry(url, about.kind, "retired", "", "", by, start, person.id, reasoned(reason), at)
    hub.store.publish(entry, None, None, {"was": about.version})
    return entry


def previous(hub: Hub, url: str) -> Version | None:
    """The version that held before the one that holds now; None when nothing was decided."""
    own = [entry for entry in hub.maps.entries() if entry.url == url]
    standing = effective(own, now()).get(url)
    if standing is None:
        return None
    before = effective([one for one in own if one.seq < standing.seq], now()).get(url)
    number = before.version if before else catalogue.newest(hub.maps.packaged.get(url, ()))
    return catalogue.version(hub, url, number) if number else None


def revert(hub: Hub, person: Person, url: str, reason: str) -> Entry:
    """Return to the version before, for the dates for which the present one holds.

    An operator may do so in an emergency (break-glass); a publisher when it is not their work.

    Raises:
        Forbidden: no right, or their own work. NotFound: nothing to go back to.
        Invalid: no reason. Conflict: somebody decided at the same moment.
    """
    reach = require(hub, person, "mapping.rollback", url)
    target = previous(hub, url)
    own = [entry for entry in hub.maps.entries() if entry.url == url]
    if target is None:
        catalogue.artefact(hub, url)
        raise _nothing(url)
    reason = reasoned(reason)
    if reach is Condition.GLASS:
        broke_glass(hub, person, f"{target.kind}/{url}", reason)
    else:
        other(person, target.authors)
    standing, at = effective(own, now())[url], datetime.now(UTC)
    stored = hub.store.release_version(url, target.version)
    made = None if stored else replace(target, at=at)
    entry = Entry(
        url,
        target.kind,
        "reverted",
        target.version,
        target.hash,
        standing.by,
        standing.start,
        person.id,
        reason,
        at,
    )
    if not hub.store.publish(entry, made, None, {"was": standing.version}):
        raise overtaken(hub, url)
    return entry


def history(hub: Hub, url: str) -> list[dict[str, Any]]:
    """Who did what, when and why, newest first: from the audit chain.

    Gives trees with at (ISO 8601), actor, action and detail.
    """
    kind = catalogue.artefact(hub, url).kind
    found = hub.store.audit_search(object=f"{kind}/{url}", limit=500)
    told = (exact_json.loads(entry.content.encode()) for entry in found)
    return [{name: one.get(name) for name in ("at", "actor", "action", "detail")} for one in told]


def _start(given: Start, by: str, at: datetime) -> str:
    """The start as an entry keeps it.

    Raises:
        Invalid: an unknown way to choose, or an instant without a zone.
    """
    if by == CARE:
        return (given.date() if isinstance(given, datetime) else given or at.date()).isoformat()
    if by != SUBMISSION:
        raise Invalid(
            Issue(
                "value",
                "La date se compte par « care » (soins) ou « submission » (dépôt).",
                "The date counts by 'care' or by 'submission'.",
            )
        )
    if given is None:
        return at.isoformat()
    whole = given if isinstance(given, datetime) else datetime.combine(given, time(), UTC)
    if whole.tzinfo is None:
        raise Invalid(
            Issue(
                "value",
                "Donnez l'heure avec son fuseau, par exemple 2026-12-01T08:00:00Z.",
                "Give the time with its zone, for example 2026-12-01T08:00:00Z.",
            )
        )
    return whole.astimezone(UTC).isoformat()


def _nothing(url: str) -> Conflict | NotFound:
    return Conflict(
        Issue(
            "business-rule",
            f"Rien à faire : aucune version publiée ici de {url} n'est en vigueur, ou elle ne se "
            "gère pas ici.",
            f"Nothing to do: no version of {url} published here holds, or it is not managed here.",
        )
    )
