"""The suite: offline checks, checks of maps, live checks; and the report of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib import metadata

from hub.certification import domain, effects, lines, live, messages, texts, trips
from hub.certification.bench import Bench
from hub.certification.findings import Check, Result
from hub.certification.ground import Ground
from hub.certification.live import Live
from hub.certification.report import Report

#: Needs no partner: the contract tests run it on every adapter.
OFFLINE: Sequence[Check[Bench]] = (
    *messages.CHECKS.every,
    *lines.CHECKS.every,
    *effects.CHECKS.every,
    *texts.CHECKS.every,
)
MAPS: Sequence[Check[Ground]] = tuple(domain.CHECKS.every)
LIVE: Sequence[Check[Live]] = (*live.CHECKS.every, *trips.CHECKS.every)


def certify(ground: Ground, partner: Live | None, against: str) -> Report:
    """Run everything; without a running partner the live checks are left out.

    Args:
        ground: the partner, its case and its maps.
        partner: the same, running.
        against: its address, for the report.
    """
    bench = Bench(ground.name, ground.case)
    return Report(
        partner=ground.name,
        at=datetime.now(UTC),
        version=metadata.version("benkan"),
        against=against,
        operations=sorted(ground.adapter.operations.items()),
        results=list(_results(bench, ground, partner)),
    )


def _results(bench: Bench, ground: Ground, partner: Live | None) -> Iterator[Result]:
    yield from (check(bench) for check in OFFLINE)
    yield from (check(ground) for check in MAPS)
    if partner is not None:
        yield from (check(partner) for check in LIVE)
