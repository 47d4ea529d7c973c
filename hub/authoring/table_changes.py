"""Changed rows of a code table as programs and the grid send them."""

from __future__ import annotations

from typing import Any

from hub.authoring.tables import Change
from hub.errors import Invalid, Issue


def read(told: Any) -> list[Change]:
    """A list of {"n": place or null, "cells": {column: text} or null}.

    Raises:
        Invalid: it is something else.
    """
    return [_change(one) for one in told] if isinstance(told, list) else [_change(None)]


def _change(one: Any) -> Change:
    place, cells = (one.get("n"), one.get("cells")) if isinstance(one, dict) else ("", None)
    plain = cells is None or (
        isinstance(cells, dict) and all(isinstance(v, str) for v in cells.values())
    )
    if not plain or not (place is None or type(place) is int):
        raise Invalid(
            Issue(
                "structure",
                "Les changements sont illisibles : rechargez la page, puis recommencez.",
                "The changes cannot be read: load the page again, then start over.",
            )
        )
    return Change(place, cells)
