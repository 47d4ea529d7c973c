"""Patient/$member-match: one member found by number, birth date and name, or nobody.

Source: http://hl7.org/fhir/us/davinci-hrex/OperationDefinition/member-match. Whoever guesses must
not learn whether none or several matched.
"""

from __future__ import annotations

from datetime import date

from hub.errors import Invalid, Issue
from hub.exchange import crosswalk, names, routing
from hub.formats import exact_json
from hub.model import Tree
from hub.ports import Store


def numbers(store: Store, patient: Tree, coverage: Tree) -> list[crosswalk.Key]:
    """Every identifier by which the question names the member; a bare number in any system."""
    keys = [*crosswalk.keys(patient), *crosswalk.keys(coverage)]
    bare = str(coverage.get("subscriberId", ""))
    told = {value for _, value in keys}
    if bare and bare not in told:
        keys += [(system, bare) for system in store.identity_systems()]
    return list(dict.fromkeys(keys))


def member(store: Store, patient: Tree, coverage: Tree) -> str:
    """The id of the one Patient who has the number, that birth date and that name; "" else.

    Raises:
        Invalid: 422, the question lacks a number, a birth date or a name.
    """
    keys = numbers(store, patient, coverage)
    lacking = [
        path
        for path, there in [
            ("MemberPatient.identifier", keys),
            ("MemberPatient.birthDate", patient.get("birthDate")),
            ("MemberPatient.name", names.everything(patient.get("name", []))),
        ]
        if not there
    ]
    if lacking:
        raise Invalid(*(_lacking(path) for path in lacking))
    persons = {row.person for row in store.identities(keys)}
    found = [person for person in sorted(persons) if _is(store, person, patient)]
    return found[0] if len(found) == 1 else ""


def _is(store: Store, person: str, told: Tree) -> bool:
    stored = store.member(person)
    if stored is None:
        return False
    known = exact_json.loads(stored.body)
    births = str(known.get("birthDate", "")), str(told.get("birthDate", ""))
    return names.same_birth(*births) and names.alike(known.get("name", []), told.get("name", []))


def identifier(store: Store, table: routing.Routing, person: str, day: date) -> Tree:
    """The number under which institutions know the member: the scheme's, else any in force."""
    systems = [b.number for b in table.bodies.values() if b.number]
    others = [row.system for row in store.identities_of(person)]
    for system in dict.fromkeys([*systems, *others]):
        value = crosswalk.number(store, person, system, day)
        if value:
            return {"system": system, "value": value}
    return {}


def unmatched() -> Issue:
    """The answer to every question without exactly one match."""
    return Issue(
        "not-found",
        fr="Aucune personne ne peut être désignée avec certitude par ce numéro, cette date de "
        "naissance et ce nom. Vérifiez-les sur la carte, puis reposez la question.",
        en="No member can be identified with certainty by this number, birth date and name. Check "
        "them on the card, then ask again.",
    )


def _lacking(path: str) -> Issue:
    return Issue(
        "required",
        path=path,
        fr="Il manque une donnée pour retrouver la personne : un numéro, sa date de naissance "
        "(même partielle) et son nom sont nécessaires. Complétez et reposez la question.",
        en="Something is missing to find the member: a number, the birth date (partial will do) "
        "and the name are needed. Complete the question and ask again.",
    )
