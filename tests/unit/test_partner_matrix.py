"""What the page of partners says is what the adapters do."""

from __future__ import annotations

from partner_matrix import PAGE, page, supported, trips


def test_the_page_of_partners_is_current() -> None:
    """`make matrix` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_no_trip_is_marked_for_what_no_partner_does() -> None:
    them = supported()
    assert them
    strange = [(p, o) for p, o in trips() if o not in them.get(p, {})]
    assert strange == []
