"""Joins the concrete parts into one Hub; the only file that knows them all."""

from __future__ import annotations

import asyncio
import copy
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub import routing_wiring
from hub.access.clients import Caller
from hub.access.keysets import KeySets
from hub.evidence import keyfile
from hub.exchange import decisions, doubts, questions, routing
from hub.exchange.control import Control
from hub.exchange.deposits import Deposits
from hub.exchange.intake import Intake
from hub.exchange.lines import Lines
from hub.exchange.parts import Pace
from hub.exchange.post import Post
from hub.exchange.trip import Trip
from hub.mapping.expression import fhirpath as fhirpath
from hub.mapping.library import Library
from hub.model import Exchange, State
from hub.notify import Notifier
from hub.partner_wiring import load_adapters as load_adapters
from hub.partner_wiring import misconfigured as misconfigured
from hub.ports import Acceptance, Accepted, Adapter
from hub.release_wiring import StoredMaps
from hub.settings import Settings
from hub.store import Keyring, Limits, ScopedStore, SqlStore, migrate, open_store
from hub.store.writer import GroupWriter

log = logging.getLogger(__name__)

#: Seconds after which the sweep rings again for an exchange that is still due.
RING_AGAIN = 20.0
DECIDED = (State.ANSWERED, State.CLOSED, State.CANCELLED)


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.now(UTC)


@dataclass
class Hub:
    """All parts, joined."""

    settings: Settings
    store: SqlStore
    maps: StoredMaps
    adapters: Mapping[str, Adapter]
    table: routing.Routing
    notifier: Notifier
    #: rings the workers for an exchange id; set by whoever starts them
    bell: Callable[[str], None] = field(default=lambda _: None)
    #: calls at the partners' door that were not authenticated, since the start, by partner
    refused: Counter[str] = field(default_factory=Counter)
    caller: Caller | None = None  #: whose view of the hub this is; None: the hub's own
    _signed: float = field(default_factory=time.monotonic)
    _rung: dict[str, float] = field(default_factory=dict)
    _rung_lock: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def trip(self) -> Trip:
        """The steps."""
        pace = Pace(self.settings.lease, self.settings.retry_first, self.settings.retry_most)
        return Trip(
            store=self.store,
            mapper=self.maps,
            adapters=self.lines,
            table=self.table,
            clock=SystemClock(),
            pace=pace,
            notify=self._moved,
            base=self.settings.base,
        )

    @cached_property
    def lines(self) -> Lines:
        """The ways to partners, each watched."""
        return Lines(self.adapters, self.store, self.settings.retry_first)

    @cached_property
    def intake(self) -> Intake:
        """The door."""
        partners, base = tuple(self.adapters), self.settings.base
        return Intake(self.store, self.table, SystemClock(), partners, base)

    @cached_property
    def control(self) -> Control:
        """What an operator may do."""
        return Control(self.trip)

    @cached_property
    def writer(self) -> GroupWriter:
        """The narrow door of the accept path."""
        return GroupWriter(self.store)

    def seen_by(self, caller: Caller) -> Hub:
        """The hub as this caller may see it: the same parts, over what is theirs."""
        if self.settings.access == "open":
            return self
        partner = ""
        if caller.body:
            found = self.table.bodies.get(caller.body)
            partner = found.partner if found else "-"
        seen = copy.copy(self)
        seen.__dict__ |= {"writer": self.writer, "caller": caller, "lines": self.lines}
        for part in ("trip", "intake", "control"):
            seen.__dict__.pop(part, None)
        seen.store = ScopedStore(self.store.db, caller.tenant, partner)
        return seen

    @cached_property
    def keysets(self) -> KeySets:
        """The public keys of calling systems."""
        return KeySets()

    @cached_property
    def audit_key(self) -> Ed25519PrivateKey:
        """What signs the checkpoints of the audit chain."""
        if self.settings.audit_key:
            return keyfile.load(Path(self.settings.audit_key))
        self.settings.data.mkdir(0o700, parents=True, exist_ok=True)
        return keyfile.load_or_make(self.settings.data / "audit-key.pem")

    def show_tasks(self) -> int:
        """Bring the FHIR Tasks about people up to date."""
        return doubts.show_all(self.trip)

    def apply_decided(self) -> int:
        """Apply the notices for which a person has decided who is meant."""
        return decisions.apply_news(self.trip)

    def put_questions(self) -> int:
        """Put a question to an institution that is due."""
        return questions.put_due(self.trip)

    def checkpoint(self) -> int:
        """Sign where the audit chain stands, when it is time again."""
        now = time.monotonic()
        if now - self._signed < self.settings.checkpoint:
            return 0
        self._signed = now
        self.sign()
        return 0

    def sign(self) -> None:
        """Sign where the audit chain stands now."""
        self.store.sign_checkpoint(self.audit_key, instead="audit-signer" in self.settings.accept)

    def accept(self, acceptance: Acceptance) -> Future[Accepted]:
        """Store it with whatever else waits; done after the commit."""
        return self.writer.submit(acceptance)

    def ring(self, exchange_ids: Iterable[str]) -> None:
        """Tell the workers, after the commit."""
        for id in exchange_ids:
            self.bell(id)

    def sweep(self) -> int:
        """All that is due and nobody was rung for; gives how much there was."""
        post, deposits = Post(self.trip), Deposits(self.trip)
        parts = (post.collect, post.apply_waiting, deposits.close_due, deposits.deliver_due)
        for part in (self.show_tasks, self.apply_decided, self.put_questions, self.checkpoint):
            self._attempt(part)
        work = sum(self._attempt(part) for part in parts)
        due = self.store.due()
        self.ring(self.unrung(due))
        return work + len(due)

    def _moved(self, exchange_id: str) -> None:
        """A step of it is done: when it is due again it may be rung for again at once."""
        with self._rung_lock:
            self._rung.pop(exchange_id, None)
        self.notifier.tell(exchange_id)

    def _attempt(self, part: Callable[[], int]) -> int:
        """One part of the sweep; its failure must not keep the others waiting."""
        try:
            return part()
        except Exception:
            log.exception("sweep: %s failed; the next sweep tries again", part.__name__)
            return 0

    def unrung(self, ids: Iterable[str]) -> list[str]:
        """Those not rung by the last sweeps: ringing again and again would fill the queue."""
        now = time.monotonic()
        with self._rung_lock:
            self._rung = {id: at for id, at in self._rung.items() if now - at < RING_AGAIN}
            fresh = [id for id in ids if id not in self._rung]
            self._rung |= dict.fromkeys(fresh, now)
        return fresh

    def forget_rung(self) -> None:
        """The broker may have lost what was rung: ring for all that is due once more."""
        with self._rung_lock:
            self._rung = {}

    async def decided(self, exchange_id: str, seconds: float) -> Exchange:
        """Wait until it is answered, closed or held, or the time is up."""
        end = time.monotonic() + seconds
        while True:
            exchange = await asyncio.to_thread(self.store.exchange, exchange_id)
            if exchange is None:
                raise LookupError(exchange_id)
            left = end - time.monotonic()
            if exchange.held or exchange.state in DECIDED or left <= 0:
                return exchange
            await self.notifier.wait(exchange_id, min(left, 0.5))

    def close(self) -> None:
        """Finish what is being written and let go."""
        if "writer" in self.__dict__:
            self.writer.close()
        self.store.close()


def packaged(name: str) -> Path:
    """A file or folder of the mappings package."""
    return Path(str(files("mappings").joinpath(name)))


def map_folders(settings: Settings) -> list[Path]:
    """The packaged mappings, then those of BENKAN_MAPPINGS."""
    return [packaged("."), *settings.mappings]


def library(folders: Sequence[Path]) -> Library:
    """Maps, tables and models of these folders, for commands that need no database."""
    return Library(folders)


def database_url(settings: Settings) -> str:
    """BENKAN_DATABASE_URL, else the SQLite file of the data folder."""
    if settings.database_url:
        return settings.database_url
    settings.data.mkdir(0o700, parents=True, exist_ok=True)
    return f"sqlite:///{(settings.data / 'hub.sqlite').absolute()}"


def keyring(settings: Settings) -> Keyring:
    """The keys that seal payloads: those of BENKAN_KEYS, which commands alone make; without that
    setting a folder in the data folder, where each is made when it is first needed."""
    if settings.keys:
        return Keyring(Path(settings.keys), makes=False)
    return Keyring(settings.data / "keys")


def limits(settings: Settings, now: datetime) -> Limits:
    """What of the stored is older than it may get; a rule of 0 keeps for ever."""

    def since(days: int) -> datetime | None:
        return now - timedelta(days=days) if days else None

    return Limits(
        since(settings.retention_payload * 366),
        since(settings.retention_resources * 366),
        since(settings.retention_answers),
    )


def upgrade(settings: Settings) -> None:
    """Bring the database to this version's schema."""
    migrate.upgrade(database_url(settings))


def build(
    settings: Settings | None = None, *, adapters: Mapping[str, Adapter] | None = None
) -> Hub:
    """The hub of these settings, on a database that is up to date."""
    settings = settings or Settings()
    url = database_url(settings)
    if url.startswith("sqlite"):
        migrate.upgrade(url)
    store = open_store(url, keyring(settings))
    return Hub(
        settings=settings,
        store=store,
        maps=StoredMaps(store, map_folders(settings), settings.data / "published"),
        adapters=load_adapters(settings) if adapters is None else adapters,
        table=routing_wiring.table(store, [packaged("routing.json"), *settings.routing]),
        notifier=Notifier(),
    )
