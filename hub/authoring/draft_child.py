"""The child process that runs a draft: over the examples of a folder, or over real exchanges.

Limited and confined as every draft is: hub/mapping/confine.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from hub.errors import Problem
from hub.formats import exact_json
from hub.mapping import confined, told
from hub.mapping.concept_map import Row
from hub.mapping.examples import AddedRow, verdicts
from hub.mapping.library import Library


def main() -> None:
    """Answer one question from standard input on standard output."""
    confined.main(_answer)


def _answer(asked: dict[str, Any]) -> bytes:
    done = _replayed(asked) if asked["task"] == "replay" else _examples(asked)
    return confined.line(ok=True) + exact_json.dumps(done)


def _examples(asked: dict[str, Any]) -> dict[str, Any]:
    def library(rows: Sequence[Row]) -> Library:
        folders = [Path(folder) for folder in asked["folders"]]
        return Library(folders, rows, preferred=asked["preferred"])

    found = list(verdicts(Path(asked["examples"]), cache(library)))
    return told.tell_verdicts(found)


def _replayed(asked: dict[str, Any]) -> dict[str, Any]:
    """Each source through the map as it holds, and through the draft."""
    folders, rows = [Path(f) for f in asked["folders"]], [AddedRow(**row) for row in asked["rows"]]
    now, then = asked["preferred"], asked["preferred"] | asked["drafted"]
    draft = Path(asked["draft"])
    sides = [
        (Library(folders, rows, preferred=now), asked["old"]),
        (Library([*folders, draft], rows, preferred=then), asked["new"]),
    ]
    return {
        "made": [
            [_made(library, canonical, source) for library, canonical in sides]
            for source in asked["sources"]
        ]
    }


def _made(library: Library, canonical: str, source: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"tree": library.map(canonical, source)}
    except Problem as problem:
        return {"issues": [asdict(issue) for issue in problem.issues]}
