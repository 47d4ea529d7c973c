"""Joins the routing files with the agreements that administrators have set since."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import overload

from hub.exchange import routing
from hub.exchange.routing import Agreement, Routing
from hub.ports.watch import Proposal, Watch

KIND = "agreement"  #: of the proposals that set them
ADD, END = "add", "end"


class Agreements(Sequence[Agreement]):
    """The agreements of the files and of accepted proposals, as they are at each look: every
    process sees a change at once. Looked at only for care abroad."""

    def __init__(
        self, given: Sequence[Agreement], proposals: Callable[[], Iterable[Proposal]]
    ) -> None:
        self._given, self._proposals = tuple(given), proposals

    def _now(self) -> list[Agreement]:
        found = list(self._given)
        for one in sorted(self._proposals(), key=lambda p: p.seq):
            if not one.accepted:
                continue
            if one.act == ADD:
                found.append(read(one))
            else:
                found = [
                    replace(a, end=_day(one.payload["end"])) if same(a, one) else a for a in found
                ]
        return found

    def __iter__(self) -> Iterator[Agreement]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    @overload
    def __getitem__(self, place: int) -> Agreement: ...
    @overload
    def __getitem__(self, place: slice) -> list[Agreement]: ...
    def __getitem__(self, place: int | slice) -> Agreement | list[Agreement]:
        return self._now()[place]


def table(store: Watch, files: Iterable[Path]) -> Routing:
    """The routing table of these files, with the agreements of this store."""
    made = routing.read(files)
    return replace(made, agreements=Agreements(made.agreements, lambda: store.proposals(KIND)))


def read(proposal: Proposal) -> Agreement:
    """The agreement that a proposal adds.

    Raises:
        KeyError, TypeError, ValueError: a part is missing, or is no day.
    """
    told = proposal.payload
    start = _day(told["start"])
    if start is None:
        raise ValueError("start")
    care, cover, reference = (str(told[name]) for name in ("care", "cover", "reference"))
    return Agreement(care, cover, start, _day(told.get("end")), reference)


def same(agreement: Agreement, proposal: Proposal) -> bool:
    """Is it the one a proposal speaks of? By its countries and its first day."""
    told = proposal.payload
    named = (told.get("care"), told.get("cover"), told.get("start"))
    return (agreement.care, agreement.cover, agreement.start.isoformat()) == named


def _day(text: object) -> date | None:
    return date.fromisoformat(str(text)) if text else None
