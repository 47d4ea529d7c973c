"""What the store knows of people: their numbers, what bodies told of them, tasks about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hub.model import Event, Exchange, NewResource, Reply

Key = tuple[str, str]  #: an identifier: (system, value)


@dataclass(frozen=True, slots=True)
class Identity:
    """One identifier of one person, as one source gave it."""

    system: str
    value: str
    person: str  #: id of the Patient
    use: str = "official"  #: official | temp (provisional) | old | secondary (put right by hand)
    start: str = ""  #: first day, ISO; "" when not told
    end: str = ""  #: last day, ISO; "" when open
    source: str = ""  #: partner and number of its notice, or the person who decided
    first_seen: datetime | None = None
    last_seen: datetime | None = None

    def valid(self, day: str) -> bool:
        """Is it the person's on this day (ISO)?"""
        return self.start <= day and (not self.end or day <= self.end)


@dataclass(frozen=True, slots=True)
class Piece:
    """What one notice said about one resource: its provenance, and the order of notices."""

    resource: str  #: Type/id
    person: str
    as_of: datetime  #: the partner's own date of the news
    outcome: str  #: created | updated | unchanged | late | closed | linked


@dataclass(frozen=True, slots=True)
class Registration:
    """All that one notice changes, in one transaction; nothing when the world has moved."""

    partner: str
    notice: str
    reply: Reply
    resources: Sequence[NewResource] = ()
    identities: Sequence[Identity] = ()
    pieces: Sequence[Piece] = ()
    persons: frozenset[tuple[str, str, str]] = frozenset()  #: (system, value, person) as seen


@dataclass(frozen=True, slots=True)
class Doubt:
    """A person nobody knows, or whose numbers lead to several: somebody has to decide."""

    kind: str  #: unknown | ambiguous
    keys: Sequence[Key]  #: identifiers that name the person
    reason: str  #: French sentence
    exchange: str = ""  #: an exchange that waits for it
    partner: str = ""  #: with `news`: whose
    news: Reply | None = None  #: a piece of news that waits for it


@dataclass(frozen=True, slots=True)
class PersonTask:
    """One task for one person in doubt, with all that waits for it."""

    id: str
    kind: str
    reason: str
    opened: datetime
    keys: Sequence[Key] = ()
    exchanges: Sequence[str] = ()
    news: Sequence[tuple[str, Reply]] = ()
    resolved: datetime | None = None
    actor: str = ""
    person: str = ""  #: the answer
    attached: int = 0  #: grows with everything that happens to it


@dataclass(frozen=True, slots=True)
class Bill:
    """The acts of one claim, by which the same act billed to another body is found."""

    acts: Sequence[str]  #: hashes of person, provider, act and day
    known: frozenset[str] = frozenset()  #: exchanges a person has already decided about


@dataclass(frozen=True, slots=True)
class Double:
    """The same act in two exchanges to two bodies."""

    exchange: str
    other: str
    at: datetime
    handling: str  #: hold | flag


class Directory(Protocol):
    """People, and the same act billed twice. Each method is one transaction."""

    def identities(self, keys: Sequence[Key]) -> list[Identity]:
        """All rows with these identifiers, whoever they belong to."""

    def identity_systems(self) -> list[str]:
        """Every system in which somebody has a number."""

    def identities_of(self, person: str) -> list[Identity]:
        """All identifiers of a person, oldest first."""

    def note_identities(self, rows: Sequence[Identity]) -> None:
        """Add rows; the same (system, value, person) again updates use, period and last_seen."""

    def register(self, registration: Registration) -> bool:
        """Apply one notice; False, and nothing written, when what it was worked out from changed:
        an identifier leads to somebody else now, or a resource has another version.

        A notice that was applied before changes nothing and gives True.
        """

    def notice_known(self, partner: str, notice: str) -> bool:
        """Was a notice of this number applied?"""

    def pieces(self, person: str) -> list[tuple[str, str, Piece]]:
        """(partner, notice, piece) of a person, in order of application."""

    def open_task(self, doubt: Doubt, id: str) -> str:
        """Attach to the open task that shares an identifier, else open one under `id`."""

    def tasks(self, *, open: bool | None = None, limit: int = 1000) -> list[PersonTask]:
        """Newest first."""

    def task(self, id: str) -> PersonTask | None:
        """One task with all that waits for it."""

    def resolve_task(self, id: str, person: str, actor: str, rows: Sequence[Identity]) -> bool:
        """Close it and note what was decided; False when it was closed before."""

    def decided(self, keys: Sequence[Key]) -> str:
        """The person decided on for exactly these identifiers, "" when nobody decided."""

    def decided_news(self, limit: int = 20) -> list[tuple[int, str, Reply]]:
        """(number, partner, news) that waited for a task which is resolved now."""

    def news_applied(self, number: int) -> None:
        """That piece of news is applied."""

    def tasks_to_show(self, limit: int = 100) -> list[str]:
        """Tasks whose FHIR Task is not up to date."""

    def show_task(self, id: str, new: NewResource, seen: int) -> None:
        """Store the FHIR Task made when so many things were attached."""

    def doubles(self, limit: int = 1000) -> list[tuple[Double, Exchange, Exchange]]:
        """The same act billed to two bodies, newest first."""

    def guessed(self, client: str, seconds: float) -> int:
        """How many questions without a match this client asked in the last seconds."""

    def guess(self, client: str) -> int:
        """Count a question, for as long as it has no match; gives its number."""

    def unguess(self, guess: int) -> None:
        """Forget this question: it had a match, or was not answered."""


#: Lines for stories of other exchanges than the one that a Change writes.
Told = Mapping[str, Sequence[Event]]
