"""Patient/$member-match: which member is it? One match, or 422 that does not say why not.

http://hl7.org/fhir/us/davinci-hrex/OperationDefinition/member-match
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.access.matrix import matrix
from hub.api import answers, body, call
from hub.api.call import Call
from hub.api.check import check
from hub.errors import Invalid, Issue
from hub.exchange import matching
from hub.formats import exact_json
from hub.model import Tree
from hub.ports import Store

#: Questions without a match that a client may ask, and about one number, in so many seconds.
MOST_GUESSES = 10
WINDOW = 600.0
#: Each number is one more guess: a question has those of a card.
MOST_NUMBERS = 10

#: Parameters in: name → (type, required).
PARAMETERS = {
    "MemberPatient": ("Patient", True),
    "CoverageToMatch": ("Coverage", True),
    "CoverageToLink": ("Coverage", False),
    "Consent": ("Consent", False),
}


async def match(this: Call, raw: bytes, client: str) -> Response:
    """Parameters with MemberIdentifier and MemberId.

    Raises:
        Invalid: 400 or 422, the question itself; 422, not exactly one member matches.
    """
    matrix().require(this.caller.roles, "person.match")
    given = _given(body.resource(raw))
    return await run_in_threadpool(_match, this, given, client)


def _match(this: Call, given: dict[str, Tree], client: str) -> Response:
    store = this.hub.store
    patient, coverage = given["MemberPatient"], given["CoverageToMatch"]
    numbers = {value for _, value in matching.numbers(store, patient, coverage)}
    asked = [client, *map(_secret, sorted(numbers))]
    if len(numbers) > MOST_NUMBERS:
        raise Invalid(_too_many_numbers(), status=400)
    person = _counted(store, asked, lambda: matching.member(store, patient, coverage))
    if person is None:
        return answers.issues((_too_many(),), this.lang, 429, {"retry-after": f"{WINDOW:.0f}"})
    if not person:
        raise Invalid(matching.unmatched())
    today = this.hub.trip.clock.now().date()
    number = matching.identifier(store, this.hub.table, person, today)
    told: Tree = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "MemberIdentifier", "valueIdentifier": number},
            {"name": "MemberId", "valueReference": {"reference": f"Patient/{person}"}},
        ],
    }
    return answers.fhir(exact_json.dumps(told))


def _counted(store: Store, asked: list[str], look: Callable[[], str]) -> str | None:
    """What is found, "" for nobody, None when there were too many questions.

    Counted before it is answered: of questions put at the same moment, not all may come first.
    """
    if any(store.guessed(one, WINDOW) >= MOST_GUESSES for one in asked):
        return None
    counted = [store.guess(one) for one in asked]
    missed = False
    try:
        if any(store.guessed(one, WINDOW) > MOST_GUESSES for one in asked):
            return None
        person = look()
        missed = not person
        return person
    finally:
        if not missed:
            for guess in counted:
                store.unguess(guess)


def _given(tree: Tree) -> dict[str, Tree]:
    check(tree, "Parameters")
    found: dict[str, Tree] = {}
    for part in tree.get("parameter", []):
        expected = PARAMETERS.get(part["name"])
        resource = part.get("resource") or {}
        if expected is None or part["name"] in found or resource.get("resourceType") != expected[0]:
            raise _refused(str(part["name"])[:64])
        found[part["name"]] = resource
    lacking = [name for name, (_, needed) in PARAMETERS.items() if needed and name not in found]
    if lacking:
        raise _refused(lacking[0])
    return found


def _refused(name: str) -> Invalid:
    listed = ", ".join(f"{n} ({kind})" for n, (kind, _) in PARAMETERS.items())
    return Invalid(
        Issue(
            "invalid",
            path="Parameters.parameter",
            fr=f"Paramètre « {name} » absent, répété ou d'un autre type. Attendus : {listed}, les "
            "deux premiers obligatoires.",
            en=f'Parameter "{name}" is missing, repeated or of another type. Expected: {listed}; '
            "the first two are required.",
        ),
        status=400,
    )


def _too_many() -> Issue:
    return Issue(
        "throttled",
        fr="Trop de questions sans réponse : attendez dix minutes, et vérifiez le numéro, la date "
        "de naissance et le nom sur la carte.",
        en="Too many questions without a match: wait ten minutes, and check the number, birth date "
        "and name on the card.",
    )


def _too_many_numbers() -> Issue:
    return Issue(
        "too-costly",
        path="Parameters.parameter",
        fr=f"Trop de numéros pour une personne : {MOST_NUMBERS} au plus. N'envoyez que ceux de sa "
        "carte.",
        en=f"Too many numbers for one member: {MOST_NUMBERS} at most. Send those on the card only.",
    )


def _secret(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _client(this: Call, request: Request) -> str:
    """Who asks: the client, or while the doors are open their address; not stored as it is."""
    if this.hub.caller is not None:
        return _secret(this.caller.id)
    return _secret(request.client.host if request.client else "anonymous")


async def _endpoint(request: Request) -> Response:
    this = call.of(request)
    return await match(this, await body.fhir(request), _client(this, request))


ROUTES = [Route("/fhir/Patient/$member-match", _endpoint, methods=["POST"])]
