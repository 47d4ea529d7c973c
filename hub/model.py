"""The nouns of the hub: trees, messages, replies, states, exchanges, money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

#: A JSON-like tree: dict, list, str, int, Decimal, bool. Never a float.
#: FHIR resources and partners' logical models have the same form.
Tree: TypeAlias = dict[str, Any]


class State(StrEnum):
    """Where an exchange is. *Held* is a flag beside the state, not a state."""

    ACCEPTED = "ACCEPTED"  #: stored and committed; not translated yet
    READY = "READY"  #: translated; the exact bytes for the partner are stored
    SENT = "SENT"  #: committed before the bytes leave; from here we only ask
    PENDING = "PENDING"  #: the partner has it and has not decided
    ANSWERED = "ANSWERED"  #: the partner decided; the answer is stored as FHIR
    CLOSED = "CLOSED"  #: the provider was told
    CANCELLED = "CANCELLED"  #: withdrawn before anything left


class Operation(StrEnum):
    """What an exchange asks of a partner."""

    CLAIM = "claim"
    CONTROL_COPY = "control-copy"
    LIQUIDATION_COPY = "liquidation-copy"  #: the decision on a claim, for the scheme manager
    PREAUTHORIZATION = "preauthorization"
    ELIGIBILITY = "eligibility"
    STATUS = "status"  #: a question: what became of a claim
    CANCELLATION = "cancellation"  #: take back a claim that has left
    REGISTRATION = "registration"  #: people and covers, pushed by the bodies
    REFERENCE = "reference"  #: a question: one reference list on a day
    STATEMENT = "statement"  #: what a body has on its books for a month, claim by claim


class ReplyKind(StrEnum):
    """What a partner's reply means for the exchange."""

    ACKNOWLEDGED = "acknowledged"  #: received, not decided: PENDING
    ANSWER = "answer"  #: decided: ANSWERED
    PAYMENT = "payment"  #: paid; comes after an answer
    UNKNOWN = "unknown"  #: asked, and the partner has never seen the message
    REJECTED = "rejected"  #: the deposit as a whole was refused (control totals, schema)
    NEWS = "news"  #: about no message of ours; `Reply.operation` says what it is


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount. ``amount`` keeps the digits received: 12.50 stays 12.50.

    Source: https://hl7.org/fhir/R4/datatypes.html#Money
    """

    amount: Decimal
    currency: str  #: ISO 4217 alphabetic code


@dataclass(frozen=True, slots=True)
class Message:
    """The exact bytes for a partner: made once, stored, then sent."""

    operation: str
    key: str  #: submission id; for a deposit, the deposit's own key
    body: bytes
    content_type: str
    name: str = ""  #: file name, for transports that move files
    total: Money | None = None  #: amount claimed, as written in the bytes
    count: int = 1  #: how many sheets (exchanges) the message carries
    #: what these bytes could only carry changed, in French: the field and how, never a value
    losses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a partner said about one message, cut to one exchange."""

    kind: ReplyKind
    operation: str
    reference: str | None  #: key (submission id) of the message this answers
    body: bytes  #: the partner's bytes, or the part of its file about this exchange
    content_type: str
    partner_reference: str = ""  #: the number the partner gave
    text: str = ""  #: the partner's own words, for the timeline
    provider: str = ""  #: the provider's number in the file around it, when the file names one


@dataclass(frozen=True, slots=True)
class Inbound:
    """A file found at a partner, or a message it brought to our door, whole."""

    name: str
    body: bytes
    attempts: int = 0  #: how often it was applied in part and put off
    reason: str = ""  #: why it was put off


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """When a deposit closes: whichever comes first."""

    count: int  #: sheets
    size: int  #: bytes of the members together
    age: float  #: seconds since the oldest member was ready


@dataclass(frozen=True, slots=True)
class Exchange:
    """One message's trip to one partner and back."""

    id: str
    state: State
    operation: Operation
    resource: str  #: the resource carried, "Claim/<id>"
    provider: str  #: business key of the provider: system|value or a reference
    identifier: str  #: business identifier: Claim.identifier system|value
    content_hash: str  #: sha256 of the content received
    submission: str  #: made once, given to the partner, reused on every retry
    correlation: str  #: one question-and-answer cycle
    workflow: str  #: one care episode
    care_date: date
    created: datetime  #: UTC
    updated: datetime  #: UTC
    partner: str | None = None  #: None until the managing body is known
    parent: str | None = None  #: the exchange of which this is the control copy
    maps: Mapping[str, str] = field(default_factory=dict)  #: role → url|version, pinned
    amount: str = ""  #: exact text of Claim.total
    currency: str = ""
    held: bool = False
    reason: str = ""  #: why it is held, in French, with the next action
    detail: Mapping[str, Any] = field(default_factory=dict)  #: e.g. {"missing": [...]}
    attempts: int = 0
    next_attempt: datetime | None = None  #: when a worker takes it up again; None: waits for news
    fence: int = 0  #: fencing number of the current lease
    deposit: str | None = None  #: the deposit that carries it, for batch partners
    partner_reference: str = ""
    answer: str | None = None  #: the resource that answers it, "ClaimResponse/<id>"


@dataclass(frozen=True, slots=True)
class Deposit:
    """A file that carries many messages to one partner."""

    id: str
    partner: str
    operation: str
    key: str
    name: str
    state: State  #: SENT → PENDING (delivered) → CLOSED (acknowledged)
    count: int
    amounts: Mapping[str, str]  #: currency → exact sum
    created: datetime
    attempts: int = 0
    next_attempt: datetime | None = None
    fence: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of an exchange's story; also its audit row."""

    at: datetime
    what: str  #: accepted, routed, translated, sent, asked, acknowledged, answered, held, …
    text: str  #: French sentence
    state: State | None = None  #: the state after it
    detail: Mapping[str, Any] = field(default_factory=dict)
    actor: str = "hub"


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """Bytes that crossed the hub's border, either way."""

    direction: str  #: "in" | "out"
    kind: str  #: claim, request, reply, answer, payment, deposit…
    body: bytes
    content_type: str
    at: datetime
    name: str = ""
    sha256: str = ""
    operation: str = ""  #: for a message to a partner: Message.operation
    key: str = ""  #: for a message to a partner: Message.key
    total: Money | None = None  #: for a message to a partner: Message.total


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One value under which a resource can be found."""

    param: str  #: search parameter name: identifier, patient, status…
    value: str  #: code, reference "Type/id", or date as text
    system: str = ""  #: for tokens


@dataclass(frozen=True, slots=True)
class NewResource:
    """A resource to store: the bytes to serve and the values to find it by."""

    type: str
    id: str
    body: bytes  #: what GET serves, with id and meta
    index: tuple[IndexEntry, ...] = ()
    received: bytes | None = None  #: the bytes as they came, when they came from outside
    updated: datetime | None = None  #: meta.lastUpdated written in `body`; None: database time
    #: the version it replaces, else Conflict; 0: it is the first, and whatever is there stays
    follows: int | None = None


@dataclass(frozen=True, slots=True)
class StoredResource:
    """A resource as it is kept."""

    type: str
    id: str
    version: int
    body: bytes
    updated: datetime
    seq: int = 0
    erased: str = ""  #: of a version whose bytes were erased: the digest the audit states of it
