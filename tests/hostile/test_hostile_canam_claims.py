"""Whole claims past a forger between the hub and CANAM's sandbox: no forged word is believed.

Every forged answer ends in quarantine and as an alert; the claim waits, CANAM is asked, and the
claim goes on as soon as CANAM itself is heard.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from forged_canam import FORGERIES, Between
from pydantic import SecretStr

from adapters.canam.adapter import Canam
from adapters.canam.settings import Settings as CanamSettings
from adapters.loopback.adapter import Loopback
from hub import wiring
from hub.access.clients import Caller
from hub.cli import demo, demo_clients, sample
from hub.errors import Forbidden, Unreachable, Unreadable
from hub.exchange.post import COLLECTED, Post
from hub.formats import exact_json
from hub.model import Exchange, Operation, ReplyKind, State
from hub.settings import Settings
from hub.watching import audits, quarantine

COPY = ("DeclarerPrestation", "ConsulterDeclaration")
SOON = 0.04  #: seconds between attempts
PROVIDER = Caller("demo", ("provider",), demo_clients.TENANT, ("*",), frozenset())


class Payer(Loopback):
    """The managing body: takes claims, decides later."""

    name = "cmss"


@dataclass
class World:
    """A hub of the demo's people, its scheme manager behind a forger."""

    hub: wiring.Hub
    between: Between
    payer: Payer
    control: str  #: of the sandbox
    sheets: Iterator[tuple[str, Any]]

    def post(self) -> tuple[Exchange, Exchange]:
        """A new claim: its exchange and its copy to the scheme manager."""
        _, tree = next(self.sheets)
        door = self.hub.seen_by(PROVIDER)
        acceptance = door.intake.submit(tree, exact_json.dumps(tree))
        door.store.accept([acceptance])
        of, end = acceptance.exchanges[0].resource, time.monotonic() + 120
        self.work()
        # The line rests after the forgeries of before.
        while self.one(of, Operation.CONTROL_COPY).state is State.READY and time.monotonic() < end:
            self.work(1)
        self.work(1)
        return self.one(of, Operation.CLAIM), self.one(of, Operation.CONTROL_COPY)

    def one(self, resource: str, operation: Operation) -> Exchange:
        [found] = [
            e for e in self.hub.store.exchanges(resource=resource) if e.operation is operation
        ]
        return found

    def work(self, times: int = 3) -> None:
        """Everything that is due, and soon due again."""
        for _ in range(times):
            for id in self.hub.store.due():
                self.hub.trip.advance(id)
            time.sleep(2 * SOON)

    def until(self, resource: str, operation: Operation, state: State) -> Exchange:
        """Work until it is so, at most ten seconds."""
        end = time.monotonic() + 120
        while (found := self.one(resource, operation)).state is not state:
            assert time.monotonic() < end, found
            self.work(1)
        return found

    def aside(self) -> list[quarantine.Item]:
        return quarantine.items(self.hub, "canam")

    def booked(self, copy: Exchange) -> int:
        """How often CANAM has it in its books."""
        found: list[dict[str, Any]] = httpx.get(f"{self.control}/ledger", trust_env=False).json()
        return [one["submission"] for one in found].count(copy.submission)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("forged")
    command = [sys.executable, "-m", "hub.sandbox", "canam", "--data", str(folder / "canam")]
    sandbox = subprocess.Popen(command)
    told, end = folder / "canam" / "address.json", time.monotonic() + 120
    while not told.is_file() and time.monotonic() < end:
        time.sleep(0.05)
    address = json.loads(told.read_text())
    between, payer = Between(address, folder / "canam"), Payer(kind=ReplyKind.ACKNOWLEDGED)
    canam = Canam(
        CanamSettings(
            url=between.url,
            username=address["username"],
            password=SecretStr(address["password"]),
            trust=address["trust"],
        )
    )
    settings = Settings(
        data=folder,
        url="http://127.0.0.1:1",
        routing=[wiring.packaged("demo/routing.json")],
        retry_first=SOON,
        retry_most=SOON,
    )
    hub = wiring.build(settings, adapters={"canam": canam, "cmss": payer})
    demo.load(hub, demo_clients.TENANTS)
    control = f"http://{address['host']}:{address['control']}"
    made = World(hub, between, payer, control, sample.generate(60, 5, {"CMSS"}))
    yield made
    between.close()
    hub.close()
    sandbox.kill()
    sandbox.wait()


@pytest.fixture(autouse=True)
def honest(world: World) -> Iterator[None]:
    yield
    world.between.honest()
    for one in world.aside():
        quarantine.discard(world.hub, one.id, "fin de l'essai", "test")


def test_without_a_forger_a_claim_and_its_copy_go_through(world: World) -> None:
    claim, copy = world.post()
    assert (claim.state, copy.state) == (State.PENDING, State.CLOSED)
    assert world.aside() == []


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_receipt_is_set_aside_and_the_copy_is_asked_about(world: World, name: str) -> None:
    world.between.forge, world.between.calls = FORGERIES[name], COPY
    claim, copy = world.post()
    assert world.between.forged >= 2
    assert copy.state is State.SENT
    assert (copy.answer, copy.partner_reference) == (None, "")
    aside = world.aside()
    assert aside
    assert all(one.reason.startswith("Origine non prouvée.") for one in aside)
    assert {one.reference for one in aside} == {copy.submission}
    _nobody_applies(world, aside[0], copy)
    world.between.honest()
    world.until(claim.resource, Operation.CONTROL_COPY, State.CLOSED)
    assert world.booked(copy) == 1


@pytest.mark.parametrize("name", FORGERIES)
def test_forged_rights_are_told_to_nobody(world: World, name: str) -> None:
    _, claim = next(world.sheets)
    asked = {
        "resourceType": "CoverageEligibilityRequest",
        "status": "active",
        "purpose": ["validation"],
        "created": claim["created"],
        "servicedDate": claim["created"],
        "patient": claim["patient"],
        "insurer": claim["insurer"],
        "insurance": [{"focal": True, "coverage": claim["insurance"][0]["coverage"]}],
    }
    world.between.forge, world.between.calls = FORGERIES[name], ("ConsulterDroits",)
    with pytest.raises((Unreadable, Unreachable)):
        world.hub.seen_by(PROVIDER).trip.eligibility(asked, exact_json.dumps(asked))
    [aside] = world.aside()
    assert aside.reason.startswith("Origine non prouvée.")
    _nobody_applies(world, aside)


@pytest.mark.parametrize("name", FORGERIES)
def test_forged_news_are_set_aside_and_change_nobody(world: World, name: str) -> None:
    store, post = world.hub.store, Post(world.hub.trip)
    httpx.post(f"{world.control}/movements", json={"publish": 1}, trust_env=False)
    people = store.identities([])
    world.between.forge, world.between.calls = FORGERIES[name], ("RetirerMouvements",)
    before, end = world.between.forged, time.monotonic() + 120
    while world.between.forged == before and time.monotonic() < end:
        post.collect()  # not called while the line rests after the forgeries of before
        time.sleep(SOON)
    assert post.apply_waiting() == 0
    assert store.identities([]) == people
    [aside] = world.aside()
    assert aside.reference == COLLECTED
    assert aside.reason.startswith("Origine non prouvée.")
    _nobody_applies(world, aside)
    assert post.apply_waiting() == 0


def test_an_answer_of_before_given_again_answers_nothing_else(world: World) -> None:
    """Signed by CANAM, minutes ago, about another sheet."""
    world.post()
    world.between.replayed = world.between.seen["DeclarerPrestation"]
    world.between.calls = COPY
    _, copy = world.post()
    assert copy.state is State.SENT
    assert copy.partner_reference == ""
    assert {one.reference for one in world.aside()} == {copy.submission}


def test_forged_answers_are_an_alert_that_names_their_digest(world: World) -> None:
    world.between.forge, world.between.calls = FORGERIES["bare content"], COPY
    world.post()
    newest = audits.alerts(world.hub, 1)[0]
    assert (newest["action"], newest["object"]) == ("unproven", "Partner/canam")
    assert newest["detail"]["bytes"] in {one.sha256 for one in world.aside()}


def _nobody_applies(world: World, one: quarantine.Item, to: Exchange | None = None) -> None:
    with pytest.raises(Forbidden):
        quarantine.again(world.hub, one.id, "test")
    if to is not None:
        with pytest.raises(Forbidden):
            quarantine.match(world.hub, one.id, to, "test")
