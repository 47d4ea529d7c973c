"""The doors to partners, maps and time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from hub.model import BatchLimits, Inbound, Message, Reply, Tree
from hub.ports.releases import When


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

    def collect(self) -> Iterator[Inbound]:
        """Files the partner left for us, oldest first; the same again until disposed of."""

    def dispose(self, name: str) -> None:
        """The file of this name is stored here: move it out of the way at the partner."""

    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Reply]:
        """Cut a file or a call into replies, one an exchange.

        Args:
            headers: {"name": file name} alone for what we fetched ourselves, or what proved its
                origin at our door before it was stored. Anything else is a call from outside,
                with the headers it came with (lower-case), and must be authenticated first.

        Raises:
            Unreadable: with the issue code `security` when a call is not authenticated, whatever
                its body; with another code when it cannot be read.
        """

    def decode(self, reply: Reply) -> Tree:
        """The reply as a tree of the partner's logical model. Pure."""

    def check(self, sent: Message, reply: Reply) -> None:
        """Hold what an answer repeats (sheet number, provider, person, day…) against what was
        sent under that key. Pure.

        Raises:
            Unreadable: it repeats something else: it is about another message.
        """

    def redact(self, body: bytes) -> bytes:
        """The bytes without secrets and without identities (console, logs, recordings)."""


class Mapper(Protocol):
    """Executes published maps."""

    def pin(self, canonical: str, when: When | None = None) -> str:
        """The published version that holds for these dates (without: now), as url|version."""

    def map(self, canonical: str, source: Tree, when: When | None = None) -> Tree:
        """Run a pinned map, with the tables and imported maps of these dates (without: now).

        Raises:
            Unmappable: with every missing code at once, or the map's own error.
        """
