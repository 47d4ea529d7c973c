"""Dates as intervals. https://hl7.org/fhir/R4/search.html#date"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.store.columns import EPOCH, microseconds
from hub.store.dates import interval


def bounds(text: str) -> tuple[str, str]:
    found = interval(text)
    assert found is not None
    low, high = (EPOCH + timedelta(microseconds=edge) for edge in found)
    return low.isoformat(), high.isoformat()


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2026", "2026-01-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00"),
        ("2026-12", "2026-12-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00"),
        ("2028-02", "2028-02-01T00:00:00+00:00", "2028-03-01T00:00:00+00:00"),
        ("2028-02-29", "2028-02-29T00:00:00+00:00", "2028-03-01T00:00:00+00:00"),
        ("2026-10-31T08:00Z", "2026-10-31T08:00:00+00:00", "2026-10-31T08:01:00+00:00"),
        ("2026-10-31T08:00:00", "2026-10-31T08:00:00+00:00", "2026-10-31T08:00:01+00:00"),
        ("2026-10-31T08:00:00+05:30", "2026-10-31T02:30:00+00:00", "2026-10-31T02:30:01+00:00"),
        (
            "2026-10-31T08:00:00.5Z",
            "2026-10-31T08:00:00.500000+00:00",
            "2026-10-31T08:00:00.600000+00:00",
        ),
        ("2026-10-01/2026-10-31", "2026-10-01T00:00:00+00:00", "2026-11-01T00:00:00+00:00"),
    ],
)
def test_a_date_covers_what_it_leaves_open(text: str, low: str, high: str) -> None:
    assert bounds(text) == (low, high)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "active",
        "2026-13",
        "2026-02-30",
        "20261031",
        "31/10/2026",
        "2026-10-31/x",
        "2026-10-31T08Z",
        "2026-10-31T25:00Z",
        "2026-10-31 08:00",
        "2026-10-31\n",
        "٢٠٢٦",
        "0000",
    ],
)
def test_what_is_no_date_has_no_interval(text: str) -> None:
    assert interval(text) is None


def test_the_last_year_has_an_end() -> None:
    for text in ("9999", "9999-12", "9999-12-31"):
        found = interval(text)
        assert found is not None
        assert found[0] < found[1]


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)))
def test_an_instant_lies_in_its_day_month_and_year(naive: datetime) -> None:
    at = naive.replace(tzinfo=UTC)
    for length in (4, 7, 10):
        found = interval(at.isoformat()[:length])
        assert found is not None
        assert found[0] <= microseconds(at) < found[1]


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        microseconds(datetime(2026, 10, 31))
