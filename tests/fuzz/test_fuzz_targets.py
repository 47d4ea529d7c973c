"""Whatever a reader of outside bytes is given, it takes it or refuses it with a declared error.

The long run is `make fuzz`; here each target meets a few hundred changed inputs.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutate import mutated
from targets import TARGETS, run


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_at_least_one_of_its_seeds(name):
    assert any(run(name, seed) for seed in TARGETS[name].seeds())


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=60, deadline=None)
@given(raw=st.binary(max_size=300))
def test_any_bytes_are_taken_or_refused(name, raw):
    run(name, raw)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_any_change_of_a_good_input_is_taken_or_refused(name, seed):
    target = TARGETS[name]
    run(name, mutated(target.seeds(), target.words, random.Random(seed)))
