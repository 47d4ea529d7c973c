"""Certification: what every adapter promises, run on each one that is declared."""

from __future__ import annotations

import copy
import importlib
import socket
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from adapter_case import AdapterCase

from hub import errors
from hub.ports import Adapter

HERE = Path(__file__).parent
NAMES = sorted(p.stem.removeprefix("adapter_case_") for p in HERE.glob("adapter_case_*.py"))


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def case(name: str) -> AdapterCase:
    return importlib.import_module(f"adapter_case_{name}").CASE


@pytest.fixture
def adapter(case: AdapterCase, closed_port: int) -> Adapter:
    return case.make(closed_port)


@pytest.fixture
def closed_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_every_declared_adapter_is_under_contract() -> None:
    project = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    assert sorted(project["project"]["entry-points"]["benkan.adapters"]) == NAMES


def test_it_says_who_it_is_and_what_it_does(name: str, case: AdapterCase, adapter: Adapter) -> None:
    assert adapter.name == name
    assert case.operation in adapter.operations
    assert set(adapter.batches) <= set(adapter.operations)
    assert isinstance(adapter.resends_safely, bool)


def test_encoding_is_deterministic_and_leaves_the_tree_alone(
    case: AdapterCase, adapter: Adapter
) -> None:
    tree = copy.deepcopy(case.tree)
    first = adapter.encode(case.operation, tree, "s-1")
    assert tree == case.tree
    assert adapter.encode(case.operation, copy.deepcopy(case.tree), "s-1") == first
    assert first.key == "s-1"
    assert adapter.encode(case.operation, tree, "s-2").body != first.body


def test_two_instances_behave_alike(case: AdapterCase, closed_port: int) -> None:
    one, other = case.make(closed_port), case.make(closed_port)
    message = one.encode(case.operation, case.tree, "s-1")
    assert other.encode(case.operation, case.tree, "s-1") == message
    assert other.redact(message.body) == one.redact(message.body)
    for reply, tree in case.replies:
        assert one.decode(reply) == other.decode(reply) == tree


def test_a_deposit_is_deterministic(case: AdapterCase, adapter: Adapter) -> None:
    messages = [adapter.encode(case.operation, case.tree, f"s-{n}") for n in (1, 2)]
    if case.operation not in adapter.batches:
        pytest.skip("travels one by one")
    lot = adapter.bundle(case.operation, messages, "LOT-1")
    assert lot == adapter.bundle(case.operation, messages, "LOT-1")
    assert (lot.key, lot.count) == ("LOT-1", 2)
    assert lot.name


def test_what_it_does_not_do_is_refused(case: AdapterCase, adapter: Adapter) -> None:
    with pytest.raises(errors.Refused):
        adapter.encode("teleportation", case.tree, "s-1")


def test_an_incomplete_message_is_refused_in_both_languages(
    case: AdapterCase, adapter: Adapter
) -> None:
    if case.incomplete is None:
        pytest.skip("takes any tree")
    with pytest.raises(errors.Refused) as refusal:
        adapter.encode(case.operation, case.incomplete, "s-1")
    assert all(issue.fr and issue.en for issue in refusal.value.issues)


def test_golden_answers_are_read(case: AdapterCase, adapter: Adapter) -> None:
    assert case.replies
    for reply, tree in case.replies:
        assert adapter.decode(reply) == tree


def test_foreign_bytes_are_refused(case: AdapterCase, adapter: Adapter) -> None:
    assert case.foreign
    for body in case.foreign:
        with pytest.raises(errors.Unreadable):
            adapter.receive({}, body)


def test_a_refused_connection_is_unreachable(case: AdapterCase, adapter: Adapter) -> None:
    if case.silent is None:
        pytest.skip("has no line")
    message = adapter.encode(case.operation, case.tree, "s-1")
    with pytest.raises(errors.Unreachable) as problem:
        adapter.send(message)
    assert problem.value.text
    with pytest.raises(errors.Unreachable):
        adapter.ask(message, None)


def test_a_silent_partner_does_not_hold_us_for_ever(case: AdapterCase, silent_port: int) -> None:
    if case.silent is None:
        pytest.skip("has no line")
    adapter = case.make(silent_port)
    message = adapter.encode(case.operation, case.tree, "s-1")
    with pytest.raises(case.silent):
        adapter.send(message)


def test_redacted_bytes_name_nobody(case: AdapterCase, adapter: Adapter) -> None:
    message = adapter.encode(case.operation, case.tree, "s-1")
    assert any(word in message.body.decode() for word in case.identities)
    for body in (message.body, *(reply.body for reply, _ in case.replies)):
        shown = adapter.redact(body).decode()
        assert [word for word in case.identities if word in shown] == []
    assert b"garbage" not in adapter.redact(b"\x00garbage")
