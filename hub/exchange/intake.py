"""The door: what a request stores, and under which keys. Pure but for reads of the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.errors import Conflict, Invalid, Issue
from hub.exchange import dossier, numbered, queued, resources
from hub.exchange.resources import new_id
from hub.exchange.sheet import Desk
from hub.fhir import emit, references
from hub.formats import exact_json
from hub.model import Exchange, NewResource, Tree
from hub.ports import Acceptance

#: What a Bundle sent with a claim may bring along; other entries are ignored by $submit.
COMPANIONS = ("Patient", "Organization", "Coverage", "Practitioner", "PractitionerRole")


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a transaction Bundle stores, and how each entry is to be answered."""

    acceptance: Acceptance
    entries: tuple[tuple[str, str], ...]  #: (type, id) of each entry, in the order of the Bundle


@dataclass(frozen=True, slots=True)
class Intake(Desk):
    """Turns what a provider posts into one Acceptance."""

    def create(self, resource: Tree, raw: bytes) -> Acceptance:
        """Store one resource; a Claim with status active also starts its trip.

        Raises:
            Unroutable: no institution can take this Claim.
            Invalid: a ClaimResponse for a Claim that the hub carries.
        """
        if resource["resourceType"] == "ClaimResponse":
            self._refuse_forged_answer(resource)
        new = resources.received(resource, raw, new_id(), self.clock.now())
        if resource["resourceType"] != "Claim" or resource.get("status") != "active":
            return Acceptance(resources=(new,))
        return self.claim(resource, raw, new, self.references(), ())

    def submit(self, resource: Tree, raw: bytes) -> Acceptance:
        """A Claim, or a Bundle with one Claim and its Patient, Coverage, Organizations.

        Raises:
            Invalid: no Claim, several Claims, or one that is not active.
            Unroutable: no institution can take it.
        """
        if resource["resourceType"] == "Claim":
            self._must_be_active(resource, "Claim")
            return self.create(resource, raw)
        listed = _listed(resource)
        claims = [(url, r) for url, r in listed if r["resourceType"] == "Claim"]
        if len(claims) != 1:
            raise Invalid(
                Issue(
                    "business-rule",
                    path="Bundle.entry",
                    fr=f"Le Bundle contient {len(claims)} Claim ; $submit en attend exactement un. "
                    "Envoyez un Bundle par feuille de soins.",
                    en=f"The Bundle holds {len(claims)} Claims; $submit takes exactly one. Send "
                    "one Bundle per care sheet.",
                )
            )
        self._must_be_active(claims[0][1], "Bundle.entry.resource.ofType(Claim)")
        now = self.clock.now()
        wanted = [(url, r) for url, r in listed if r["resourceType"] in (*COMPANIONS, "Claim")]
        names, new, trees = self._assign(wanted, now, reuse=True)
        url = claims[0][0]
        name = names[url]
        companions = [n for n in new if n.type != "Claim"]
        stored = next(n for n in new if n.type == "Claim")
        known = self.references(trees)
        return self.claim(trees[name], raw, stored, known, companions)

    def transaction(self, bundle: Tree) -> Transaction:
        """All entries of a transaction Bundle, references between them resolved.

        Raises:
            Unroutable: a Claim of it that no institution can take.
        """
        listed = _listed(bundle)
        names, new, trees = self._assign(listed, self.clock.now(), reuse=False)
        known = self.references(trees)
        acceptance = Acceptance()
        by_name = {f"{n.type}/{n.id}": n for n in new}
        for name, tree in trees.items():
            stored = by_name[name]
            if tree["resourceType"] == "Claim" and tree.get("status") == "active":
                part = self.claim(tree, stored.received or stored.body, stored, known, ())
            else:
                part = Acceptance(resources=(stored,))
            acceptance = _join(acceptance, part)
        carried = {exchange.resource for exchange in acceptance.exchanges}
        for tree in trees.values():
            if tree["resourceType"] == "ClaimResponse":
                self._refuse_forged_answer(tree, carried)
        entries = tuple((kind, id) for kind, _, id in (names[u].partition("/") for u, _ in listed))
        return Transaction(acceptance, entries)

    def duplicate(self, acceptance: Acceptance, existing: Exchange) -> Exchange:
        """The exchange that already carries this claim.

        Raises:
            Conflict: the same provider and identifier came before with other content.
        """
        attempted = acceptance.exchanges[0]
        if attempted.content_hash == existing.content_hash:
            return existing
        kind, _, id = existing.resource.partition("/")
        stored = self.store.read(kind, id)
        new = next(r for r in acceptance.resources if r.type == kind)
        sent_along = {f"{r.type}/{r.id}": exact_json.loads(r.body) for r in acceptance.resources}
        before = _comparable(stored.body if stored else b"{}", self.references())
        after = _comparable(new.body, self.references(sent_along))
        where = dossier.differences(before, after, kind)[:10]
        raise Conflict(
            Issue(
                "duplicate",
                path=where[0] if where else f"{kind}.identifier",
                fr=f"La feuille {existing.identifier} a déjà été reçue de ce prestataire avec un "
                f"autre contenu. Différences : {', '.join(where)}. Pour corriger une feuille déjà "
                "transmise, envoyez-en une nouvelle sous un autre numéro, avec related.claim vers "
                f"{existing.resource}.",
                en=f"Sheet {existing.identifier} was already received from this provider with "
                f"other content. Differences: {', '.join(where)}. To correct a sheet already sent, "
                "send a new one under another number, with related.claim pointing to "
                f"{existing.resource}.",
            )
        )

    def response(self, exchange: Exchange, language: str = "fr") -> bytes:
        """The ClaimResponse as it stands: the stored answer, or outcome=queued."""
        if exchange.answer:
            kind, _, id = exchange.answer.partition("/")
            stored = self.store.read(kind, id)
            if stored is not None:
                return stored.body
        kind, _, id = exchange.resource.partition("/")
        claim = self.store.read(kind, id)
        tree = exact_json.loads(claim.body) if claim else {}
        return emit.finish(queued.queued(exchange, tree, language))

    # -- parts -------------------------------------------------------------------------------

    def _must_be_active(self, claim: Tree, path: str) -> None:
        if claim.get("status") != "active":
            raise Invalid(
                Issue(
                    "business-rule",
                    path=f"{path}.status",
                    fr=f"Seule une feuille au statut « active » peut être transmise ; celle-ci est "
                    f"« {claim.get('status')} ». Corrigez le statut et renvoyez.",
                    en=f"Only a claim with status 'active' can be submitted; this one is "
                    f"'{claim.get('status')}'. Correct the status and send again.",
                )
            )

    def _refuse_forged_answer(self, response: Tree, carried: Collection[str] = ()) -> None:
        """`carried`: Claims, as Type/id, whose trip begins with this very request."""
        request = response.get("request") or {}
        claim = request.get("reference", "").partition("/_history/")[0]
        named = request.get("identifier") or {}
        key = f"{named.get('system', '')}|{named['value']}" if named.get("value") else ""
        known = claim and self.store.exchanges(resource=claim, limit=1)
        known = known or numbered.exchanges(
            self.store, str(named.get("system", "")), str(named.get("value", ""))
        )
        name = claim or key
        if claim in carried or known:
            raise Invalid(
                Issue(
                    "business-rule",
                    path="ClaimResponse.request",
                    fr=f"Le hub transporte {name} : sa réponse vient de l'organisme et de lui "
                    f"seul. Lisez-la par GET ClaimResponse?request={claim or 'Claim/<id>'}.",
                    en=f"The hub carries {name}: its answer comes from the institution alone. "
                    f"Read it with GET ClaimResponse?request={claim or 'Claim/<id>'}.",
                )
            )

    def _assign(
        self, listed: list[tuple[str, Tree]], now: datetime, *, reuse: bool
    ) -> tuple[dict[str, str], list[NewResource], dict[str, Tree]]:
        """Give every entry its place in the hub and rewrite the references between them.

        With `reuse`, an entry other than a Claim that the hub already has, with the same
        identifier and content, keeps its place and is not stored again.
        """
        alone = self.references(dict(listed))
        names: dict[str, str] = {}
        kept: set[str] = set()
        for url, tree in listed:
            known = self._same(tree, alone) if reuse and tree["resourceType"] != "Claim" else ""
            names[url] = known or f"{tree['resourceType']}/{new_id()}"
            if known:
                kept.add(url)
        aliases = dict(names)
        for url, tree in listed:
            if tree.get("id"):
                aliases.setdefault(f"{tree['resourceType']}/{tree['id']}", names[url])
        new: list[NewResource] = []
        trees: dict[str, Tree] = {}
        for url, tree in listed:
            rewritten = references.rewrite(tree, aliases)
            name = names[url]
            trees[name] = rewritten
            if url not in kept:
                id = name.partition("/")[2]
                new.append(resources.received(rewritten, exact_json.dumps(rewritten), id, now))
        return names, new, trees

    def _same(self, tree: Tree, known: dossier.References) -> str:
        """The place of a stored resource that says the same under the same identifier."""
        for identifier in tree.get("identifier", []):
            stored = self.store.find(
                tree["resourceType"],
                "identifier",
                identifier.get("system", ""),
                identifier.get("value", ""),
            )
            if stored is not None:
                mine = dossier.canonical(tree, known, tree)
                if mine == _comparable(stored.body, self.references()):
                    return f"{stored.type}/{stored.id}"
        return ""


def _listed(bundle: Tree) -> list[tuple[str, Tree]]:
    """(fullUrl, resource) of each entry; an entry without fullUrl gets a name of its own."""
    return [
        (entry.full_url or f"entry:{entry.position}", entry.resource)
        for entry in references.entries(bundle)
        if entry.resource is not None
    ]


def _comparable(body: bytes, known: dossier.References) -> Any:
    tree = exact_json.loads(body)
    return dossier.canonical(tree, known, tree)


def _join(a: Acceptance, b: Acceptance) -> Acceptance:
    events: Mapping[str, Any] = {**a.events, **b.events}
    messages: Mapping[str, Any] = {**a.messages, **b.messages}
    return Acceptance(
        resources=(*a.resources, *b.resources),
        exchanges=(*a.exchanges, *b.exchanges),
        events=events,
        messages=messages,
    )
