"""What the page of partners says is what the adapters do."""

from __future__ import annotations

from partner_matrix import PAGE, missing, page, supported, trips


def test_the_page_of_partners_is_current() -> None:
    """`make matrix` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_no_trip_is_marked_for_what_no_partner_does() -> None:
    them = supported()
    assert them
    strange = [(p, o) for p, o in trips() if o not in them.get(p, {})]
    assert strange == []


def test_every_operation_of_every_partner_is_shown_by_a_flow_test() -> None:
    assert missing() == []
