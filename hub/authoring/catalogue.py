"""Every map and table with its versions: what came with the hub and what was published here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from hub.errors import Issue, NotFound
from hub.ports.releases import CARE, EDITABLE, Draft, Entry, Version, When, effective, now
from hub.release_wiring import Found, headers
from hub.wiring import Hub


@dataclass(frozen=True, slots=True)
class Artefact:
    """One map or table, as a list shows it."""

    url: str
    kind: str  #: StructureMap | ConceptMap | CodeSystem | StructureDefinition
    title: str
    version: str  #: what holds now; "" when nothing does
    state: str  #: packaged | effective | retired | new (only a draft)
    scheduled: Entry | None = None  #: what holds from a date to come
    draft: Draft | None = None

    @property
    def editable(self) -> bool:
        """May it have a draft?"""
        return self.kind in EDITABLE


@dataclass(frozen=True, slots=True)
class Known:
    """One version with what became of it."""

    version: Version
    state: str  #: effective | approved (from a date to come) | replaced | retired | available
    entries: Sequence[Entry]


def artefacts(hub: Hub) -> list[Artefact]:
    """All maps, tables, code systems and models, by kind and url."""
    entries = hub.maps.entries()
    drafts = {draft.url: draft for draft in hub.store.drafts()}
    decided = {entry.url: entry.kind for entry in entries}
    packaged = hub.maps.packaged
    urls = {*packaged, *decided, *drafts} - {""}
    made = [_artefact(hub, url, entries, packaged.get(url, ()), drafts.get(url)) for url in urls]
    return sorted(made, key=lambda one: (headers.KINDS.index(one.kind), one.url))


def artefact(hub: Hub, url: str) -> Artefact:
    """One of them.

    Raises:
        NotFound: nothing has this url.
    """
    entries = [one for one in hub.maps.entries() if one.url == url]
    packaged, draft = hub.maps.packaged.get(url, ()), hub.store.draft(url)
    if not url or not (entries or packaged or draft):
        raise _unknown(url)
    return _artefact(hub, url, entries, packaged, draft)


def _artefact(
    hub: Hub, url: str, entries: Sequence[Entry], packaged: Sequence[Found], draft: Draft | None
) -> Artefact:
    own = [entry for entry in entries if entry.url == url]
    standing = effective(own, now()).get(url)
    version = standing.version if standing else newest(packaged)
    state = "packaged" if version else "new"
    if standing is not None:
        state = "effective" if version else "retired"
    kind = draft.kind if draft else own[-1].kind if own else packaged[-1].head.kind
    return Artefact(
        url, kind, _title(hub, url, version, draft), version, state, _next(own, standing), draft
    )


def newest(packaged: Sequence[Found]) -> str:
    """The version of what came with the hub that holds when nothing was published."""
    versions = [one.head.version for one in packaged]
    return headers.newest(versions) if versions else ""


def _title(hub: Hub, url: str, version: str, draft: Draft | None) -> str:
    shipped = hub.maps.packaged.get(url, ())
    told = next((one.head.title for one in shipped if one.head.version == version), "")
    told = told or next((one.head.title for one in shipped), "")
    if not told and draft is not None:
        told = headers.head(draft.text, draft.form).title
    return told or url.rpartition("/")[2]


def _next(own: Sequence[Entry], standing: Entry | None) -> Entry | None:
    """The first entry that will take over, none when a later decision is in its way."""
    coming = [one for one in own if not one.applies(now())]
    lasting = (e for e in coming if effective(own, beginning(e)).get(e.url) == e)
    found = min(lasting, key=lambda one: one.start, default=None)
    return None if standing is not None and found == standing else found


def beginning(entry: Entry) -> When:
    """The dates of the first exchange an entry holds for."""
    present = now()
    if entry.by == CARE:
        day = date.fromisoformat(entry.start)
        submitted = datetime.combine(day, time(), UTC)
        return When(day, max(submitted, present.submitted))
    start = datetime.fromisoformat(entry.start)
    return When(max(start.date(), present.care), start)


def versions(hub: Hub, url: str) -> list[Known]:
    """Every version of an artefact, the newest first.

    Raises:
        NotFound: nothing has this url.
    """
    about = artefact(hub, url)
    own = [entry for entry in hub.maps.entries() if entry.url == url]
    every = {one.head.version: shipped(one) for one in hub.maps.packaged.get(url, ())}
    every |= {one.version: one for one in hub.store.release_versions(url)}
    known = [
        Known(
            one,
            _state(about, own, one.version, newest(hub.maps.packaged.get(url, ()))),
            [e for e in own if e.version == one.version],
        )
        for one in every.values()
    ]
    return sorted(known, key=lambda one: headers.rank(one.version.version), reverse=True)


def _state(about: Artefact, own: Sequence[Entry], version: str, shipped: str) -> str:
    if about.version == version:
        return "effective"
    if about.scheduled is not None and about.scheduled.version == version:
        return "approved"
    decided = [entry for entry in own if entry.version]
    if about.state == "retired" and decided and decided[-1].version == version:
        return "retired"
    held = version == shipped or version in {entry.version for entry in own}
    return "replaced" if held and own else "available"


def version(hub: Hub, url: str, number: str) -> Version:
    """One version, packaged or published.

    Raises:
        NotFound: there is none of this number.
    """
    found = next((k.version for k in versions(hub, url) if k.version.version == number), None)
    if found is None:
        raise NotFound(
            Issue(
                "not-found",
                f"Pas de version {number} de {url} : « benkan release show » les montre.",
                f"No version {number} of {url}: 'benkan release show' shows them.",
            )
        )
    return found


def shipped(found: Found) -> Version:
    """What came with the hub, as a version."""
    told = found.head
    hash, at = headers.digest(found.text, {}), datetime.min.replace(tzinfo=UTC)
    return Version(
        told.url, told.version, told.kind, found.form, found.text, hash, at, origin="packaged"
    )


def by_url(hub: Hub) -> Mapping[str, Artefact]:
    """All artefacts, to be found by url."""
    return {one.url: one for one in artefacts(hub)}


def _unknown(url: str) -> NotFound:
    return NotFound(
        Issue(
            "not-found",
            f"Aucune carte ni table {url} : « benkan release list » les montre.",
            f"No map or table {url}: 'benkan release list' shows them.",
        )
    )
