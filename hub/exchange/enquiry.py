"""CoverageEligibilityRequest/$submit: rights asked in real time, of who knows them."""

from __future__ import annotations

from datetime import date

from hub.errors import Issue, Unconfirmed, Unreachable, Unroutable
from hub.exchange import (
    addressing,
    beneficiary,
    crosswalk,
    dossier,
    reason_words,
    resources,
    routing,
)
from hub.exchange.parts import Parts
from hub.exchange.resources import new_id
from hub.exchange.rights import consult, managing_code
from hub.model import Tree
from hub.ports import Acceptance


def eligibility(parts: Parts, resource: Tree, raw: bytes, related: dict[str, Tree]) -> bytes:
    """CoverageEligibilityRequest/$submit: the answer of who knows, kept with the question.

    Raises:
        Unroutable: the insurer named is unknown.
        Invalid: the patient is not whom the cover covers. Otherwise as `consult`.
    """
    known = dossier.References(parts.store, related, base=parts.base)
    parties = dossier.parties(resource, known)
    named = [routing.keys(resource.get("insurer"), parties.get("insurer"))]
    coverage = parties.get("coverage") or {}
    named += [routing.keys(p, known.resolve(p, coverage)) for p in coverage.get("payor", [])]
    body = next((b for keys in named if (b := parts.table.named(keys))), None)
    if body is None:
        raise Unroutable(
            Issue(
                "not-found",
                path="CoverageEligibilityRequest.insurer",
                fr="Assureur inconnu du hub : indiquez l'organisme par son identifiant.",
                en="Insurer unknown to the hub: name the institution by its identifier.",
            )
        )
    day = dossier.serviced_date(resource, parts.clock.now().date())
    beneficiary.check(parts.store, resource, parties, known, day)
    parties = crosswalk.enriched(parts.store, parts.table, parties, resource, day)
    source = {
        "submission": new_id(),
        "careDate": day.isoformat(),
        "body": body.code,
        "request": resource,
        **parties,
    }
    question = resources.received(resource, raw, new_id(), parts.clock.now())
    try:
        manager = _manager(parts, parties, known, body, day)
        response = consult(parts, source, day, body.country, manager)
    except (Unreachable, Unconfirmed) as error:
        raise type(error)(_ask_again()) from error
    response |= {
        "id": new_id(),
        "request": {"reference": f"CoverageEligibilityRequest/{question.id}"},
    }
    answer = resources.emitted(reason_words.translated(response), response["id"], parts.clock.now())
    _remember(parts, parties, body, day, response)
    parts.store.accept([Acceptance(resources=(question, answer))])
    return answer.body


def _manager(
    parts: Parts, parties: Tree, known: dossier.References, body: routing.Body, day: date
) -> routing.Body:
    """Whose copy of the rights would tell: the managing body's, when anything names it."""
    if body.role == routing.MANAGER:
        return body
    named = addressing.managing_body(parts.table, parties.get("coverage"), known, day)
    if named is not None:
        return named
    number = dossier.insured_number(parties.get("coverage"), parties.get("patient"), body.number)
    code = parts.store.rights_known(number, day) if number else None
    return parts.table.bodies.get(code or "", body)


def _ask_again() -> Issue:
    """Unlike a claim, a question is not kept: whoever asked must ask again."""
    return Issue(
        "transient",
        fr="L'organisme qui connaît les droits ne répond pas en ce moment. Votre question n'est "
        "pas conservée : reposez-la dans un instant.",
        en="The institution that knows the rights does not answer at the moment. Your question is "
        "not kept: ask again in a moment.",
    )


def _remember(parts: Parts, parties: Tree, body: routing.Body, day: date, response: Tree) -> None:
    scheme = parts.table.scheme(body.country)
    code = managing_code(response)
    if scheme is not None and code in parts.table.bodies:
        number = dossier.insured_number(
            parties.get("coverage"), parties.get("patient"), scheme.number
        )
        if number:
            parts.store.remember_rights(number, day, code, parts.clock.now())
