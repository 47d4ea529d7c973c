"""Notices about insured people, pushed by the bodies: registration, covers, definitive numbers.

A notice becomes Patient and Coverage resources. People are found by their identifiers through the
crosswalk, never by name alone; what leads to several people waits for a person to decide.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from urllib.parse import quote

from hub.errors import Busy, Problem, UnknownPerson, Unreadable
from hub.exchange import (
    covers,
    crosswalk,
    dossier,
    merging,
    names,
    registration_issues,
    resources,
)
from hub.exchange.parts import Parts
from hub.formats import exact_json
from hub.model import NewResource, Operation, Reply, Tree
from hub.ports import Criterion, Doubt, Identity, Piece, Registration

log = logging.getLogger(__name__)

#: meta.source of what a notice made: <NOTICE><partner>/<number of the notice>.
NOTICE = "https://benkan.example/fhir/avis/"
#: How often a notice is worked out anew because another one changed the same person meanwhile.
MOST_TRIES = 10


def apply(parts: Parts, partner: str, reply: Reply) -> bool:
    """One notice, applied once; False when it must be tried again later: a cover told before the
    person it is for was registered waits for that notice.

    Raises:
        Unreadable, Unmappable: it cannot be read, or its number was another notice's.
    """
    notice = reply.partner_reference
    if notice and parts.store.notice_known(partner, notice):
        raise Unreadable(registration_issues.again(f"{partner} {notice}"))
    bundle = _bundle(parts, partner, reply)
    for _ in range(MOST_TRIES):
        work = Work(parts, partner, notice, _as_of(bundle, parts.clock.now()))
        try:
            registration = _worked_out(work, bundle, reply)
        except UnknownPerson as doubt:
            if doubt.kind == "unknown":
                return False
            parts.store.open_task(
                Doubt(doubt.kind, doubt.keys, doubt.text, partner=partner, news=reply),
                str(uuid.uuid4()),
            )
            return True
        if parts.store.register(registration):
            return True
    return False


def _worked_out(work: Work, bundle: Tree, reply: Reply) -> Registration:
    try:
        return work.registration(bundle, reply)
    except (UnknownPerson, Unreadable, Busy):
        raise
    except Problem as problem:  # what its map made of it is no valid resource
        raise Unreadable(*problem.issues) from problem
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        log.exception("notice %s cannot be worked out", work.source)
        raise Unreadable(registration_issues.impossible(work.source)) from error


def _bundle(parts: Parts, partner: str, reply: Reply) -> Tree:
    name = f"{dossier.MAPS}{partner}-{Operation.REGISTRATION}-answer"
    source = {
        "answer": parts.adapters[partner].decode(reply),
        "received": parts.clock.now().isoformat(timespec="milliseconds"),
    }
    return parts.mapper.map(parts.mapper.pin(name), source)


def _as_of(bundle: Tree, now: datetime) -> datetime:
    """The body's own date of the news: Bundle.timestamp, else meta.lastUpdated, else today."""
    listed = [entry.get("resource") or {} for entry in bundle.get("entry", [])]
    told = [bundle.get("timestamp"), *((r.get("meta") or {}).get("lastUpdated") for r in listed)]
    text = next((str(t) for t in told if t), "")
    try:
        found = datetime.fromisoformat(text) if text else now
    except ValueError:
        return now
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass
class Work:
    """One notice being worked out against what is stored now."""

    parts: Parts
    partner: str
    notice: str
    as_of: datetime
    new: dict[str, tuple[Tree, int]] = field(default_factory=dict)  #: Type/id → (tree, version)
    identities: list[Identity] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    people: dict[crosswalk.Key, str] = field(default_factory=dict)  #: of this notice
    seen: set[tuple[str, str, str]] = field(default_factory=set)

    @property
    def source(self) -> str:
        """Where it comes from, for the crosswalk."""
        return f"{self.partner} {self.notice}".strip()

    @property
    def day(self) -> date:
        """The day of the news, by which identifiers are read."""
        return self.as_of.date()

    def registration(self, bundle: Tree, reply: Reply) -> Registration:
        """All that the notice changes.

        Raises:
            UnknownPerson: its identifiers lead to several people, or to somebody else.
        """
        told = [entry["resource"] for entry in bundle.get("entry", []) if entry.get("resource")]
        for one in told:
            if one.get("resourceType") == "Patient":
                self._patient(one)
        for one in told:
            if one.get("resourceType") == "Coverage":
                self._coverage(one)
        return Registration(
            partner=self.partner,
            notice=self.notice,
            reply=reply,
            resources=[self._stored(*one) for one in self.new.values()],
            identities=self.identities,
            pieces=self.pieces,
            persons=frozenset(self.seen),
        )

    # -- people --------------------------------------------------------------------------------

    def _patient(self, told: Tree) -> None:
        keys = crosswalk.keys(told)
        if not keys:
            raise Unreadable(registration_issues.nameless(self.source))
        found = crosswalk.find(self.parts.store, keys, self.day)
        if found.several:
            raise UnknownPerson(
                registration_issues.several(self.source, keys), kind="ambiguous", keys=keys
            )
        person = found.person or resources.new_id()
        known, version = self._known("Patient", person)
        if known is not None and not found.decided and names.contradict(known, told):
            raise UnknownPerson(
                registration_issues.contradicts(self.source, keys), kind="ambiguous", keys=keys
            )
        rows = self.parts.store.identities(keys)
        others = {(row.system, row.value) for row in rows if row.person != person}
        mine = [i for i in told["identifier"] if (i.get("system"), i.get("value")) not in others]
        told = {**told, "identifier": mine}
        late = known is not None and self._newest(f"Patient/{person}", person) > self.as_of
        merged = merging.patient(known, told, self.as_of, late=late)
        self._note(merging.identities(merged, person, self.source))
        self.people |= dict.fromkeys(keys, person)
        self._keep("Patient", person, person, known, merged, version, late=late)
        if known is None:
            self._link(person, keys)

    def _note(self, rows: list[Identity]) -> None:
        self.identities += rows
        known = self.parts.store.identities([(row.system, row.value) for row in rows])
        self.seen |= {(row.system, row.value, row.person) for row in known}

    def _link(self, person: str, keys: list[crosswalk.Key]) -> None:
        """Dependants whose insured was not known yet: their covers name the person now."""
        for system, value in keys:
            waits = Criterion("subscriber:identifier", [("eq", system, value)])
            for stored in self.parts.store.search("Coverage", [waits], covers.MOST, None).resources:
                tree = exact_json.loads(stored.body)
                subscriber = tree.get("subscriber") or {}
                if "reference" not in subscriber:
                    linked = {**subscriber, "reference": f"Patient/{person}"}
                    name = f"Coverage/{stored.id}"
                    self.new[name] = (tree | {"subscriber": linked}, stored.version)
                    self.pieces.append(Piece(name, person, self.as_of, "linked"))

    # -- covers --------------------------------------------------------------------------------

    def _coverage(self, told: Tree) -> None:
        person = self._party(told.get("beneficiary"))
        if not person:
            keys = crosswalk.keys(_logical(told.get("beneficiary")))
            raise UnknownPerson(
                registration_issues.nobody(self.source, keys), kind="unknown", keys=keys
            )
        told = dict(told)
        told["beneficiary"] = {**told["beneficiary"], "reference": f"Patient/{person}"}
        if "subscriber" in told:
            insured = self._party(told["subscriber"])
            link = {"reference": f"Patient/{insured}"} if insured else {}
            told["subscriber"] = {**told["subscriber"], **link}
        mine = self._covers(person)
        before = next(((c, v) for c, v in mine if covers.same(self.parts.table, c, told)), None)
        known, version = before or (None, 0)
        id = str(known["id"]) if known else resources.new_id()
        if known is not None and self._newest(f"Coverage/{id}", person) > self.as_of:
            self.pieces.append(Piece(f"Coverage/{id}", person, self.as_of, "late"))
            return
        merged = merging.cover(known, told) if known else told
        for other, other_version in mine:
            if other["id"] == id:
                continue
            merged = covers.adjoined(self.parts.table, merged, other) or merged
            closed = covers.adjoined(self.parts.table, other, merged)
            if closed is not None:
                name = f"Coverage/{other['id']}"
                self.new[name] = (closed, other_version)
                self.pieces.append(Piece(name, person, self.as_of, "closed"))
        self._keep("Coverage", id, person, known, merged, version)

    def _covers(self, person: str) -> list[tuple[Tree, int]]:
        """The covers of a person, as this notice has changed them so far."""
        stored = covers.of(self.parts.store, person)
        found = {f"Coverage/{tree['id']}": (tree, version) for tree, version in stored}
        beneficiary = f"Patient/{person}"
        found |= {
            name: new
            for name, new in self.new.items()
            if (new[0].get("beneficiary") or {}).get("reference") == beneficiary
        }
        return list(found.values())

    def _party(self, reference: Tree | None) -> str:
        """The person a logical reference names, in this notice or by the crosswalk."""
        keys = crosswalk.keys(_logical(reference))
        here = next((self.people[key] for key in keys if key in self.people), "")
        return here or crosswalk.find(self.parts.store, keys, self.day).person

    # -- what is stored ------------------------------------------------------------------------

    def _known(self, type: str, id: str) -> tuple[Tree | None, int]:
        stored = self.parts.store.read(type, id)
        return (exact_json.loads(stored.body), stored.version) if stored else (None, 0)

    def _newest(self, resource: str, person: str) -> datetime:
        """The date of the newest notice applied to a resource."""
        moments = [
            piece.as_of
            for _, _, piece in self.parts.store.pieces(person)
            if piece.resource == resource and piece.outcome in ("created", "updated", "unchanged")
        ]
        return max(moments, default=datetime.min.replace(tzinfo=UTC))

    def _keep(
        self,
        type: str,
        id: str,
        person: str,
        known: Tree | None,
        merged: Tree,
        version: int,
        *,
        late: bool = False,
    ) -> None:
        name = f"{type}/{id}"
        same = known is not None and merging.content(known) == merging.content(merged)
        outcome = "created" if known is None else ("unchanged" if same else "updated")
        self.pieces.append(Piece(name, person, self.as_of, "late" if late else outcome))
        if not same:
            self.new[name] = (merged | {"id": id}, version)

    def _stored(self, tree: Tree, version: int) -> NewResource:
        notice = quote(self.notice or "sans-numero", safe="")
        meta = {"source": f"{NOTICE}{quote(self.partner)}/{notice}"}
        made = {**{k: v for k, v in tree.items() if k != "meta"}, "meta": meta}
        return resources.emitted(made, str(tree["id"]), self.parts.clock.now(), version + 1)


def _logical(reference: Tree | None) -> Tree:
    identifier = (reference or {}).get("identifier")
    return {"identifier": [identifier] if identifier else []}
