"""How large a value may become while an expression runs: memory is a budget, as steps are."""

from __future__ import annotations

import threading
from typing import Any

from hub.mapping.findings import Failure

LONGEST_TEXT = 1_000_000  #: characters
MOST_ITEMS = 200_000  #: of one collection
MOST_COMPARED = 1500  #: values without a key, compared each with each
MOST_COPIED = 5_000_000  #: members and items of all trees one run copies


def too_long(what: str, size: int, most: int) -> Failure:
    """The value is larger than an expression may make it."""
    return Failure(
        f"{what}: {size} is more than the {most} allowed; cut the data first",
        f"Résultat trop grand ({size}, pour {most} permis) : réduisez d’abord les données",
    )


class Copied(threading.local):
    """What the present run of this thread has copied."""

    values = 0

    def spend(self, values: int) -> None:
        """Count members or items.

        Raises:
            Failure: the run copies more than it may.
        """
        self.values += values
        if self.values > MOST_COPIED:
            raise too_long("values copied", self.values, MOST_COPIED)


copied = Copied()  #: a run begins with `copied.values = 0`


def text(value: str) -> str:
    """The text itself.

    Raises:
        Failure: it is longer than a text may become.
    """
    if len(value) > LONGEST_TEXT:
        raise too_long("characters of a text", len(value), LONGEST_TEXT)
    return value


def items(values: list[Any]) -> list[Any]:
    """The collection itself.

    Raises:
        Failure: it has more items than a collection may have.
    """
    if len(values) > MOST_ITEMS:
        raise too_long("items of a collection", len(values), MOST_ITEMS)
    return values
