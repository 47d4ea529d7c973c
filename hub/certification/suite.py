"""The suite: offline checks, checks of maps, live checks; and the report of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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


def certify(
    ground: Ground,
    partner: Live | None,
    against: str,
    moved: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Run everything; without a running partner the live checks are left out.

    Args:
        ground: the partner, its case and its maps.
        partner: the same, running.
        against: its address, for the report.
        moved: told after each check how many are done, and of how many.
    """
    bench = Bench(ground.name, ground.case)
    return Report(
        partner=ground.name,
        at=datetime.now(UTC),
        version=metadata.version("benkan"),
        against=against,
        operations=sorted(ground.adapter.operations.items()),
        results=list(_counted(_results(bench, ground, partner), partner, moved)),
    )


def _counted(
    results: Iterator[Result], partner: Live | None, moved: Callable[[int, int], None]
) -> Iterator[Result]:
    total = len(OFFLINE) + len(MAPS) + (len(LIVE) if partner is not None else 0)
    for done, result in enumerate(results, 1):
        moved(done, total)
        yield result


def _results(bench: Bench, ground: Ground, partner: Live | None) -> Iterator[Result]:
    yield from (check(bench) for check in OFFLINE)
    yield from (check(ground) for check in MAPS)
    if partner is not None:
        yield from (check(partner) for check in LIVE)
