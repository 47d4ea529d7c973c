"""One act on many exchanges: what it would do is told before, what it did after."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.errors import Conflict, Invalid, Issue, Problem
from hub.exchange import replaying
from hub.formats import exact_json
from hub.model import Exchange, State
from hub.ports.watch import Job
from hub.watching import jobs
from hub.wiring import Hub

ACTIONS = ("hold", "resume", "withdraw", "replay")
#: The right each of them needs.
RIGHTS = {
    "hold": "exchange.hold",
    "resume": "exchange.hold",
    "withdraw": "exchange.cancel",
    "replay": "exchange.replay",
}
SHORTEST_REASON = 5  #: characters
MOST = 10_000  #: exchanges in one act
AT_ONCE = 500
JOB = "bulk"  #: kind of the work
ONCE = timedelta(days=3650)  #: an interrupted job is continued once
LARGE = 100  #: more exchanges than this are dealt with by a job


@dataclass(frozen=True)
class Preview:
    """What an act would do."""

    action: str
    able: list[Exchange]
    unable: list[Exchange]
    cut: bool = False  #: there are more than MOST

    @property
    def kinds(self) -> dict[str, int]:
        """For a replay: how many of each kind; else how many in each state."""
        if self.action == "replay":
            return dict(Counter(replaying.kind(one) for one in self.able))
        return dict(Counter(str(one.state) for one in self.able))


@dataclass
class Outcome:
    """What an act did."""

    done: int = 0
    changed: int = 0  #: answers that say something else after a replay
    failed: list[tuple[str, Problem]] = field(default_factory=list)


def can(action: str, exchange: Exchange) -> bool:
    """Is the act possible as the exchange is now?"""
    if action == "resume":
        return exchange.held
    if action == "withdraw":
        return exchange.state in (State.ACCEPTED, State.READY)
    if action == "replay":
        return replaying.kind(exchange) != replaying.NOTHING
    return not exchange.held and exchange.state not in (State.CLOSED, State.CANCELLED)


def preview(action: str, exchanges: Iterable[Exchange]) -> Preview:
    """What the act would do to these."""
    able: list[Exchange] = []
    unable: list[Exchange] = []
    for one in exchanges:
        if len(able) + len(unable) == MOST:
            return Preview(action, able, unable, cut=True)
        (able if can(action, one) else unable).append(one)
    return Preview(action, able, unable)


def matching(hub: Hub, wanted: dict[str, Any], newest: str = "") -> Iterator[Exchange]:
    """All exchanges of a filter (as `store.browse` takes it), newest first; with `newest`, none
    that came after that one."""
    if newest:
        first = hub.store.exchange(newest)
        if first is not None and _fits(hub, first, wanted):
            yield first
    before: str | None = newest or None
    while True:
        page = hub.store.browse(**wanted, before=before, limit=AT_ONCE)
        yield from page
        if len(page) < AT_ONCE:
            return
        before = page[-1].id


def _fits(hub: Hub, exchange: Exchange, wanted: dict[str, Any]) -> bool:
    plain = {name: value for name, value in wanted.items() if value is not None}
    resources = plain.pop("resources", None)
    same = all(str(getattr(exchange, name)) == str(value) for name, value in plain.items())
    return same and (resources is None or exchange.resource in resources)


def act(
    hub: Hub,
    action: str,
    ids: Iterable[str],
    reason: str,
    actor: str,
    moved: Callable[[int], None] = lambda _: None,
) -> Outcome:
    """Do it, one by one; what cannot be done is told and stops nothing.

    Args:
        moved: told how many are dealt with.

    Raises:
        Invalid: no reason is given.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid(
            Issue(
                "required",
                "Donnez le motif en quelques mots : il reste dans l'histoire de chaque échange.",
                "Give the reason in a few words: it stays in the story of each exchange.",
            )
        )
    outcome = Outcome()
    for number, id in enumerate(ids, 1):
        try:
            outcome.changed += _one(hub, action, id, reason.strip(), actor)
        except Problem as problem:
            outcome.failed.append((id, problem))
        else:
            outcome.done += 1
            hub.ring([id])
        moved(number)
    return outcome


def told(outcome: Outcome) -> tuple[str, bytes]:
    """What was done, as a French sentence, and what was not, as JSON: how a job ends."""
    failed = [{"exchange": id, "why": problem.text} for id, problem in outcome.failed]
    text = f"Échanges traités : {outcome.done}, impossibles : {len(outcome.failed)}."
    return text, json.dumps({"done": outcome.done, "failed": failed}).encode()


def job(hub: Hub, action: str, ids: Sequence[str], reason: str, actor: str) -> Job:
    """The same as long work, which can be watched, left, and continued when its process has gone.

    Raises:
        Invalid: no reason is given.
    """
    act(hub, action, [], reason, actor)  # tells now that the reason is missing

    def work(progress: jobs.Progress) -> tuple[str, bytes]:
        return told(act(hub, action, ids, reason, actor, progress.moved))

    plan = json.dumps({"action": action, "ids": list(ids), "reason": reason, "failed": []})
    return jobs.start(hub, JOB, action, actor, len(ids), work, plan.encode())


def carry_on(hub: Hub, id: str, actor: str) -> Job:
    """What a job had not done when its process went, as a job of its own.

    Raises:
        NotFound: there is no such work.
        Conflict: it goes on, it is over, or nothing of it is left to do.
    """
    found = hub.store.job(id)
    if found is None or found.kind != JOB:
        raise jobs.unknown()
    plan = exact_json.loads(hub.store.job_result(id) or b"{}") if jobs.died(found) else {}
    left = plan.get("ids", [])[found.done :]
    able = preview(found.subject, _there(hub, left)).able
    now = datetime.now(UTC)
    if not able or not hub.store.use_once("job-continued", id, now + ONCE):
        raise Conflict(
            Issue(
                "business-rule",
                "Il n'y a rien à continuer : ce travail avance encore, ou il est fini. Voyez sa "
                "page, ou « benkan job show ».",
                "There is nothing to continue: this work goes on, or it is over. See its page, or "
                "'benkan job show'.",
            )
        )
    made = job(hub, found.subject, [one.id for one in able], plan["reason"], actor)
    words = f"Interrompu ; continué par le travail {made.id}."
    over = replace(found, outcome=jobs.FAILED, told=words, seen=now, finished=now)
    hub.store.job_moved(over)
    return made


def _there(hub: Hub, ids: Iterable[str]) -> Iterator[Exchange]:
    found = (hub.store.exchange(id) for id in ids)
    return (one for one in found if one is not None)


def _one(hub: Hub, action: str, id: str, reason: str, actor: str) -> int:
    control = hub.control
    if action == "replay":
        return int(replaying.replay(control, id, reason, actor).changed)
    if action == "resume":
        control.resume(id, actor, reason)
    else:
        {"hold": control.hold, "withdraw": control.withdraw}[action](id, reason, actor)
    return 0
