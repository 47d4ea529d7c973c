"""The breaker of a partner's line, and what providers are told of held claims."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import pytest

from hub.errors import Issue, Refused, Unreachable
from hub.exchange import held_words
from hub.exchange.lines import FAILURES, Line
from hub.model import Exchange, Message, Operation, State
from hub.ports.watch import LineState, Switch

MESSAGE = Message("claim", "k", b"", "text/plain")


class Kept:
    """Remembers what a line tells."""

    def __init__(self) -> None:
        self.states: list[LineState] = []
        self.slots: dict[str, int] = {}

    def switch(self, partner: str) -> Switch:
        return Switch(partner)

    def line_told(self, state: LineState) -> None:
        self.states.append(state)

    def calls_told(self, partner: str, slots: dict[str, int], failures: int) -> None:
        self.slots |= slots


class Silent:
    """A partner that does not answer until told to."""

    name, batches = "p", {}
    answers = False
    calls = 0

    def send(self, message: Message) -> str:
        self.calls += 1
        if not self.answers:
            raise Unreachable(Issue("transient", "Pas de ligne.", "No line."))
        return "reply"


def fail(line: Line, times: int) -> None:
    for _ in range(times):
        with pytest.raises(Unreachable):
            line.send(MESSAGE)


def test_a_partner_that_does_not_answer_rests_and_one_call_tries_again() -> None:
    partner, kept = Silent(), Kept()
    line = Line(partner, kept, rest=0.2)
    fail(line, FAILURES)
    assert kept.states[-1].open
    fail(line, 3)
    assert partner.calls == FAILURES  # it rests: nothing reaches it
    time.sleep(0.25)
    partner.answers = True
    assert line.send(MESSAGE) == "reply"
    assert not kept.states[-1].open
    assert kept.states[-1].heard is not None
    assert line.send(MESSAGE) == "reply"


def test_a_trial_that_fails_makes_the_rest_longer() -> None:
    partner = Silent()
    line = Line(partner, Kept(), rest=0.2)
    fail(line, FAILURES)
    time.sleep(0.25)
    fail(line, 1)
    assert partner.calls == FAILURES + 1
    time.sleep(0.25)
    fail(line, 1)
    assert partner.calls == FAILURES + 1


def test_an_answer_that_refuses_is_an_answer() -> None:
    class Refusing(Silent):
        def send(self, message: Message) -> str:
            raise Refused(Issue("invalid", "Non.", "No."))

    kept = Kept()
    line = Line(Refusing(), kept, rest=0.2)
    for _ in range(FAILURES + 1):
        with pytest.raises(Refused):
            line.send(MESSAGE)
    assert not kept.states[-1].open


def held(reason: str, **detail: object) -> Exchange:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    return Exchange(
        "X",
        State.READY,
        Operation.CLAIM,
        "Claim/X",
        "s|p",
        "s|F-1",
        "0",
        "S",
        "c",
        "w",
        date(2026, 11, 3),
        now,
        now,
        held=True,
        reason=reason,
        detail=detail,
    )


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    ("reason", "detail"),
    [
        (
            "R01 : aucun organisme n'est connu pour l'assuré 19. Vérifiez le numéro sur la carte, "
            "puis donnez le bon (benkan task resolve) ou annulez l'échange.",
            {},
        ),
        ("Double facturation : retirez (benkan exchange withdraw).", {"doubles": ["Y"]}),
        ("Dépôt refusé en bloc. Corrigez la cause, puis reprenez l'échange.", {}),
        ("Code absent.", {"missing": [{"code": "C1", "system": "s", "map": "m"}]}),
        ("", {}),
    ],
)
def test_a_provider_is_told_what_to_do_and_never_a_command(language, reason, detail) -> None:
    told = held_words.held(held(reason, **detail), language)
    assert "benkan" not in told
    assert "reprenez" not in told
    assert ("Task" in told) or ("table" in told)
    assert told.endswith((".", ")"))


def test_what_speaks_to_the_provider_is_kept() -> None:
    reason = "Dépôt refusé : date de soins absente. Corrigez la cause, puis reprenez l'échange."
    assert held_words.plain(reason) == "Dépôt refusé : date de soins absente."
