"""Who a number belongs to: identifiers of one person at several institutions, by day.

Nothing here guesses: two persons for one claim are told as such, and a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from hub.exchange import covers, dossier, routing
from hub.formats import exact_json
from hub.model import Tree
from hub.ports import Identity, Store

Key = tuple[str, str]  #: an identifier: (system, value)

#: Which number is given to an institution when a person has several in its system.
_BEST = {"official": 0, "temp": 1, "old": 3}


@dataclass(frozen=True, slots=True)
class Found:
    """Where identifiers lead."""

    person: str = ""  #: id of the Patient; "" when nobody is known, or several are
    several: tuple[str, ...] = ()  #: the persons, when they are several
    decided: bool = False  #: a person at the hub decided about exactly these identifiers


def keys(patient: Tree | None) -> list[Key]:
    """The identifiers of a Patient, or of a logical reference to one."""
    listed = list((patient or {}).get("identifier") or [])
    return [
        (str(i["system"]), str(i["value"])) for i in listed if i.get("system") and i.get("value")
    ]


def keys_of(parties: Tree, table: routing.Routing, claim: Tree) -> list[Key]:
    """The identifiers of a claim's patient; the cover's number counts as the scheme's."""
    reference = (claim.get("patient") or {}).get("identifier")
    written = {"identifier": [reference] if reference else []}
    found = list(dict.fromkeys([*keys(parties.get("patient")), *keys(written)]))
    number = str((parties.get("coverage") or {}).get("subscriberId", ""))
    known = {value for _, value in found}
    if number and number not in known:
        found += [(system, number) for system in _systems(table)]
    return found


def _systems(table: routing.Routing) -> list[str]:
    return sorted({b.number for b in table.bodies.values() if b.role == routing.SCHEME} - {""})


def find(store: Store, named: Sequence[Key], day: date) -> Found:
    """The person whom these identifiers name on a day.

    An identifier that several persons had at different times is the one's whose period holds.
    """
    rows = store.identities(sorted(set(named)))
    return _found(store, named, rows, day)


def _found(store: Store, named: Sequence[Key], rows: list[Identity], day: date) -> Found:
    on = day.isoformat()
    persons: set[str] = set()
    for key in set(named):
        mine = [row for row in rows if (row.system, row.value) == key]
        if len({row.person for row in mine}) > 1:
            mine = [row for row in mine if row.valid(on)] or mine
        persons |= {row.person for row in mine}
    if len(persons) == 1:
        return Found(persons.pop())
    decided = store.decided(sorted(set(named))) if persons else ""
    if decided:
        return Found(decided, decided=True)
    return Found(several=tuple(sorted(persons)))


def contradict(store: Store, named: Sequence[Key], day: date) -> bool:
    """Do these identifiers name different people, with nobody who has all that are known?

    Two people may well share one number (a mother declared twice): then the others tell.
    """
    found = find(store, named, day)
    if found.person or not found.several:
        return False
    rows = store.identities(sorted(set(named)))
    known = {(row.system, row.value) for row in rows}
    has_all = (
        {(row.system, row.value) for row in rows if row.person == person} == known
        for person in found.several
    )
    return not any(has_all)


def number(store: Store, person: str, system: str, day: date) -> str:
    """The person's number in a system on a day, "" when there is none.

    The definitive one before the provisional one; one that was valid that day before the others.
    """
    mine = [row for row in store.identities_of(person) if row.system == system]
    return _best(mine, day)


def _best(rows: Iterable[Identity], day: date) -> str:
    on = day.isoformat()
    ranked = sorted(rows, key=lambda row: (not row.valid(on), _BEST.get(row.use, 2)))
    return ranked[0].value if ranked else ""


def scheme_number(
    store: Store, table: routing.Routing, parties: Tree, claim: Tree, system: str, day: date
) -> str:
    """The beneficiary's number with the scheme: by the crosswalk, else as the claim tells it; else
    whatever number it tells, so that somebody can be asked whose it is."""
    named = keys_of(parties, table, claim)
    found = find(store, named, day)
    known = number(store, found.person, system, day) if found.person else ""
    told = dossier.insured_number(parties.get("coverage"), parties.get("patient"), system)
    ranked = sorted(named, key=lambda key: key[0] != system)
    return known or told or (ranked[0][1] if ranked else "")


def _registered(store: Store, person: str) -> Tree:
    stored = store.read("Patient", person)
    tree: Tree = exact_json.loads(stored.body) if stored else {"resourceType": "Patient"}
    return tree


def enriched(store: Store, table: routing.Routing, parties: Tree, claim: Tree, day: date) -> Tree:
    """The parties of a claim, the patient with the numbers that the day's institutions know.

    A patient or cover that the claim names by number alone is the one the bodies registered.

    In each system the best number of the day comes in place of the one the claim wrote: a
    provisional number gives way to the definitive one, one put right by hand to the right one.
    """
    found = find(store, keys_of(parties, table, claim), day)
    if not found.person:
        return parties
    rows = store.identities_of(found.person)
    systems = sorted({row.system for row in rows})
    best = {s: _best((r for r in rows if r.system == s), day) for s in systems}
    patient = dict(parties.get("patient") or _registered(store, found.person))
    written = list(patient.get("identifier", []))
    kept = [i for i in written if i.get("system") not in best]
    same = {(i.get("system"), i.get("value")): i for i in written}
    told = [same.get((s, v), {"system": s, "value": v}) for s, v in best.items()]
    changed = parties | {"patient": patient | {"identifier": [*told, *kept]}}
    coverage = parties.get("coverage") or covers.on(store, found.person, day) or {}
    if coverage:
        changed["coverage"] = coverage
    mine = {row.value: row.system for row in rows}
    typed = str(coverage.get("subscriberId", ""))
    if typed in mine and best[mine[typed]] != typed:
        changed["coverage"] = coverage | {"subscriberId": best[mine[typed]]}
    return changed
