"""Reference lists kept by people at the hub, and how often codes occur in traffic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from hub.ports.books import ReferenceRow

#: Who keeps a list that no institution publishes to the hub.
HERE = "hub"


@dataclass(frozen=True, slots=True)
class Amendment:
    """What one person changes in one list, whole or not at all."""

    partner: str  #: whose list: HERE, or a partner's name
    list: str
    day: date  #: from when it counts
    actor: str
    reason: str
    add: Sequence[ReferenceRow] = ()
    remove: Sequence[tuple[str, str]] = ()  #: (code, first day) of rows that are replaced
    file: str = ""  #: name of the file it came from
    sha256: str = ""  #: of that file
    counts: Mapping[str, int] = field(default_factory=dict)  #: added, changed, ended
    after: int = 0  #: number of the list's newest amendment that its author saw


@dataclass(frozen=True, slots=True)
class Amended:
    """An amendment as it is kept."""

    seq: int
    partner: str
    list: str
    day: date
    at: datetime
    actor: str
    reason: str
    file: str
    sha256: str
    added: int
    changed: int
    ended: int


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A row of a list with where it came from."""

    row: ReferenceRow
    amendment: int  #: 0: an institution told it


@dataclass(frozen=True, slots=True)
class Upload:
    """A file somebody looks at before anything is done with it; forgotten after a day."""

    id: str
    actor: str
    at: datetime
    name: str
    body: bytes
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """How often a code occurred in real traffic."""

    system: str
    code: str
    display: str
    count: int
    last: str  #: the newest month it was seen in, YYYY-MM


class Amendments(Protocol):
    """Lists kept by hand. Each method is one transaction."""

    def amend(self, amendment: Amendment) -> int:
        """Write it; gives its number.

        Raises:
            Conflict: the list was amended since; the text names by whom.
        """

    def amendments(
        self, partner: str | None = None, list: str | None = None, limit: int = 100
    ) -> list[Amended]:
        """Newest first."""

    def list_rows(self, partner: str, list: str) -> list[KeptRow]:
        """Every row that stands, of all days, by code and first day."""

    def keep_upload(self, upload: Upload) -> None:
        """Keep a file; those older than a day are forgotten."""

    def upload(self, id: str, actor: str) -> Upload | None:
        """A file this person brought."""

    def forget_upload(self, id: str) -> None:
        """It is done with."""

    def codes_seen(self, since: str = "") -> list[Seen]:
        """Codes in claims and answers since a month (YYYY-MM), most frequent first."""
