"""A claim with everything it refers to: what routing reads and what outgoing maps are given."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hub.errors import Invalid, Issue
from hub.formats import exact_json
from hub.model import StoredResource, Tree
from hub.ports import Store

#: Canonical base of the maps of a partner: <MAPS><partner>-<operation>[-answer|-payment].
MAPS = "https://benkan.example/fhir/StructureMap/"

#: System of the number a sheet bears.
SHEET = "https://benkan.example/fhir/sid/feuille"

#: System of the number under which a provider has a convention.
CONVENTION = "https://benkan.example/fhir/sid/convention"

#: How far references are followed to tell what a claim refers to (a Coverage's own parties).
DEEPEST = 3


@dataclass(frozen=True, slots=True)
class References:
    """Finds what a Reference leads to: contained, sent along, or stored."""

    store: Store
    related: Mapping[str, Tree] = field(default_factory=dict)  #: "Type/id" or fullUrl → resource
    read: dict[str, Tree | None] = field(default_factory=dict)  #: what the store said, once each
    base: str = ""  #: address of this hub's FHIR base: what stands below it is its own
    owner: str = ""  #: whose references they are, Type/id; "": of somebody who sees only their own

    def resolve(self, reference: Any, owner: Tree, kind: str = "") -> Tree | None:
        """The resource, or None for a reference that leads outside the hub.

        Args:
            reference: a Reference.
            owner: the resource it stands in.
            kind: the type it leads to when it has an identifier and does not say the type.
        """
        if not isinstance(reference, dict):
            return None
        target = reference.get("reference")
        if isinstance(target, str):
            if target.startswith("#"):
                return next(
                    (c for c in owner.get("contained", []) if c.get("id") == target[1:]), None
                )
            if target in self.related:
                return self.related[target]
        kind = reference.get("type") or kind
        name = f"{target}|{kind}|{reference.get('identifier')}"
        if name not in self.read:
            found = self._stored(target) or self._identified(kind, reference)
            self.read[name] = exact_json.loads(found.body) if found else None
        return self.read[name]

    def _stored(self, target: Any) -> StoredResource | None:
        local = str(target or "").removeprefix(f"{self.base}/").partition("/_history/")[0]
        kind, _, id = local.partition("/")
        if not id or "/" in id:
            return None
        if self.owner:
            return self.store.reachable(self.owner, kind, id)
        return self.store.read(kind, id)

    def _identified(self, kind: str, reference: Tree) -> StoredResource | None:
        identifier = reference.get("identifier") or {}
        if not (kind and identifier.get("value")):
            return None
        system, value = identifier.get("system", ""), identifier["value"]
        if self.owner:
            return self.store.nearest(self.owner, kind, system, value)
        return self.store.find(kind, "identifier", system, value)

    def identity(self, reference: Any, owner: Tree, depth: int = 0) -> str:
        """A name that stays the same however the reference is written.

        The target's identifier, of several the first in the order of the text; without one what
        the target says, since a sender invents a new urn:uuid for it at each delivery; else the
        reference itself.
        """
        target = self.resolve(reference, owner) or {}
        named = _all_named(reference, target)
        if named:
            return min(named)
        if target and depth < DEEPEST:
            return hashed(canonical(target, self, target, depth=depth + 1))
        return str(reference.get("reference") or reference.get("display") or "")

    def provider(self, reference: Any, owner: Tree) -> str:
        """Who bills: what maps tell institutions, its convention number, wherever that stands.

        Whoever lists a number of their own before another's convention bills in another's name;
        the convention it is that must be theirs.
        """
        named = _all_named(reference, self.resolve(reference, owner) or {})
        conventions = [name for name in named if name.startswith(f"{CONVENTION}|")]
        return next(iter([*conventions, *named]), "") or self.identity(reference, owner)


def _all_named(reference: Tree, target: Tree) -> list[str]:
    """Identifiers of what a reference leads to, else of the reference itself, as system|value."""
    for found in (target.get("identifier", []), [reference.get("identifier") or {}]):
        named = [_named(i) for i in found if isinstance(i, dict) and i.get("value")]
        if named:
            return named
    return []


def business_identifier(claim: Tree) -> str:
    """The identifier by which a claim is known again, as system|value; "" without any.

    The number of the sheet wherever it stands, as it is what institutions are told; without one,
    the first in the order of the text. The order in which a sender lists them says nothing.
    """
    named = [i for i in claim.get("identifier", []) if i.get("value")]
    sheets = [i for i in named if i.get("system") == SHEET]
    return min((_named(i) for i in sheets or named), default="")


def _named(identifier: Tree) -> str:
    return f"{identifier.get('system', '')}|{identifier['value']}"


def content_hash(resource: Tree, references: References) -> str:
    """sha256 of what a resource says: without id, meta and text, references by identity.

    Two deliveries of one sheet have the same hash even when each invents new urn:uuid for the
    patient sent along.
    """
    return hashed(canonical(resource, references, resource))


def hashed(told: Any) -> str:
    """sha256 of a canonical tree, in hexadecimal."""
    return hashlib.sha256(exact_json.dumps(told)).hexdigest()


def canonical(
    node: Any, references: References, owner: Tree, top: bool = True, depth: int = 0
) -> Any:
    """The comparable form of a tree: sorted keys and identifiers, references replaced by identity.

    Identifiers are a set: a sender that lists them in another order says the same.
    """
    if isinstance(node, list):
        return [canonical(n, references, owner, False, depth) for n in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("reference"), str):
        return {"reference": references.identity(node, owner, depth)}
    left_out = {"id", "meta", "text"} if top else set()
    made = {
        key: canonical(node[key], references, owner, False, depth)
        for key in sorted(node)
        if key not in left_out
    }
    if isinstance(made.get("identifier"), list):
        made["identifier"].sort(key=exact_json.dumps)
    return made


def differences(old: Any, new: Any, path: str) -> list[str]:
    """Paths at which two canonical trees differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            p
            for key in sorted(old.keys() | new.keys())
            for p in differences(old.get(key), new.get(key), f"{path}.{key}")
        ]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [p for i, (a, b) in pairs for p in differences(a, b, f"{path}[{i}]")]
    return [] if old == new else [path]


def care_date(claim: Tree) -> date:
    """The first day of care: billablePeriod.start, else the earliest item, else created.

    Raises:
        Invalid: only a month or a year is told, and who manages the cover changes by the day.
    """
    texts = [(claim.get("billablePeriod") or {}).get("start", "")]
    if not texts[0]:
        texts = [
            item.get("servicedDate") or (item.get("servicedPeriod") or {}).get("start") or ""
            for item in claim.get("item", [])
        ]
    found = sorted(t[:10] for t in texts if t) or [str(claim.get("created", ""))[:10]]
    return _day(found[0], "Claim.billablePeriod.start")


def serviced_date(request: Tree, today: date) -> date:
    """The day a rights enquiry is about: serviced[x], else today (UTC, as Mali and Guinea).

    Raises:
        Invalid: only a month or a year is told.
    """
    text = request.get("servicedDate") or (request.get("servicedPeriod") or {}).get("start")
    return _day(str(text)[:10], "CoverageEligibilityRequest.servicedDate") if text else today


def _day(text: str, path: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(
            Issue(
                "value",
                path=path,
                fr=f"La date des soins « {text} » n'est pas complète. L'organisme gestionnaire "
                "dépend du jour : écrivez-la AAAA-MM-JJ et renvoyez. Rien n'a été enregistré.",
                en=f"The date of care '{text}' is not complete. The managing body depends on the "
                "day: write it YYYY-MM-DD and send again. Nothing was stored.",
            )
        ) from error


def focal_insurance(claim: Tree) -> Tree:
    """The insurance under which the claim is to be judged."""
    insurances: list[Tree] = claim.get("insurance", [])
    return next((i for i in insurances if i.get("focal")), insurances[0] if insurances else {})


def insured_number(coverage: Tree | None, patient: Tree | None, system: str) -> str:
    """The beneficiary's number with the scheme, "" when nothing tells it."""
    for identifier in (patient or {}).get("identifier", []):
        if identifier.get("system") == system and identifier.get("value"):
            return str(identifier["value"])
    return str((coverage or {}).get("subscriberId", ""))


def parties(resource: Tree, references: References) -> Tree:
    """Everybody a Claim or CoverageEligibilityRequest names, as far as the hub knows them."""
    insurance = focal_insurance(resource)
    coverage = references.resolve(insurance.get("coverage"), resource, "Coverage")
    subscriber = (coverage or {}).get("subscriber")
    found = {
        "patient": references.resolve(resource.get("patient"), resource, "Patient"),
        "coverage": coverage,
        "subscriber": references.resolve(subscriber, coverage or {}, "Patient"),
        "insurer": references.resolve(resource.get("insurer"), resource, "Organization"),
        "provider": references.resolve(resource.get("provider"), resource, "Organization"),
    }
    return {name: tree for name, tree in found.items() if tree is not None}
