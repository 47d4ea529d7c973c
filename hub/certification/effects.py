"""Offline checks of what answers do to exchanges: the adapter inside a small hub of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from hub import wiring
from hub.certification.bench import Bench
from hub.certification.findings import Checks, Part, must
from hub.certification.lines import duplicates
from hub.exchange.post import Post
from hub.formats import exact_json
from hub.model import (
    Exchange,
    Message,
    NewResource,
    Operation,
    Reply,
    ReplyKind,
    State,
    Tree,
)
from hub.ports import Acceptance, Adapter
from hub.ports.releases import When
from hub.settings import Settings

CHECKS: Checks[Bench] = Checks()
_DAY = date(2026, 10, 5)


@CHECKS.add(
    Part.TECHNICAL,
    "late-answer-in-hub",
    "Dans le hub, la réponse tardive à A décide de A et laisse B en attente",
    "In the hub, a late answer to A decides A and leaves B waiting",
)
def late_answer_in_hub(bench: Bench) -> None:
    """Two exchanges under way; only one of them is answered."""
    replies = _decisions(bench)
    with _small_hub(bench) as (hub, under_way):
        for key in ("A", "B"):
            under_way(key)
        for reply in replies:
            Post(hub.trip).apply(bench.name, reply)
        a, b = _state(hub, "A"), _state(hub, "B")
        must(a.answer, f"A est {a.state} : {a.reason}", f"A is {a.state}: {a.reason}")
        must(b.state is State.PENDING, f"B est {b.state}", f"B is {b.state}")


@CHECKS.add(
    Part.TECHNICAL,
    "duplicate-answer",
    "Une réponse reçue deux fois n'a qu'un effet",
    "An answer received twice has one effect",
)
def duplicate_answer(bench: Bench) -> None:
    """The second copy changes neither the exchange, nor its story, nor the resources."""
    replies = _decisions(bench)
    with _small_hub(bench) as (hub, under_way):
        under_way("A")
        for reply in replies:
            Post(hub.trip).apply(bench.name, reply)
        once, story = _state(hub, "A"), hub.store.events("A")
        must(once.answer, f"A est {once.state} : {once.reason}", f"A is {once.state}")
        for reply in [*_decisions(bench), *replies]:
            Post(hub.trip).apply(bench.name, reply)
        twice = _state(hub, "A")
        same = replace(twice, fence=0, updated=once.updated) == replace(once, fence=0)
        must(same, "l'échange a changé", "the exchange changed")
        must(hub.store.events("A") == story, "l'histoire s'allonge", "the story grew")


def _decisions(bench: Bench) -> list[Reply]:
    concerned = bench.case.operation in (Operation.CLAIM, Operation.PREAUTHORIZATION)
    bench.need(concerned or None, "ce n'est pas une demande", "it is a question, not a request")
    found = [r for r in duplicates(bench, "A") if r.kind is ReplyKind.ANSWER]
    must(found, "aucune réponse n'a été lue", "no answer was read")
    return found


class _WithoutLine:
    """The adapter, but what it sends arrives at once and nothing is decided yet."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self.batches: Mapping[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)

    def send(self, message: Message) -> Reply:
        """Received."""
        content_type, key = message.content_type, message.key
        return Reply(ReplyKind.ACKNOWLEDGED, message.operation, key, b"", content_type)


class _Straight:
    """Maps that give the case's message, and the smallest FHIR answer."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def pin(self, canonical: str, when: When | None = None) -> str:
        """Any map, in one version."""
        return f"{canonical}|0"

    def map(self, canonical: str, source: Tree, when: When | None = None) -> Tree:
        """The message, or an answer that says complete."""
        if not canonical.endswith("-answer|0"):
            return self._tree
        return {
            "resourceType": "ClaimResponse",
            "status": "active",
            "type": {"coding": [{"code": "professional"}]},
            "use": "claim",
            "patient": {"display": "synthetic"},
            "created": "2026-10-06",
            "insurer": {"display": "synthetic"},
            "outcome": "complete",
        }


@contextmanager
def _small_hub(bench: Bench) -> Iterator[tuple[wiring.Hub, Callable[[str], None]]]:
    """A hub on a database of its own, and what brings an exchange under way in it."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder), database_url="", routing=[], partners=[])
        adapter: Any = _WithoutLine(bench.adapter())
        hub = wiring.build(settings, adapters={bench.name: adapter})
        straight: Any = _Straight(bench.case.tree)
        hub.maps = straight

        def under_way(key: str) -> None:
            hub.store.accept([_accepted(bench, key)])
            hub.trip.advance(key)

        try:
            yield hub, under_way
        finally:
            hub.close()


def _accepted(bench: Bench, key: str) -> Acceptance:
    now = datetime.now(UTC)
    claim = {"resourceType": "Claim", "id": key, "status": "active", "use": "claim"}
    exchange = Exchange(
        id=key,
        state=State.ACCEPTED,
        operation=Operation(bench.case.operation),
        resource=f"Claim/{key}",
        provider="synthetic",
        identifier=f"synthetic|{key}",
        content_hash=key,
        submission=key,
        correlation=key,
        workflow=key,
        care_date=_DAY,
        created=now,
        updated=now,
        partner=bench.name,
        next_attempt=now,
    )
    new = NewResource("Claim", key, exact_json.dumps(claim), updated=now)
    return Acceptance(resources=(new,), exchanges=(exchange,))


def _state(hub: wiring.Hub, key: str) -> Exchange:
    found = hub.store.exchange(key)
    if found is None:
        raise LookupError(key)
    return found
