"""The door of the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from hub.model import (
    Deposit,
    Event,
    Exchange,
    Inbound,
    Message,
    Reply,
    State,
    StoredMessage,
    StoredResource,
)
from hub.ports.amendments import Amendments
from hub.ports.books import Books
from hub.ports.people import Directory
from hub.ports.records import (
    Acceptance,
    Accepted,
    AddedConcept,
    Change,
    ConceptRow,
    Criterion,
    Page,
    Remembered,
)
from hub.ports.watch import Watch


class Store(Directory, Books, Amendments, Watch, Protocol):
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

    def member(self, id: str) -> StoredResource | None:
        """The Patient whom a question by number, birth date and name may find; for a tenant
        never one that another tenant stored."""

    def reachable(self, owner: str, type: str, id: str) -> StoredResource | None:
        """The resource that a reference in the resource `owner` (Type/id) leads to; None when it is
        not there, or is a person or cover that another tenant stored."""

    def nearest(self, owner: str, type: str, system: str, value: str) -> StoredResource | None:
        """Whom an identifier names in the resource `owner` (Type/id): what the same tenant stored,
        else what no tenant owns, newest first; of people and covers never another tenant's."""

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
            Conflict: a resource has another version than the one it was to follow.
            DoubleBilled: another exchange billed one of these acts to another body.
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

    def deposit_members(self, key: str) -> list[str]:
        """The exchanges that travelled in the deposit of this key."""

    def deposits(self, partner: str | None = None) -> list[Deposit]:
        """Newest first."""

    # what partners left for us
    def inbox_put(self, partner: str, inbound: Inbound) -> str:
        """Keep the bytes; the same name or content again gives the first one's id."""

    def inbox_waiting(self, limit: int = 50) -> list[tuple[str, str, Inbound]]:
        """(id, partner, file) not applied yet and due, oldest first."""

    def inbox_later(self, id: str, reason: str, due: datetime) -> None:
        """Applied in part or not at all: try again then. With a reason it is shown to people."""

    def inbox_wake(self, partner: str) -> None:
        """Something changed: what this partner's files wait for may have come. Try them now."""

    def inbox_done(self, id: str, reason: str = "") -> None:
        """Applied; with a reason: in quarantine."""

    def reply_known(self, partner: str, reply: Reply) -> bool:
        """Was this reply applied before? (Change.reply remembers it.)"""

    def quarantine(
        self, partner: str, body: bytes, reason: str, reference: str = "", *, proven: bool = True
    ) -> None:
        """Keep what could not be matched or read, for a person; what is not proven is an alert."""

    def quarantine_waiting(self, partner: str) -> int:
        """How much of a partner waits there for a person."""

    def quarantined(self) -> list[Mapping[str, Any]]:
        """What waits for a person; also files put off with a reason, until they are applied."""

    # registry
    def concept_rows(self) -> list[ConceptRow]:
        """Rows administrators added, in order; a later one wins."""

    def concepts_added(self) -> list[AddedConcept]:
        """The same, with who added each and when."""

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
