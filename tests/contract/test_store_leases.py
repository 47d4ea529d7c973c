"""Leases and fencing numbers under any order of workers and operators (reliability: P05)."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from store_nouns import accepted, event, exchange

from hub.errors import LeaseLost
from hub.model import Exchange
from hub.ports import Change
from hub.store import open_store

FOR_EVER = 3600.0
AT_ONCE = 0.0  #: seconds after which a lease has run out as soon as it is given


class Leases(RuleBasedStateMachine):
    """One exchange; the model is the version it is at and who may still write."""

    handles = Bundle("handles")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = open_store(f"sqlite:///{Path(self.folder.name) / 'hub.sqlite'}")
        self.first = exchange()
        accepted(self.store, self.first)
        self.version = 0
        self.leased = False
        self.held = False
        self.written = 1

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule(target=handles, seconds=st.sampled_from([FOR_EVER, AT_ONCE]), due=st.booleans())
    def lease(self, seconds: float, due: bool) -> Exchange | None:
        taken = self.store.lease(self.first.id, seconds, due=due)
        possible = not self.leased and not (due and self.held)
        assert (taken is not None) is possible
        if taken is not None:
            self.version += 1
            self.leased = seconds == FOR_EVER
            assert taken.fence == self.version
        return taken

    @rule(target=handles)
    def look(self) -> Exchange | None:
        seen = self.store.exchange(self.first.id)
        assert seen is not None
        assert seen.fence == -self.version
        return seen

    @rule(handle=handles, held=st.booleans())
    def save(self, handle: Exchange | None, held: bool) -> None:
        if handle is None:
            return
        change = Change(replace(handle, held=held), [event("saved")])
        operator = handle.fence <= 0
        if abs(handle.fence) != self.version or (operator and self.leased):
            with pytest.raises(LeaseLost):
                self.store.save(change)
            return
        self.store.save(change)
        self.version += 1 if operator else 0
        self.leased = False
        self.held = held
        self.written += 1

    @rule()
    def recover(self) -> None:
        self.store.recover()
        if self.leased:
            self.version += 1
            self.leased = False
        else:
            self.look_at_version()

    def look_at_version(self) -> None:
        # A lease that ran out by itself may be swept away too: that moves the number on.
        seen = self.store.exchange(self.first.id)
        assert seen is not None
        assert -seen.fence in (self.version, self.version + 1)
        self.version = -seen.fence

    @invariant()
    def nothing_is_written_but_by_the_one_who_may(self) -> None:
        seen = self.store.exchange(self.first.id)
        assert seen is not None
        assert (seen.fence, seen.held) == (-self.version, self.held)
        assert len(self.store.events(self.first.id)) == self.written
        assert (self.store.due() == [self.first.id]) is not (self.leased or self.held)


TestLeases = Leases.TestCase
TestLeases.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
