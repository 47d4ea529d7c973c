"""How large a table may be, and how a file that is none is refused."""

from __future__ import annotations

from hub.errors import Invalid, Issue

MOST_ROWS = 50_000
MOST_COLUMNS = 200


def refused(fr: str, en: str) -> Invalid:
    """A file that cannot be read: a sentence without its last point, in French and English."""
    return Invalid(Issue("structure", fr[0].upper() + fr[1:] + ".", en + "."))
