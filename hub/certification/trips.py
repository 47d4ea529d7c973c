"""Checks of whole trips: claims through a small hub to a running partner and back."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from hub import wiring
from hub.certification.findings import Checks, NotConcerned, Note, Part, must
from hub.certification.live import MISBEHAVIOURS, Live
from hub.exchange import cancelling
from hub.formats import exact_json
from hub.model import BatchLimits, Exchange, Operation, State, Tree
from hub.ports import Adapter
from hub.settings import Settings

CHECKS: Checks[Live] = Checks()
CLAIMS = 3
#: A sandbox decides and pays by its own clock; a partner by its own days.
DAY = 86_400


@CHECKS.add(
    Part.PROCESS,
    "claim-to-payment",
    "Une demande voyage, revient décidée, et est payée",
    "A claim travels, comes back decided, and is paid",
)
def claim_to_payment(live: Live) -> Sequence[Note]:
    """All claims are decided, each booked once; one at least is paid, if it tells payments."""
    with _hub(live) as hub:
        ids = _submit(hub, _claims(live, CLAIMS))
        pays = live.ground.case.pays
        _work(live, hub, lambda: all(_done(hub, id) for id in ids) and _paid(hub, ids) >= pays)
        for id in ids:
            _judge(live, hub, id)
        paid = _paid(hub, ids)
        if not pays:
            fr, en = "ne dit pas ce qu'il paie", "it does not tell what it pays"
            return [Note(f"{len(ids)} décidées ; {fr}", f"{len(ids)} decided; {en}")]
        must(paid, "aucune n'a été payée", "none was paid")
        return [Note(f"{len(ids)} décidées, {paid} payées", f"{len(ids)} decided, {paid} paid")]


@CHECKS.add(
    Part.PROCESS,
    "misbehaviour-claims",
    "Chaque incident du partenaire laisse la demande décidée et enregistrée une fois",
    "Each mishap of the partner leaves the claim decided, and booked once",
)
def misbehaviour(live: Live) -> Sequence[Note]:
    """One claim under each mishap a sandbox knows."""
    claims = _claims(live, CLAIMS + len(MISBEHAVIOURS))[CLAIMS:]
    with _hub(live) as hub:
        for kind, claim in zip(MISBEHAVIOURS, claims, strict=True):
            with live.misbehaving(kind):
                [id] = _submit(hub, [claim])
                _work(live, hub, lambda id=id: _done(hub, id))
            _judge(live, hub, id, kind)
    return [Note(", ".join(MISBEHAVIOURS), ", ".join(MISBEHAVIOURS))]


@CHECKS.add(
    Part.PROCESS,
    "cancellation",
    "Une annulation est acceptée, ou refusée parce que la décision est prise",
    "A cancellation is accepted, or refused because the decision is taken",
)
def cancellation(live: Live) -> Sequence[Note]:
    """Asked for as soon as the partner has the claim; the claim and the order must agree after."""
    if Operation.CANCELLATION not in live.adapter.operations:
        raise NotConcerned("il ne prend pas d'annulations", "it takes no cancellations")
    claim = _claims(live, CLAIMS + len(MISBEHAVIOURS) + 1)[-1]
    with _hub(live) as hub:
        [id] = _submit(hub, [claim])
        _work(live, hub, lambda: _exchange(hub, id).state in (State.PENDING, State.CLOSED))
        order = cancelling.name(hub.trip, _exchange(hub, id))
        asked = (hub.trip, _exchange(hub, id), order, "certification", None, "certification")
        hub.store.accept([cancelling.acceptance(*asked)])
        _work(live, hub, lambda: _done(hub, order) and _settled(hub, id))
        closed = _exchange(hub, order)
        must(closed.state is State.CLOSED, closed.reason, closed.reason)
        state = _exchange(hub, id).state
        settled = state in (State.CANCELLED, State.CLOSED)
        must(settled, f"la demande est {state}", f"the claim is {state}")
        if state is State.CANCELLED:
            return [Note("acceptée", "accepted")]
        must(_exchange(hub, id).answer, "ni annulée ni décidée", "neither cancelled nor decided")
        return [Note("refusée : déjà décidée", "refused: already decided")]


class _Prompt:
    """The adapter, with deposits that close at once."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        limits = adapter.batches.items()
        self.batches: Mapping[str, BatchLimits] = {o: replace(b, age=0.0) for o, b in limits}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)


@contextmanager
def _hub(live: Live) -> Iterator[wiring.Hub]:
    """A hub with a database of its own, connected to this partner alone."""
    if Operation.CLAIM not in live.adapter.operations or live.claims is None:
        raise NotConcerned("il ne reçoit pas de demandes", "it takes no claims")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data=Path(folder),
            database_url="",
            routing=list(live.routing),
            mappings=list(live.ground.folders[1:]),
            partners=[],
            retry_first=0.2,
            retry_most=1.0,
        )
        prompt: Any = _Prompt(live.adapter)
        hub = wiring.build(settings, adapters={live.ground.name: prompt})
        try:
            live.world(hub)
            yield hub
        finally:
            hub.close()


def _claims(live: Live, count: int) -> Sequence[Tree]:
    if live.claims is None:
        raise NotConcerned("il ne reçoit pas de demandes", "it takes no claims")
    return live.claims(count)


def _submit(hub: wiring.Hub, claims: Sequence[Tree]) -> list[str]:
    """The exchanges of these claims."""
    ids = []
    for claim in claims:
        acceptance = hub.intake.submit(claim, exact_json.dumps(claim))
        hub.accept(acceptance).result()
        ids.append(acceptance.exchanges[0].id)
    return ids


def _work(live: Live, hub: wiring.Hub, finished: Any) -> None:
    """What a worker does, until it is finished or the partner's time is up."""
    end = time.monotonic() + live.seconds
    ticks = 0
    while not finished() and time.monotonic() < end:
        hub.sweep()
        for id in hub.store.due():
            hub.trip.advance(id)
        ticks += 1
        if live.control is not None and ticks % 10 == 0:
            live.control("/clock", {"advance": DAY})
        time.sleep(0.1)


def _judge(live: Live, hub: wiring.Hub, id: str, when: str = "") -> None:
    exchange, told = _exchange(hub, id), f"{when} : " if when else ""
    state = f"{exchange.state} {exchange.reason}".strip()
    must(exchange.state is State.CLOSED, f"{told}{state}", f"{told}{state}")
    times = live.booked(exchange.submission)
    must(times <= 1, f"{told}enregistrée {times} fois", f"{told}booked {times} times")
    must(exchange.answer, f"{told}sans réponse", f"{told}without an answer")


def _done(hub: wiring.Hub, id: str) -> bool:
    exchange = _exchange(hub, id)
    return exchange.held or exchange.state is State.CLOSED


def _settled(hub: wiring.Hub, id: str) -> bool:
    return _exchange(hub, id).state in (State.CANCELLED, State.CLOSED)


def _paid(hub: wiring.Hub, ids: Sequence[str]) -> int:
    return sum(any(e.what == "paid" for e in hub.store.events(id)) for id in ids)


def _exchange(hub: wiring.Hub, id: str) -> Exchange:
    found = hub.store.exchange(id)
    if found is None:
        raise LookupError(id)
    return found
