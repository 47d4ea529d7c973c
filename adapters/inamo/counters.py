"""The sandbox's answers to questions on rights and to cancellations."""

from __future__ import annotations

from datetime import date
from typing import Any

from adapters.inamo import dialect, verdicts
from adapters.inamo.intake import Rejected
from adapters.inamo.office import Office
from adapters.sandbox.ledger import Ledger
from adapters.sandbox.reasons import reason
from adapters.sandbox.rights import rights
from adapters.sandbox.world import World
from hub.formats import exact_json
from hub.model import Tree

CATEGORY = "https://benkan.example/fhir/CodeSystem/categorie"
_BENEFIT = "http://terminology.hl7.org/CodeSystem/benefit-type"


def eligibility(request: Tree, office: Office, world: World, today: date) -> Tree:
    """Rights on a day, as openIMIS answers: the cover is the family head's, not the person's.

    Raises:
        Rejected: nobody is named, or the day is none.
    """
    patient: Any = request.get("patient") or {}
    given = str((patient.get("identifier") or {}).get("value", ""))
    try:
        day = date.fromisoformat(str(request.get("servicedDate", "")))
    except ValueError:
        raise Rejected(400, "La date des soins manque ou n'en est pas une.") from None
    found = rights(world, office.intake.number(given), day)
    answer: Tree = {
        "resourceType": "CoverageEligibilityResponse",
        "status": "active",
        "purpose": request.get("purpose") or ["benefits"],
        "patient": patient,
        "servicedDate": day.isoformat(),
        "created": today.isoformat(),
        "request": {"display": str(request.get("identifier", [{}])[0].get("value", ""))},
        "outcome": "complete",
        "insurer": {"reference": "openIMIS"},
        "disposition": found.reason.text if found.reason else "Droits ouverts.",
    }
    if found.reason:
        why = verdicts.motif(found.reason)
        codings = [
            {"system": dialect.REJECTION, "code": why["openimis"]},
            {"system": dialect.MOTIF, "code": why["code"]},
        ]
        answer["error"] = [{"code": {"coding": codings, "text": why["texte"]}}]
    person = found.person
    if person is None:
        return answer
    start, end = person.rights.start, person.rights.end
    period = {"start": start.isoformat()} if start else {}
    period |= {"end": end.isoformat()} if end else {}
    rates = {} if found.reason else world.rates(person.scheme, day)
    answer["insurance"] = [
        {
            "coverage": {"type": "Coverage", "identifier": {"value": person.insured}},
            "inforce": found.reason is None,
            "benefitPeriod": period,
            "item": [_rate(category, int(100 - rate)) for category, rate in rates.items()],
        }
    ]
    return answer


def _rate(category: str, ticket: int) -> Tree:
    benefit = {"coding": [{"system": _BENEFIT, "code": "copay-percent"}]}
    return {
        "category": {"coding": [{"system": CATEGORY, "code": category}]},
        "benefit": [{"type": benefit, "allowedUnsignedInt": ticket}],
    }


def cancellation(task: Tree, office: Office, ledger: Ledger) -> Tree:
    """The Task as it is after it was worked on; the same task again gives the same answer.

    Raises:
        Rejected: not a cancel Task with an identifier and a focus.
    """
    key = str(next((i.get("value") for i in dialect.trees(task, "identifier")), "") or "")
    focus = str(((task.get("focus") or {}).get("identifier") or {}).get("value", ""))
    if not (key and focus) or dialect.code(task.get("code")) != "cancel":
        raise Rejected(400, "Une annulation est une Task « cancel » avec identifiant et focus.")
    earlier = ledger.events("task", key)
    if earlier:
        done: Tree = exact_json.loads(earlier[0].body)
        return done
    why = office.cancel(focus, str((task.get("reasonCode") or {}).get("text", "")))
    done = task | {"status": "rejected" if why else "completed"}
    if why:
        told = verdicts.motif(reason("R99", why))
        coding = {"system": dialect.MOTIF, "code": told["code"]}
        done |= {"statusReason": {"coding": [coding], "text": why}}
    else:
        done |= {"statusReason": {"text": "Le dossier est annulé."}}
    ledger.record("task", key, focus, exact_json.dumps(done))
    return done
