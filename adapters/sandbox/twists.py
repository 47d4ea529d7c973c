"""Files of news that a sandbox leaves wrongly, when it is asked to: ``duplicate@mouvements``…

Only what names its occasion is meant for it: an order without one is for the next claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from adapters.sandbox.behaviour import Behaviour
from adapters.sandbox.movements import Movement

MOVEMENTS, STATEMENTS = "mouvements", "etats"
#: what no partner's reader takes for one of its files
GARBAGE = b"\x00\xff ceci n'est pas un fichier"
_KINDS = frozenset({"duplicate", "garbage", "late", "reordered", "contradictory"})


def asked(behaviour: Behaviour, occasion: str) -> str:
    """The misbehaviour to do on this occasion now, "" for none."""
    wrong = behaviour.take(occasion, _KINDS, named=True)
    return wrong.kind if wrong else ""


def batches(rows: Sequence[Movement], kind: str) -> list[list[Movement]]:
    """The files to leave, in order, each of these movements.

    Twice; one by one, the last first; or followed by others of the same numbers that say something
    else. `late` is none: they go with the next ones.
    """
    found = {
        "duplicate": [list(rows), list(rows)],
        "reordered": [[row] for row in reversed(rows)],
        "contradictory": [list(rows), [contrary(row) for row in rows]],
        "late": [],
    }
    return found.get(kind, [list(rows)])


def contrary(row: Movement) -> Movement:
    """The same number of movement and person, with another name and birth."""
    return replace(row, nom="Contraire", naissance="1901")
