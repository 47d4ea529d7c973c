"""Versions of maps and code tables: drafts, what was published, and from when it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

#: By which date an entry is chosen: the day of care, or the instant the hub took the exchange.
CARE, SUBMISSION = "care", "submission"

#: What a person may write here; CodeSystems and models are read only.
EDITABLE = ("StructureMap", "ConceptMap")


@dataclass(frozen=True, slots=True)
class When:
    """The dates that choose the versions for one exchange."""

    care: date
    submitted: datetime  #: UTC


@dataclass(frozen=True, slots=True)
class Version:
    """One published text; it is never changed."""

    url: str
    version: str
    kind: str  #: StructureMap | ConceptMap
    form: str  #: fml | json
    text: str
    hash: str  #: sha256 of the text and its examples, see hub.authoring.texts
    at: datetime  #: UTC
    #: name → {"in": …, "out": …, "rows": …}: examples that came or changed with it
    examples: Mapping[str, Any] = field(default_factory=dict)
    authors: Sequence[str] = ()  #: everybody who wrote at it, as the audit names them
    proposer: str = ""
    approver: str = ""
    origin: str = "console"  #: packaged | console


@dataclass(frozen=True, slots=True)
class Entry:
    """From when a version holds; the newest entry that applies to an exchange wins."""

    url: str
    kind: str
    action: str  #: published | reverted | retired
    version: str  #: "" when nothing holds any more
    hash: str
    by: str  #: care | submission
    start: str  #: the first day of care, or the first instant of submission (ISO 8601, UTC)
    actor: str  #: who decided
    reason: str
    at: datetime  #: UTC
    seq: int = 0

    def applies(self, when: When) -> bool:
        """Does it hold for an exchange with these dates?"""
        if self.by == CARE:
            return when.care >= date.fromisoformat(self.start)
        return when.submitted >= datetime.fromisoformat(self.start)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is being written: one for each artefact, shared by its authors."""

    url: str
    kind: str
    form: str
    text: str
    hash: str  #: of what is written now: what an editor must have seen to save over it
    base: str  #: the version it began with, "" for a new artefact
    state: str  #: draft | tested | proposed
    editor: str  #: who wrote last
    edited: datetime  #: UTC
    authors: Sequence[str] = ()
    examples: Mapping[str, Any] = field(default_factory=dict)
    tested: Mapping[str, Any] = field(default_factory=dict)  #: what the last test of it found
    proposer: str = ""
    note: str = ""  #: why it was proposed, or sent back


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay that runs or has run: what was asked, how far it is, what it found."""

    id: str
    url: str
    hash: str  #: of the draft it runs
    actor: str
    state: str  #: running | done | failed | stopped
    asked: Mapping[str, Any]
    started: datetime  #: UTC
    beat: datetime  #: UTC; when it last said how far it is
    done: int = 0
    total: int = 0
    result: Mapping[str, Any] = field(default_factory=dict)


def effective(entries: Iterable[Entry], when: When) -> dict[str, Entry]:
    """By url, the entry that decides for these dates.

    Args:
        entries: in the order in which they were decided.
        when: the dates of the exchange.
    """
    return {entry.url: entry for entry in entries if entry.applies(when)}


def now() -> When:
    """The dates of what happens now."""
    at = datetime.now(UTC)
    return When(at.date(), at)
