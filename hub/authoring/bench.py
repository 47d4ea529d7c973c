"""The workbench's service: check a text, complete it, run it on a source. Nothing is stored.

The same functions serve the console's pages, its JSON addresses and `benkan map complete`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from hub.authoring import bench_check, bench_complete, bench_run
from hub.authoring.bench_check import Diagnostic
from hub.authoring.bench_complete import Completions
from hub.authoring.bench_run import LARGEST, Evaluation, Stand
from hub.errors import Invalid, Issue
from hub.wiring import Hub


def check(hub: Hub, text: str) -> list[Diagnostic]:
    """What the compiler says of a text, with ranges, warnings among the errors.

    Raises:
        Invalid: the text is larger than any map.
    """
    return bench_check.check(hub.maps.library(), _sized(text))


def complete(hub: Hub, text: str, line: int, column: int) -> Completions:
    """What may stand at a place of a text; line and column from 1, columns in UTF-16 units.

    Raises:
        Invalid: the text is larger than any map.
    """
    return bench_complete.complete(hub.maps.library(), _sized(text), line, column)


def evaluate(
    hub: Hub,
    text: str,
    source: str,
    expected: str | None = None,
    rows: Sequence[Any] = (),
) -> Evaluation:
    """What a text makes of a source, in a confined process, and the bytes its partner would get.

    Args:
        hub: gives the maps, tables and models that hold now, and the partners' adapters.
        text: a map in FML.
        source: JSON, XML, or records of the map's source model.
        expected: what should come of it, as JSON.
        rows: of code tables, added for this run only.

    Raises:
        Unmappable: the text has mistakes or refuses the source; a limit was reached.
        Invalid, Unreadable: the source or the expected result cannot be read, or is too large.
    """
    standing = hub.maps.standing()
    stand = Stand(standing.folders, standing.rows, standing.preferred)
    given = _sized(source).encode()
    wanted = expected.encode() if expected is not None else None
    return bench_run.evaluate(stand, _sized(text), given, hub.adapters, wanted, rows)


def _sized(text: str) -> str:
    if len(text) > LARGEST:
        raise Invalid(
            Issue(
                "too-long",
                f"Ce texte dépasse {LARGEST} caractères : essayez avec un document plus court.",
                f"This text is longer than {LARGEST} characters: try a shorter document.",
            )
        )
    return text


def diagnostics_tree(found: Sequence[Diagnostic]) -> dict[str, Any]:
    """Findings as JSON tells them."""
    return {"diagnostics": [asdict(one) for one in found]}


def completions_tree(found: Completions) -> dict[str, Any]:
    """Options as JSON tells them."""
    return asdict(found)


def evaluation_tree(done: Evaluation) -> dict[str, Any]:
    """A run as JSON tells it; amounts keep their digits."""
    message = done.message
    return {
        "map": done.map,
        "tree": done.tree,
        "targets": [
            {**asdict(one), "place": list(one.place) if one.place else None} for one in done.targets
        ],
        "sources": [asdict(one) for one in done.sources],
        "required": [{"path": path, "filled": filled} for path, filled in done.required],
        "warnings": [asdict(one) for one in done.warnings],
        "messages": list(done.messages),
        "complete": done.complete,
        "bytes": None
        if message is None
        else {
            "contentType": message.content_type,
            "name": message.name,
            "length": len(message.body),
            "text": readable(message.body, message.content_type),
            "losses": list(message.losses),
        },
        "refused": [asdict(one) for one in done.refused],
        "differences": [asdict(one) for one in done.differences],
        "compared": done.expected is not None,
    }


def readable(body: bytes, content_type: str) -> str:
    """The characters of some bytes: of the charset they name, else UTF-8, else Windows'."""
    _, _, named = content_type.lower().partition("charset=")
    for charset in (named.strip(' "'), "utf-8", "cp1252"):
        try:
            return body.decode(charset) if charset else body.decode("utf-8")
        except (LookupError, UnicodeDecodeError):
            continue
    return body.decode("latin-1")
