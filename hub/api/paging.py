"""Pages of a search: how large, where they start, and the links between them.

https://hl7.org/fhir/R4/http.html#paging
"""

from __future__ import annotations

import base64
import binascii

from hub.api.query import Parameters, first, write
from hub.errors import Invalid, Issue

DEFAULT = 20  #: resources on a page when _count does not say
MOST = 200  #: the largest page

#: Parameters about the answer, not about what is searched.
RESULT = frozenset({"_count", "_cursor", "_format", "_pretty", "_summary", "_total"})
_ALLOWED = {
    "_summary": ("count", "false"),
    "_total": ("none", "estimate", "accurate"),
    "_pretty": ("true", "false"),
}


def asked(given: Parameters) -> tuple[int, int | None]:
    """(size of the page, where it starts); size 0 asks for the total alone.

    Raises:
        Invalid: 400, a parameter about the answer that cannot be read.
    """
    for name, allowed in _ALLOWED.items():
        value = first(given, name)
        if value is not None and value not in allowed:
            raise _refused(name, value, ", ".join(allowed))
    count = first(given, "_count")
    if count is not None and not (count.isascii() and count.isdigit() and len(count) < 10):
        raise _refused("_count", count, f"0 … {MOST}")
    size = DEFAULT if count is None else min(int(count), MOST)
    if first(given, "_summary") == "count":
        size = 0
    mark = first(given, "_cursor")
    return size, None if mark is None else _place(mark)


def links(
    address: str, used: Parameters, given: Parameters, after: int | None
) -> list[tuple[str, str]]:
    """(relation, address) of this page, and of the next when there is one."""
    kept = [(n, v) for n, v in given if n in RESULT and n not in ("_cursor", "_format")]
    mark = first(given, "_cursor")
    here = [*used, *kept, *([("_cursor", mark)] if mark else [])]
    found = [("self", f"{address}?{write(here)}" if here else address)]
    if after is not None:
        there = [*used, *kept, ("_cursor", _mark(after))]
        found.append(("next", f"{address}?{write(there)}"))
    return found


def _mark(after: int) -> str:
    return base64.urlsafe_b64encode(str(after).encode()).decode().rstrip("=")


def _place(mark: str) -> int:
    try:
        padded = mark + "=" * (-len(mark) % 4)
        digits = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
        if not digits.isdigit() or len(digits) > 18:
            raise ValueError(digits)
        return int(digits)
    except (ValueError, binascii.Error):
        raise _refused("_cursor", mark, "link.next") from None


def _refused(name: str, value: str, allowed: str) -> Invalid:
    return Invalid(
        Issue(
            "value",
            f"{name} ne peut pas valoir « {value[:40]} ». Valeurs admises : {allowed}.",
            f'{name} cannot be "{value[:40]}". Values allowed: {allowed}.',
        ),
        status=400,
    )
