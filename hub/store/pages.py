"""How much one page of a search holds."""

from __future__ import annotations

from collections.abc import Iterable

from hub.model import StoredResource

LARGEST = 8_000_000  #: bytes of resources after which a page ends: 200 large ones are 1 GB
BY_AND_BY = {"yield_per": 20}  #: rows fetched at a time, so that the rest never is


def filled(
    found: Iterable[StoredResource], count: int
) -> tuple[tuple[StoredResource, ...], int | None]:
    """The resources of a page, and the last one's place when there are more."""
    shown: list[StoredResource] = []
    size = 0
    for one in found:
        if len(shown) == count or size > LARGEST:
            return tuple(shown), shown[-1].seq if shown else None
        shown.append(one)
        size += len(one.body)
    return tuple(shown), None
