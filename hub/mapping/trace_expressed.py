"""Where the items of a source that is an expression come from.

An expression that only navigates gives the items it came to, each with its own path; of any other
the items come from all it looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.mapping.trace import Origin
from hub.mapping.trace_reads import Item


class Expressed:
    """The items of one evaluation, met in their order by the loop over them."""

    __slots__ = ("_items", "_next", "_reads", "_values")

    def __init__(
        self, values: Sequence[Any], items: Sequence[Item], reads: tuple[str, ...]
    ) -> None:
        left = iter(items)  # among them those that the criteria of a filter left out
        found = (next((i for i in left if _same(i.value, value)), None) for value in values)
        kept = [item for item in found if item is not None]
        self._items: Sequence[Item] = kept if len(kept) == len(values) else ()
        self._values, self._reads = values, reads
        self._next = 0

    def origin(self, value: Any) -> Origin:
        """The origin of the item the loop has come to; filters may have left some out."""
        if not self._items:
            return Origin(self._reads)
        count = len(self._items)
        for index in (*range(self._next, count), *range(self._next)):
            if _same(self._values[index], value):
                self._next = index + 1
                return Origin((self._items[index].path,))
        return Origin(self._reads)


def _same(one: Any, other: Any) -> bool:
    return one is other or (type(one) is type(other) and one == other)
