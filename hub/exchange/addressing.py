"""Which institution a claim goes to, decided from the cover on the date of care."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hub.errors import Issue, Unroutable
from hub.exchange import covers, crosswalk, dossier, routing
from hub.model import Operation, Tree
from hub.ports import Store


@dataclass(frozen=True, slots=True)
class Address:
    """Where an exchange goes. With `ask`, the scheme manager must first say who manages."""

    body: routing.Body
    operation: Operation
    ask: str = ""  #: insured number to ask the scheme manager about

    @property
    def copies(self) -> bool:
        """Only claims are copied for control and statistics."""
        return self.operation is Operation.CLAIM


def _unknown(claim: Tree) -> Unroutable:
    name = routing.keys(claim.get("insurer"), None)
    label = name[0] if name else "?"
    return Unroutable(
        Issue(
            "not-found",
            path=f"{claim['resourceType']}.insurer",
            fr=f"Assureur inconnu du hub : « {label} ». Indiquez l'organisme gestionnaire par son "
            "identifiant, ou joignez la couverture (Coverage) du bénéficiaire. Rien n'a été "
            "enregistré.",
            en=f"Insurer unknown to the hub: '{label}'. Name the managing body by its identifier, "
            "or send the beneficiary's Coverage along. Nothing was stored.",
        )
    )


def _unsaid(claim: Tree, named: routing.Body) -> Unroutable:
    """The body is known, but manages nobody's cover itself, and nothing says whose number to ask
    it about."""
    kind = claim["resourceType"]
    return Unroutable(
        Issue(
            "not-found",
            path=f"{kind}.patient",
            fr=f"« {named.name} » ne liquide pas lui-même, et rien ne dit qui gère cet assuré. "
            f"Donnez son numéro ({kind}.patient.identifier), joignez sa couverture (Coverage), ou "
            "nommez l'organisme gestionnaire. Rien n'a été enregistré.",
            en=f"“{named.name}” does not adjudicate itself, and nothing says who manages this "
            f"person's cover. Give their number ({kind}.patient.identifier), send their Coverage "
            "along, or name the managing body. Nothing was stored.",
        )
    )


def _in_force(coverage: Tree, day: date) -> bool:
    period = coverage.get("period") or {}
    start, end = str(period.get("start", ""))[:10], str(period.get("end", ""))[:10]
    text = day.isoformat()
    return (not start or start <= text[: len(start)]) and (not end or text[: len(end)] <= end)


def managing_body(
    table: routing.Routing, coverage: Tree | None, references: dossier.References, day: date
) -> routing.Body | None:
    """The manager the Coverage names for that day, None when it does not say."""
    if coverage is None or coverage.get("status") == "cancelled" or not _in_force(coverage, day):
        return None
    for payor in coverage.get("payor", []):
        body = table.named(routing.keys(payor, references.resolve(payor, coverage)))
        if body is not None and body.role == routing.MANAGER:
            return body
    return None


def _payors(
    table: routing.Routing, claim: Tree, parties: Tree, references: dossier.References
) -> list[routing.Body]:
    """Every body the claim or its Coverage names, the Coverage's first."""
    coverage = parties.get("coverage") or {}
    named = [
        table.named(routing.keys(p, references.resolve(p, coverage)))
        for p in coverage.get("payor", [])
    ]
    named.append(table.named(routing.keys(claim.get("insurer"), parties.get("insurer"))))
    return [body for body in named if body is not None]


def address(
    table: routing.Routing,
    store: Store,
    claim: Tree,
    parties: Tree,
    references: dossier.References,
    day: date,
) -> Address:
    """Where a claim goes.

    The Coverage says who manages on the date of care. When it does not say, what the scheme
    manager said before about that number and day is used, then what the bodies registered; else
    the scheme manager is asked (`Address.ask`). Only when nothing about the cover is known does
    the insurer named in the claim decide.

    Raises:
        Unroutable: no known body, or care abroad without an agreement.
    """
    named = _payors(table, claim, parties, references)
    manager = managing_body(table, parties.get("coverage"), references, day)
    if manager is None and not named:
        raise _unknown(claim)
    scheme = table.scheme((manager or named[0]).country)
    ask = ""
    if manager is None and scheme is not None:
        number = crosswalk.scheme_number(store, table, parties, claim, scheme.number, day)
        manager = _registered(table, store, claim, parties, number, day)
        ask = "" if manager else number
    if manager is None and not ask:
        manager = next((b for b in reversed(named) if b.role == routing.MANAGER), None)
    body = manager or scheme
    if body is None or (manager is None and not ask):
        raise _unsaid(claim, named[0]) if named else _unknown(claim)
    country = routing.country_of(parties.get("provider"))
    table.check_border(body, country, day)
    if claim.get("use") == "preauthorization":
        return Address(scheme or body, Operation.PREAUTHORIZATION)
    return Address(body, Operation.CLAIM, ask)


def _registered(
    table: routing.Routing, store: Store, claim: Tree, parties: Tree, number: str, day: date
) -> routing.Body | None:
    """The managing body of the day, as the scheme manager or the bodies told before."""
    known = store.rights_known(number, day) if number else None
    if known is not None and known in table.bodies:
        return table.bodies[known]
    found = crosswalk.find(store, crosswalk.keys_of(parties, table, claim), day)
    return covers.manager(store, table, found.person, day) if found.person else None
