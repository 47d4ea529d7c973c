"""What the store keeps for those who watch: switches and lines of partners, long work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from hub.model import Exchange

#: Nothing goes out to the partner; what it leaves or brings is still taken.
PAUSED = "paused"
#: Nothing new goes out; what has left is followed to its end.
DRAINING = "draining"
MODES = (PAUSED, DRAINING)


@dataclass(frozen=True, slots=True)
class Switch:
    """Whether a partner is sent to."""

    partner: str
    mode: str = ""  #: PAUSED, DRAINING, or "": it is
    reason: str = ""
    actor: str = ""
    at: datetime | None = None  #: UTC


@dataclass(frozen=True, slots=True)
class LineState:
    """How the line to a partner is, as the last process that called it found."""

    partner: str
    open: bool = False  #: the breaker is open: it is not called
    since: datetime | None = None  #: UTC; of the breaker's present position
    failures: int = 0  #: in a row
    heard: datetime | None = None  #: UTC; last call that succeeded
    failed: datetime | None = None  #: UTC; last call that did not
    told: str = ""  #: French: why the last one did not


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is under way to one partner and is not held."""

    queued: int = 0  #: not sent yet
    asked: int = 0  #: sent, not decided
    oldest: datetime | None = None  #: UTC; last move of the first in the queue


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that needs two persons: proposed by one, decided by another."""

    kind: str  #: account | client | setting
    act: str  #: add, roles, enable, totp, rotate, value…
    subject: str  #: the account, client or partner
    payload: Mapping[str, Any]  #: what the act needs; never a secret
    reason: str
    proposer: str
    proposed: datetime
    decider: str = ""
    decided: datetime | None = None
    accepted: bool = False
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """Long work that was asked for, and how far it is."""

    id: str
    kind: str
    subject: str
    actor: str
    started: datetime
    seen: datetime  #: last sign of life
    finished: datetime | None = None
    done: int = 0
    total: int = 0  #: 0: not known
    outcome: str = ""  #: "" while it runs; done | failed
    told: str = ""  #: where it is, or what became of it


class Watch(Protocol):
    """Switches, lines, settings, settled quarantine, jobs. Each method is one transaction."""

    def switch(self, partner: str) -> Switch:
        """Whether this partner is sent to."""

    def switches(self) -> dict[str, Switch]:
        """Partners that are paused or draining."""

    def set_switch(self, switch: Switch) -> None:
        """Pause, drain or resume; with an audit row."""

    def line_told(self, line: LineState) -> None:
        """Keep how the line to a partner is."""

    def line_states(self) -> dict[str, LineState]:
        """By partner."""

    def calls_told(self, partner: str, slots: Mapping[str, int], failures: int) -> None:
        """Add calls made since the last time; old ones go."""

    def calls_since(self, since: datetime) -> dict[str, tuple[dict[str, int], int]]:
        """By partner: slots of all calls since then, and failures."""

    def waiting(self) -> dict[str, Waiting]:
        """By partner: what has not left, what waits for an answer, since when."""

    def settle(self, item: int, outcome: str, exchange: str, reason: str, actor: str) -> bool:
        """What a person did about an item of quarantine; False when it was settled before."""

    def inbox_files(self, partner: str, around: datetime) -> Sequence[tuple[str, bytes]]:
        """(name, bytes) of the files of a partner, newest first, none that came after then."""

    def job_begun(self, job: Job) -> None:
        """Keep a new job."""

    def job_moved(self, job: Job, result: bytes | None = None) -> None:
        """Write how far it is."""

    def job(self, id: str) -> Job | None:
        """One job."""

    def job_result(self, id: str) -> bytes | None:
        """What it made."""

    def jobs(self, kind: str = "", subject: str = "", limit: int = 20) -> list[Job]:
        """Newest first."""

    def propose(self, proposal: Proposal) -> int:
        """Note a change; it is made once somebody else accepts it."""

    def decide(self, seq: int, who: str, accepted: bool) -> bool:
        """Accept or refuse a proposed change; False when that was done before."""

    def proposals(self, kind: str = "", subject: str = "") -> list[Proposal]:
        """Newest first, also those refused or not decided."""

    def last_tokens(self) -> dict[str, datetime]:
        """When each registered system was given its last token."""

    def sessions(self) -> dict[str, int]:
        """How many sessions of each account last."""

    def exchanges_like(self, start: str) -> list[Exchange]:
        """Exchanges whose id begins so, two at most."""
