"""A traced run told: the finished target tree and the source, element by element.

Finishing drops what is empty, so that an item's index in the finished list may be smaller than
the one it was written at: both trees are walked side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hub.mapping.emit import Place
from hub.mapping.trace import CodeRow, Rule, SourceElement, Step, Use, Write
from hub.mapping.trace_reads import member_path
from hub.mapping.trace_run import TracedRun


def steps(run: TracedRun, places: Sequence[Place], raw: Any, tree: Any, root: str) -> list[Step]:
    """Every value of the finished tree with what made it.

    Args:
        run: the run that made it.
        places: where each rule stands.
        raw: the target as the rules left it.
        tree: the same, finished.
        root: what paths begin with.
    """
    return [_step(run, places, *found) for found in _walk(run, raw, tree, root, None, "")]


def _walk(
    run: TracedRun, raw: Any, tree: Any, path: str, write: Write | None, below: str
) -> Iterator[tuple[str, Any, Write | None, str]]:
    """(path, value, what wrote it, its place below the written value) of every leaf."""
    if not isinstance(tree, dict):
        yield path, tree, write, below
        return
    for name, value in tree.items():
        held = raw[name]
        if not isinstance(value, list):
            own = run.writes.get((id(raw), name, None)) or run.writes.get((id(raw), name, 0))
            inner = "" if own is not None else member_path(below, name)
            yield from _walk(run, held, value, member_path(path, name), own or write, inner)
            continue
        items = held if isinstance(held, list) else [held]
        kept = [(n, item) for n, item in enumerate(items) if _stays(item)]
        if len(value) == len(items):  # gaps are kept where extensions stand beside them
            kept = list(enumerate(items))
        for index, ((n, item), finished) in enumerate(zip(kept, value, strict=True)):
            place = f"{member_path('', name)}[{index}]"
            own = run.writes.get((id(raw), name, n))
            own = own or (run.writes.get((id(raw), name, None)) if n == 0 else None)
            inner = "" if own is not None else below + place
            yield from _walk(run, item, finished, path + place, own or write, inner)


def holds(value: Any) -> bool:
    """Does finishing keep it?"""
    if isinstance(value, dict):
        return any(holds(inner) for inner in value.values())
    if isinstance(value, list):
        return any(_stays(inner) for inner in value)
    return value is not None and value != ""


def _stays(item: Any) -> bool:
    """Does finishing keep an item of a list? It keeps an empty text, that a source gave."""
    return item == "" or holds(item)


def _step(
    run: TracedRun, places: Sequence[Place], path: str, value: Any, write: Write | None, below: str
) -> Step:
    if write is None:
        return Step(path, value, None, "", "", (), (), "")
    place = places[write.place]
    rule = Rule(place.map, place.group, place.rule, place.file, place.line, place.column)
    sources = tuple(_sources(run, write, below))
    rows: tuple[CodeRow, ...] = write.origin.rows
    return Step(path, value, rule, write.transform, write.expression, sources, rows, write.because)


def _sources(run: TracedRun, write: Write, below: str) -> Iterator[tuple[str, Any]]:
    """The source elements of a write; below a copied one, the element at the same place."""
    for path in write.origin.paths:
        exact = path + below
        if exact in run.leaves:
            yield exact, run.leaves[exact]
        elif path in run.leaves:
            yield path, run.leaves[path]
        elif not below or write.transform != "copy":
            yield path, None


def sources(run: TracedRun, made: Sequence[Step]) -> list[SourceElement]:
    """Every value of the source with what became of it."""
    went: dict[str, list[str]] = {}
    for step in made:
        for path, _ in step.sources:
            went.setdefault(path, []).append(step.path)
    found: list[SourceElement] = []
    for path, value in run.leaves.items():
        targets = list(went.get(path, ()))
        use = Use.CARRIED if targets else Use.READ if path in run.read_paths else Use.UNUSED
        found.append(SourceElement(path, value, use, tuple(targets)))
    return found
