"""What the scheme manager knows: rights in real time, and who manages whom on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from hub.errors import (
    Issue,
    Problem,
    Refused,
    Unconfirmed,
    UnknownPerson,
    Unmappable,
    Unreachable,
    Unreadable,
    Unroutable,
)
from hub.exchange import covers, crosswalk, dossier, routing
from hub.exchange.parts import Parts
from hub.exchange.resources import new_id
from hub.model import Event, Exchange, Operation, Tree
from hub.ports import Adapter

#: On CoverageEligibilityResponse.insurance: who manages the cover (domain.md §13, gestionnaire).
MANAGER_EXTENSION = "https://benkan.example/fhir/StructureDefinition/gestionnaire"


#: Answers to the question who manages a cover that may be unreadable before a person looks at it:
#: a question may be asked again, unlike a message.
MOST_UNREADABLE = 3


def route(parts: Parts, exchange: Exchange) -> tuple[Exchange, Event]:
    """Ask the scheme manager who manages this insured person on the date of care; remember it.

    Raises:
        UnknownPerson: the scheme manager does not know the person, or the claim's numbers lead to
            several: one task for a person.
        Unmappable: the body is not connected.
        Unreachable, Unconfirmed: it could not be asked now, or its answer could not be read.
        Unreadable: nor could those before.
    """
    day = exchange.care_date
    source = parts.dossier(exchange)
    keys = crosswalk.keys_of(source, parts.table, source["claim"])
    found = crosswalk.find(parts.store, keys, day)
    if found.several:
        raise _several(keys, day)
    number = _number(parts, exchange, source)
    body = _known(parts, found.person, number, day)
    if body is None:
        try:
            code = managing_code(consult(parts, _request(parts, exchange, source), day))
        except Unmappable as error:
            if not _scheme_number(parts, source):  # it can only be asked by its own number
                raise _nobody(number, keys, day) from error
            raise
        except Unreadable as error:
            if exchange.attempts >= MOST_UNREADABLE:
                raise
            raise Unreachable(_once_more(error)) from error
        body = parts.table.bodies.get(code)
        if body is not None and number:
            parts.store.remember_rights(number, day, code, parts.clock.now())
    if body is None:
        raise _nobody(number, keys, day)
    if body.partner not in parts.adapters:
        raise _not_connected(number, day, body)
    routed = replace(exchange, partner=body.partner, detail={})
    text = f"{body.name} gère l'assuré {number} le {day:%d/%m/%Y} ; la feuille lui est destinée."
    return routed, parts.event("routed", text, body=body.code)


def _once_more(error: Unreadable) -> Issue:
    """Nothing depended on the answer; its bytes, if there are any, are in quarantine."""
    return Issue(
        "transient",
        fr=f"La réponse à la question « qui gère cet assuré ? » est illisible ({error.text}). La "
        "question sera reposée.",
        en="The answer to the question who manages this person's cover is unreadable "
        f"({error.issues[0].en}). The question will be asked again.",
    )


def check_person(parts: Parts, exchange: Exchange, source: Tree) -> None:
    """A claim whose numbers name different people waits for a person to say who was treated.

    Raises:
        UnknownPerson: one task for the person, to which the exchange is attached.
    """
    if exchange.operation is Operation.CLAIM:
        keys = crosswalk.keys_of(source, parts.table, source["claim"])
        if crosswalk.contradict(parts.store, keys, exchange.care_date):
            raise _several(keys, exchange.care_date)


def _number(parts: Parts, exchange: Exchange, source: Tree) -> str:
    """The number under which the scheme manager knows the person, after what was put right."""
    return _scheme_number(parts, source) or str(exchange.detail.get("ask", ""))


def _scheme_number(parts: Parts, source: Tree) -> str:
    systems = [b.number for b in parts.table.bodies.values() if b.role == routing.SCHEME]
    patient, coverage = source.get("patient"), source.get("coverage")
    named = dict(crosswalk.keys_of(source, parts.table, source["claim"]))
    told = [dossier.insured_number(coverage, patient, system) for system in systems]
    return next((n for n in [*told, *(named.get(s, "") for s in systems)] if n), "")


def _known(parts: Parts, person: str, number: str, day: date) -> routing.Body | None:
    """Who manages the cover, as it was told before."""
    code = parts.store.rights_known(number, day) if number else None
    if code is not None and code in parts.table.bodies:
        return parts.table.bodies[code]
    return covers.manager(parts.store, parts.table, person, day) if person else None


def _several(keys: Sequence[crosswalk.Key], day: date) -> UnknownPerson:
    listed = ", ".join(value for _, value in keys)
    return UnknownPerson(
        Issue(
            "multiple-matches",
            fr=f"R01 : les numéros {listed} mènent à plusieurs personnes au {day:%d/%m/%Y}. Voyez "
            "laquelle est soignée, puis donnez son numéro (benkan task resolve).",
            en=f"R01: the numbers {listed} lead to several people on {day.isoformat()}. Find out "
            "who was treated, then give their number (benkan task resolve).",
        ),
        kind="ambiguous",
        keys=keys,
    )


def _nobody(number: str, keys: Sequence[crosswalk.Key], day: date) -> UnknownPerson:
    when = f"{day:%d/%m/%Y}"
    label = number or ", ".join(value for _, value in keys)
    return UnknownPerson(
        Issue(
            "not-found",
            fr=f"R01 : aucun organisme gestionnaire n'est connu pour l'assuré {label} au "
            f"{when}. Vérifiez le numéro sur la carte, puis donnez le bon (benkan task "
            "resolve) ou annulez l'échange.",
            en=f"R01: no managing body is known for insured person {label} on {when}. Check "
            "the number on the card, then give the right one (benkan task resolve) or withdraw "
            "the exchange.",
        ),
        kind="unknown",
        keys=keys,
    )


def _not_connected(number: str, day: date, body: routing.Body) -> Unmappable:
    when = f"{day:%d/%m/%Y}"
    return Unmappable(
        Issue(
            "not-supported",
            fr=f"R16 : l'assuré {number} relevait le {when} de l'organisme « {body.name} », qui "
            "n'est pas encore raccordé au hub. Déposez la feuille directement auprès de cet "
            "organisme.",
            en=f"R16: insured person {number} belonged to {body.name} on {when}, which is not "
            "connected to the hub yet. File the claim with that institution directly.",
        )
    )


def _request(parts: Parts, exchange: Exchange, known: Tree) -> Tree:
    """The dossier of a rights enquiry made for a claim."""
    source = dict(known)
    claim = source.pop("claim")
    source["request"] = {
        "resourceType": "CoverageEligibilityRequest",
        "status": "active",
        "purpose": ["discovery"],
        "patient": claim.get("patient", {}),
        "servicedDate": exchange.care_date.isoformat(),
        "created": parts.clock.now().isoformat(timespec="seconds"),
        "insurer": claim.get("insurer", {}),
    }
    return source | {"submission": new_id()}


def managing_code(response: Tree) -> str:
    """The code of the managing body in a CoverageEligibilityResponse, "" when it names none."""
    for insurance in response.get("insurance", []):
        for extension in insurance.get("extension", []):
            if extension.get("url") == MANAGER_EXTENSION:
                return str((extension.get("valueIdentifier") or {}).get("value", ""))
    return ""


def _informed(parts: Parts, country: str, body: routing.Body | None) -> list[Adapter]:
    """Who answers about rights, best first: the scheme manager, then the body's own copy."""
    partners = [b.partner for b in (parts.table.scheme(country), body) if b is not None]
    connected = [parts.adapters[p] for p in dict.fromkeys(partners) if p in parts.adapters]
    found = [a for a in connected if Operation.ELIGIBILITY in a.operations]
    if not found:
        raise Unroutable(
            Issue(
                "not-supported",
                path="CoverageEligibilityRequest.insurer",
                fr=f"Aucun organisme raccordé ne répond sur les droits pour le pays « {country} ».",
                en=f"No connected institution answers about rights for country '{country}'.",
            )
        )
    return found


def consult(
    parts: Parts, source: Tree, day: date, country: str = "", body: routing.Body | None = None
) -> Tree:
    """One question about rights, asked now, answered now; never queued, safe to repeat.

    A scheme manager that does not answer is replaced by the managing body's copy of the rights,
    when `body` is given and has one.

    Raises:
        Unmappable: also when the question is incomplete.
        Unroutable, Unreachable, Unconfirmed, Refused, Unreadable.
    """
    if not country:
        country = next(
            (b.country for b in parts.table.bodies.values() if b.role == routing.SCHEME), ""
        )
    first, *copies = _informed(parts, country, body)
    try:
        return _answered(parts, source, first)
    except (Unreachable, Unconfirmed):
        if not copies:
            raise
    response = _answered(parts, source, copies[0])
    said = response.get("disposition", "")
    told = f"{_name(parts, first)} ne répond pas : réponse tirée de la copie de "
    told += f"{_name(parts, copies[0])}, à confirmer."
    return response | {"disposition": f"{told} {said}".strip()}


def _name(parts: Parts, adapter: Adapter) -> str:
    bodies = parts.table.bodies.values()
    return next((b.name for b in bodies if b.partner == adapter.name), adapter.name)


def _answered(parts: Parts, source: Tree, adapter: Adapter) -> Tree:
    name = f"{dossier.MAPS}{adapter.name}-{Operation.ELIGIBILITY}"
    tree = parts.mapper.map(parts.mapper.pin(name), source)
    try:
        message = adapter.encode(Operation.ELIGIBILITY, tree, source["submission"])
    except Refused as error:
        # The question lacks something; the partner has not been asked.
        raise Unmappable(*error.issues) from error
    try:
        reply = adapter.send(message)
        answer = adapter.decode(reply)
        adapter.check(message, reply)
    except Problem as problem:
        parts.set_aside(adapter.name, problem, message.key)
        problem.evidence = b""
        raise
    retour = {
        "dossier": source,
        "answer": answer,
        "received": parts.clock.now().isoformat(timespec="milliseconds"),
    }
    return parts.mapper.map(parts.mapper.pin(f"{name}-answer"), retour)
