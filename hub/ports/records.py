"""What goes through the door of the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hub.model import Event, Exchange, NewResource, Reply, StoredMessage, StoredResource
from hub.ports.people import Bill, Double, Doubt, Told


@dataclass(frozen=True, slots=True)
class ConceptRow:
    """A row an administrator added to a ConceptMap."""

    concept_map: str  #: canonical url
    source_system: str
    source_code: str
    target_system: str
    target_code: str
    relationship: str = "equivalent"
    #: what else must hold, {attribute uri: value} as JSON; "" for any
    depends: str = ""


@dataclass(frozen=True, slots=True)
class AddedConcept:
    """A row as it was added: by whom, and when."""

    row: ConceptRow
    actor: str
    at: datetime  #: UTC


@dataclass(frozen=True, slots=True)
class Acceptance:
    """All that one request stores, in one transaction or not at all."""

    resources: Sequence[NewResource] = ()
    exchanges: Sequence[Exchange] = ()
    events: Mapping[str, Sequence[Event]] = field(default_factory=dict)  #: by exchange id
    messages: Mapping[str, Sequence[StoredMessage]] = field(default_factory=dict)
    #: pieces of news applied by this, by partner: remembered in the same transaction
    replies: Sequence[tuple[str, Reply]] = ()


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
    told: Told = field(default_factory=dict)  #: lines for other exchanges' stories, by id
    doubt: Doubt | None = None  #: a person in doubt: one task, to which the exchange is attached
    bill: Bill | None = None  #: acts billed by this exchange from now on
    doubles: Sequence[Double] = ()  #: the same acts found in other exchanges, for the list
    #: codes that occurred, to be counted: (system, code) → name
    seen: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One search condition; its values are alternatives (OR), several criteria are AND.

    Tokens: system "" is any system, "|" is no system; value "" is any code of the system.
    References: a bare id is a resource of this hub. Strings match by their beginning.
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
