"""So many calls a minute, so many a day, each caller alone."""

import pytest

from hub.access.rates import STRANGERS, Rates
from hub.errors import Misconfigured


def admitted(rates, caller, times, address=""):
    return [rates.admit(caller, address) == 0 for _ in range(times)]


def test_a_caller_has_so_many_calls_and_another_keeps_its_own():
    rates = Rates("memory://", "3/minute", [])
    assert admitted(rates, "a", 5) == [True, True, True, False, False]
    assert admitted(rates, "b", 1) == [True]
    assert 1 <= rates.admit("a") <= 60


def test_a_quota_of_a_day_holds_beside_the_limit_of_a_minute():
    rates = Rates("memory://", "100/minute;4/day", [])
    assert admitted(rates, "a", 5) == [True] * 4 + [False]
    assert rates.admit("a") > 60


def test_some_have_limits_of_their_own_and_strangers_are_told_apart_by_address():
    rates = Rates("memory://", "1/minute", ["big=3/minute", f"{STRANGERS}=2/minute"])
    assert admitted(rates, "big", 4) == [True, True, True, False]
    assert admitted(rates, STRANGERS, 3, "10.0.0.1") == [True, True, False]
    assert admitted(rates, STRANGERS, 1, "10.0.0.2") == [True]


def test_no_limit_is_no_limit():
    assert all(admitted(Rates("memory://", "", []), "a", 50))


@pytest.mark.parametrize(
    "given", [("memory://", "often", []), ("memory://", "", ["a=x"]), ("nowhere://", "", [])]
)
def test_what_cannot_be_read_is_told_at_start(given):
    with pytest.raises(Misconfigured) as told:
        Rates(*given)
    assert "BENKAN_RATE" in told.value.issues[0].fr


def test_a_counter_that_does_not_answer_is_replaced_by_this_process_own():
    rates = Rates("redis://127.0.0.1:1/0", "2/minute", [])
    assert admitted(rates, "a", 3) == [True, True, False]
