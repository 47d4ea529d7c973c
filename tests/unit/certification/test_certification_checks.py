"""Each check of the certification suite fails on the adapter it is there to find."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count

import pytest

from adapters.loopback import certification
from adapters.loopback.adapter import Loopback
from hub import errors
from hub.certification.bench import Bench
from hub.certification.findings import Outcome, Result
from hub.certification.suite import OFFLINE
from hub.formats import exact_json
from hub.model import BatchLimits, Message, Reply, ReplyKind, Tree
from hub.ports.certification import Case

NUMBERS = count()


class Nameless(Loopback):
    name = "somebody else"


class Moody(Loopback):
    def encode(self, operation: str, tree: Tree, key: str) -> Message:
        return super().encode(operation, tree | {"nonce": next(NUMBERS)}, key)


class Remembering(Loopback):
    def __init__(self) -> None:
        super().__init__()
        self.number = next(NUMBERS)

    def redact(self, body: bytes) -> bytes:
        return super().redact(body) + str(self.number).encode()


class Misreading(Loopback):
    def decode(self, reply: Reply) -> Tree:
        return super().decode(reply) | {"reference": "s-2"}


class Forgetful(Loopback):
    def encode(self, operation: str, tree: Tree, key: str) -> Message:
        kept = {name: value for name, value in tree.items() if name != "nom"}
        return super().encode(operation, kept, key)


class Obliging(Loopback):
    def encode(self, operation: str, tree: Tree, key: str) -> Message:
        try:
            return super().encode(operation, tree, key)
        except errors.Refused:
            return super().encode("claim", {}, key)


class Miscounting(Loopback):
    def bundle(self, operation: str, messages: Sequence[Message], key: str) -> Message:
        return replace(super().bundle(operation, messages, key), count=1)


class Talkative(Loopback):
    def redact(self, body: bytes) -> bytes:
        return body


class Trusting(Loopback):
    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Reply]:
        try:
            return super().receive(headers, body)
        except errors.Unreadable:
            return [Reply(ReplyKind.ANSWER, "claim", "s-1", body, "text/plain")]


class Confused(Loopback):
    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Reply]:
        return [replace(reply, reference="B") for reply in super().receive(headers, body)]


class Plain(Loopback):
    def encode(self, operation: str, tree: Tree, key: str) -> Message:
        text = unicodedata.normalize("NFKD", str(tree.get("nom", "")))
        plain = text.encode("ascii", "ignore").decode()
        return super().encode(operation, tree | {"nom": plain}, key)


class Sloppy(Loopback):
    def __init__(self) -> None:
        super().__init__(batches={"claim": BatchLimits(10, 1000, 1.0)})


def results(made: type[Loopback], **changes: object) -> dict[str, Result]:
    case = replace(certification.case(), make=lambda port: made(), **changes)
    return {check.code: check(Bench("loopback", case)) for check in OFFLINE}


def failed(found: dict[str, Result]) -> set[str]:
    return {code for code, result in found.items() if result.outcome is Outcome.FAILED}


@pytest.mark.parametrize(
    ("broken", "checks"),
    [
        (Nameless, {"declares-itself"}),
        (Moody, {"encode-deterministic", "instances-alike"}),
        (Remembering, {"instances-alike"}),
        (Misreading, {"golden-answers"}),
        (Forgetful, {"golden-messages"}),
        (Obliging, {"unknown-operation", "incomplete-refused"}),
        (Talkative, {"redaction"}),
        (Trusting, {"foreign-bytes", "unknown-status"}),
        (Confused, {"late-answer", "late-answer-in-hub"}),
        (Plain, {"hard-text"}),
    ],
)
def test_a_broken_adapter_is_found(broken: type[Loopback], checks: set[str]) -> None:
    assert checks <= failed(results(broken))


def test_the_sound_adapter_fails_nothing() -> None:
    assert failed(results(Loopback)) == set()


def test_a_line_that_never_fails_is_found() -> None:
    found = failed(results(Loopback, silent=errors.Unconfirmed))
    assert {"refused-connection", "read-timeout"} <= found


class MiscountingLot(Miscounting, Sloppy):
    pass


def test_a_deposit_that_miscounts_is_found() -> None:
    assert "deposit-totals" not in failed(results(Sloppy))
    assert "deposit-totals" in failed(results(MiscountingLot))


def test_a_wrong_total_that_is_taken_is_found() -> None:
    taken = exact_json.dumps({"kind": "answer", "operation": "claim", "reference": "s-1"})
    assert "deposit-totals" in failed(results(Sloppy, wrong_totals=[taken]))


def test_totals_the_partner_reads_otherwise_are_found() -> None:
    assert "deposit-totals" in failed(results(Sloppy, totals=lambda body: (3, {})))


def test_a_loss_that_is_stated_passes_and_is_named_by_field() -> None:
    case: Case = certification.case()
    found = results(Plain, texts=dict.fromkeys(case.texts, "transliterated"))["hard-text"]
    # Arabic script has no plain letters at all: nothing arrives, which no statement excuses
    assert found.outcome is Outcome.FAILED
    assert "محمد" in found.notes[0].fr


def test_a_surprise_in_an_adapter_is_a_finding_in_both_languages() -> None:
    class Breaking(Loopback):
        def redact(self, body: bytes) -> bytes:
            raise ZeroDivisionError("boom")

    found = results(Breaking)["redaction"]
    assert found.outcome is Outcome.FAILED
    assert "erreur imprévue" in found.notes[0].fr
    assert "unexpected error" in found.notes[0].en
