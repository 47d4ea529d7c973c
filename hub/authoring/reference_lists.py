"""Reading reference lists: which there are, and their rows by day and by words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hub.errors import Issue, NotFound
from hub.fhir.search_index import folded
from hub.ports import ReferenceRow, Store


def check(store: Store, owner: str, name: str) -> None:
    """Is there such a list?

    Args:
        owner: HERE, or the partner that publishes it.

    Raises:
        NotFound: there is none.
    """
    if not any(one.partner == owner for one in store.reference_pulls(name)):
        raise NotFound(
            Issue(
                "not-found",
                "Cette liste n'existe pas. Choisissez-en une parmi les listes de référence, ou "
                "importez-la.",
                "There is no such list. Choose one of the reference lists, or import it.",
            )
        )


def rows(
    store: Store, owner: str, name: str, day: date | None, words: str = ""
) -> Sequence[ReferenceRow]:
    """The rows of a list.

    Args:
        day: on which they count; None: those of all days.
        words: only rows in whose code or label this stands, whatever the case and the accents.
    """
    if day is not None:
        found: Sequence[ReferenceRow] = store.reference(name, day, partner=owner)
    else:
        found = [one.row for one in store.list_rows(owner, name)]
    wanted = folded(words)
    if not wanted:
        return found
    return [r for r in found if wanted in folded(f"{r.code} {r.label}")]
