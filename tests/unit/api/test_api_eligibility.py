"""$submit of rights: https://hl7.org/fhir/R4/coverageeligibilityrequest-operation-submit.html"""

import pytest
from api_sheets import SID, codes

from hub.errors import Issue, Refused, Unconfirmed, Unmappable, Unreachable, Unreadable, Unroutable

SUBMIT = "/fhir/CoverageEligibilityRequest/$submit"


class Trip:
    """Answers, or fails as told."""

    def __init__(self, outcome):
        self.outcome = outcome
        self.asked = []

    def eligibility(self, resource, raw):
        self.asked.append(raw)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def request():
    return {
        "resourceType": "CoverageEligibilityRequest",
        "status": "active",
        "purpose": ["validation"],
        "patient": {"identifier": {"system": f"{SID}/numero-amo", "value": "100200300"}},
        "created": "2026-10-05",
        "insurer": {"identifier": {"system": f"{SID}/organisme", "value": "CANAM"}},
    }


def test_the_institutions_answer_is_given_as_it_is(post, hub):
    hub.__dict__["trip"] = Trip(b'{"resourceType":"CoverageEligibilityResponse"}')
    answer = post(SUBMIT, request())
    assert answer.status_code == 200
    assert answer.content == hub.trip.outcome
    wrapped = {
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": request()}],
    }
    assert post(SUBMIT, wrapped).content == hub.trip.outcome
    assert len(hub.trip.asked) == 2


@pytest.mark.parametrize(
    ("kind", "status", "retry"),
    [
        (Unreachable, 503, True),
        (Unconfirmed, 504, True),
        (Refused, 502, False),
        (Unreadable, 502, False),
        (Unroutable, 422, False),
        (Unmappable, 422, False),
    ],
)
def test_a_failure_says_whose_it_is_and_whether_to_ask_again(post, hub, kind, status, retry):
    hub.__dict__["trip"] = Trip(kind(Issue("transient", "Réessayez.", "Try again.")))
    answer = post(SUBMIT, request())
    assert answer.status_code == status
    assert ("retry-after" in answer.headers) == retry
    assert codes(answer) == ["transient"]
    assert "Try again." in answer.text


def test_a_question_that_is_not_valid_is_not_asked(post, hub):
    hub.__dict__["trip"] = Trip(b"{}")
    assert post(SUBMIT, request() | {"purpose": ["gossip"]}).status_code == 422
    assert post(SUBMIT, {"resourceType": "Claim"}).status_code == 400
    assert hub.trip.asked == []
