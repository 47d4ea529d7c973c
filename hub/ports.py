"""The doors: what the exchange needs from the outside, as Protocols with their promises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from hub.model import (
    BatchLimits,
    Deposit,
    Event,
    Exchange,
    Inbound,
    Message,
    NewResource,
    Reply,
    State,
    StoredMessage,
    StoredResource,
    Tree,
)


class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime:
        """The present instant, UTC, aware."""


class Adapter(Protocol):
    """One partner's door. Stateless: whatever must be kept travels in the arguments.

    Raises only: Refused, Unreadable, Unreachable (nothing left), Unconfirmed (something may
    have left).
    """

    name: str  #: the partner's name, the same as its folder and map folder
    operations: Mapping[str, str]  #: operation → how it travels ("soap", "sftp-xml"…)
    resends_safely: bool  #: the partner drops a second copy of the same key
    batches: Mapping[str, BatchLimits]  #: operations that travel in deposits

    def encode(self, operation: str, tree: Tree, key: str) -> Message:
        """The exact bytes for one tree. Pure and deterministic."""

    def bundle(self, operation: str, messages: Sequence[Message], key: str) -> Message:
        """One deposit of several messages, with its control totals. Pure and deterministic."""

    def send(self, message: Message) -> Reply:
        """Deliver. Never called twice for a key unless `resends_safely`."""

    def ask(self, message: Message, reference: str | None) -> Reply:
        """What became of this message? ReplyKind.UNKNOWN when the partner never saw it."""

    def collect(self, known: Callable[[str], bool]) -> Iterator[Inbound]:
        """Files the partner left for us, oldest first, except names that are known."""

    def dispose(self, name: str) -> None:
        """The file of this name is stored here: move it out of the way at the partner."""

    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Reply]:
        """Authenticate and cut a callback or file into replies, one an exchange."""

    def decode(self, reply: Reply) -> Tree:
        """The reply as a tree of the partner's logical model. Pure."""

    def redact(self, body: bytes) -> bytes:
        """The bytes without secrets and without identities (console, logs, recordings)."""


@dataclass(frozen=True, slots=True)
class ConceptRow:
    """A row an administrator added to a ConceptMap."""

    concept_map: str  #: canonical url
    source_system: str
    source_code: str
    target_system: str
    target_code: str
    relationship: str = "equivalent"


class Mapper(Protocol):
    """Executes published maps."""

    def pin(self, canonical: str) -> str:
        """The newest published version as url|version."""

    def map(self, canonical: str, source: Tree) -> Tree:
        """Run a pinned map.

        Raises:
            Unmappable: with every missing code at once, or the map's own error.
        """


@dataclass(frozen=True, slots=True)
class Acceptance:
    """All that one request stores, in one transaction or not at all."""

    resources: Sequence[NewResource] = ()
    exchanges: Sequence[Exchange] = ()
    events: Mapping[str, Sequence[Event]] = field(default_factory=dict)  #: by exchange id
    messages: Mapping[str, Sequence[StoredMessage]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of an Acceptance."""

    resources: Sequence[StoredResource] = ()
    duplicate: Exchange | None = None  #: the exchange that already has this business key
    error: str = ""  #: why this one could not be stored, when the rest of the batch was


@dataclass(frozen=True, slots=True)
class Change:
    """One step's result, written in one transaction under a fencing number."""

    exchange: Exchange  #: as it is to be after the step
    events: Sequence[Event] = ()
    messages: Sequence[StoredMessage] = ()
    resources: Sequence[NewResource] = ()
    spawn: Sequence[Acceptance] = ()
    reply: Reply | None = None  #: applied by this change: remembered in the same transaction


@dataclass(frozen=True, slots=True)
class Criterion:
    """One search condition; its values are alternatives (OR), several criteria are AND.

    Tokens: system "" is any system, "|" is no system; value "" is any code of the system.
    """

    param: str
    values: Sequence[tuple[str, str, str]]  #: (prefix eq|ne|gt|lt|ge|le|sa|eb, system, value)
    kind: str = "token"  #: token | reference | date | string | id


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search; `after` starts the next one."""

    resources: Sequence[StoredResource]
    total: int
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Remembered:
    """An answered request, kept under its Idempotency-Key."""

    request_hash: str
    status: int = 0  #: 0: still running
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Store(Protocol):
    """Everything the hub remembers. Each method is one transaction."""

    # resources
    def read(self, type: str, id: str, version: int | None = None) -> StoredResource | None:
        """The current version, or the one asked for."""

    def received(self, type: str, id: str) -> bytes | None:
        """The bytes as they came from outside, for the newest version that has them."""

    def search(
        self, type: str, criteria: Sequence[Criterion], count: int, after: int | None
    ) -> Page:
        """In the order in which resources were first stored; stable while others arrive."""

    def find(self, type: str, param: str, system: str, value: str) -> StoredResource | None:
        """The newest resource of this type with this index value, or None."""

    # the narrow door of the accept path
    def accept(self, batch: Sequence[Acceptance]) -> list[Accepted]:
        """All of the batch in one transaction; on failure row by row. Answers after commit.

        An acceptance whose first exchange has the business key (provider, identifier,
        operation) of a stored one stores nothing and gives that one as `duplicate`.
        """

    # exchanges
    def exchange(self, id: str) -> Exchange | None:
        """One exchange by its id."""

    def exchanges(
        self,
        *,
        state: State | None = None,
        held: bool | None = None,
        partner: str | None = None,
        resource: str | None = None,
        identifier: str | None = None,
        limit: int = 1000,
    ) -> list[Exchange]:
        """Newest first."""

    def business_key(self, provider: str, identifier: str, operation: str) -> Exchange | None:
        """The exchange with this business key."""

    def by_submission(self, partner: str, submission: str) -> Exchange | None:
        """The exchange that gave the partner this submission id."""

    def lease(self, id: str, seconds: float, *, due: bool = True) -> Exchange | None:
        """Take it for so many seconds by database time; None when taken.

        With `due`, also None when it is held or its next attempt is not due; without, only a
        lease of somebody else stands in the way (news from a partner, an operator's command).
        """

    def recover(self) -> int:
        """Nobody else works on this database (embedded start): free all leases and make every
        SENT exchange and deposit due now, so that it is asked about. Gives how many."""

    def save(self, change: Change) -> None:
        """Write a step's result.

        Raises:
            LeaseLost: the fencing number is not the current one any more.
        """

    def due(self, limit: int = 200) -> list[str]:
        """Exchanges whose next attempt is due and which nobody holds, oldest first."""

    def events(self, exchange_id: str) -> list[Event]:
        """The story, in order."""

    def messages(self, exchange_id: str) -> list[StoredMessage]:
        """The bytes that crossed the border for this exchange, in order, its deposit's too."""

    # deposits
    def deposit_candidates(self, partner: str, operation: str, limit: int) -> list[str]:
        """READY exchanges that wait for a deposit (next_attempt None, not held), oldest first."""

    def outgoing(self, exchange_id: str) -> Message | None:
        """The newest message made for the partner and not yet superseded."""

    def close_deposit(self, deposit: Deposit, members: Sequence[str], message: Message) -> bool:
        """Members READY → SENT and the deposit's bytes, in one transaction.

        False (and nothing written) when a member is not READY any more.
        """

    def lease_deposit(self, id: str, seconds: float) -> tuple[Deposit, Message] | None:
        """As `lease`."""

    def save_deposit(
        self, deposit: Deposit, members: State | None, events: Sequence[Event] = ()
    ) -> None:
        """Write a deposit's step; moves its SENT members to `members` when given."""

    def deposits_due(self, limit: int = 50) -> list[str]:
        """Deposits to be sent or asked about."""

    def deposits(self, partner: str | None = None) -> list[Deposit]:
        """Newest first."""

    # what partners left for us
    def inbox_known(self, partner: str, name: str) -> bool:
        """Was a file of this name stored already?"""

    def inbox_put(self, partner: str, inbound: Inbound) -> str:
        """Keep the bytes; the same name or content again gives the first one's id."""

    def inbox_waiting(self, limit: int = 50) -> list[tuple[str, str, Inbound]]:
        """(id, partner, file) not applied yet, oldest first."""

    def inbox_done(self, id: str, reason: str = "") -> None:
        """Applied; with a reason: in quarantine."""

    def reply_known(self, partner: str, reply: Reply) -> bool:
        """Was this reply applied before? (Change.reply remembers it.)"""

    def quarantine(self, partner: str, body: bytes, reason: str, reference: str = "") -> None:
        """Keep what could not be matched or read, for a person."""

    def quarantined(self) -> list[Mapping[str, Any]]:
        """What waits for a person."""

    # registry
    def concept_rows(self) -> list[ConceptRow]:
        """Rows administrators added, in order; a later one wins."""

    def concepts_version(self) -> int:
        """Grows with every row added."""

    def add_concepts(self, rows: Iterable[ConceptRow], actor: str) -> int:
        """Add rows; gives how many."""

    def rights_known(self, number: str, day: date) -> str | None:
        """The managing body remembered for an insured number on a day."""

    def remember_rights(self, number: str, day: date, body: str, at: datetime) -> None:
        """Keep what the scheme manager said about a day of care."""

    # idempotency keys
    def remember(self, client: str, key: str, request_hash: str) -> Remembered | None:
        """None: the key is new and now reserved. Otherwise what is known of it."""

    def answer(
        self, client: str, key: str, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        """The response to give again for this key."""

    def forget(self, client: str, key: str) -> None:
        """The request failed before anything was stored: the key may be used again."""

    # sums of money
    def totals(self) -> Mapping[str, Mapping[str, Any]]:
        """Sums by place (received, stored, mapped, sent, response) and currency."""
