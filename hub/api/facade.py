"""The hub as its FHIR edge sees it: what a request may ask of the inside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Protocol

from starlette.requests import Request

from hub.model import Exchange, Tree
from hub.ports import Acceptance, Accepted, Store
from hub.settings import Settings


class Transaction(Protocol):
    """A Bundle of type transaction, ready to be stored as a whole."""

    @property
    def acceptance(self) -> Acceptance:
        """All that the Bundle stores, in one database transaction."""

    @property
    def entries(self) -> Sequence[tuple[str, str]]:
        """(type, id) of each entry, in the order of the Bundle."""


class Intake(Protocol):
    """Turns validated resources into what is stored. Reads the store, writes nothing."""

    def create(self, resource: Tree, raw: bytes) -> Acceptance:
        """One resource; a Claim brings its exchanges."""

    def submit(self, resource: Tree, raw: bytes) -> Acceptance:
        """A Claim, or a Bundle of a Claim with what it refers to."""

    def transaction(self, bundle: Tree) -> Transaction:
        """A Bundle of type transaction, references rewritten."""

    def duplicate(self, acceptance: Acceptance, existing: Exchange) -> Exchange:
        """The exchange that has the business key, when the content is the same.

        Raises:
            Conflict: the content differs; says where.
        """

    def response(self, exchange: Exchange, language: str = "fr") -> bytes:
        """The ClaimResponse as it is now: the answer, or ``queued`` and what is happening."""


class Trip(Protocol):
    """The part of a trip that happens while the caller waits."""

    def eligibility(self, resource: Tree, raw: bytes) -> bytes:
        """The CoverageEligibilityResponse.

        Raises:
            Unroutable, Unmappable, Unreachable, Unconfirmed, Refused, Unreadable
        """


class Hub(Protocol):
    """What hub.wiring joins."""

    @property
    def settings(self) -> Settings:
        """Every setting."""

    @property
    def store(self) -> Store:
        """Everything the hub remembers."""

    @property
    def intake(self) -> Intake:
        """The first step."""

    @property
    def trip(self) -> Trip:
        """The steps."""

    def accept(self, acceptance: Acceptance) -> Future[Accepted]:
        """Store it with whatever else waits; done after the commit."""

    def ring(self, exchange_ids: Iterable[str]) -> None:
        """Tell the workers, after the commit."""

    async def decided(self, exchange_id: str, seconds: float) -> Exchange:
        """Wait until it is answered, closed or held, or the time is up."""


def hub_of(request: Request) -> Hub:
    """The hub that this application serves."""
    hub: Hub = request.app.state.hub
    return hub
