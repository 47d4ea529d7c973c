"""What two versions of a map do differently on the same inputs, grouped by target path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.errors import Invalid, Issue, Problem
from hub.mapping.differences import Difference, Kind, differences
from hub.mapping.library import Library
from hub.mapping.load import RESOURCES

FAILED = "(échec / failure)"  #: the path under which refusals are grouped
_INDEX = re.compile(r"\[\d+\]")


@dataclass(slots=True)
class Group:
    """One target path, without indexes, and how often it differs."""

    path: str
    kind: Kind
    count: int  #: values
    inputs: int  #: source files
    source: str  #: the first of them
    example: Difference


@dataclass(slots=True)
class Comparison:
    """The whole difference of two versions."""

    sources: int
    alike: int
    groups: list[Group] = field(default_factory=list)  #: most frequent first


def inputs(folder: Path) -> list[Path]:
    """The source files of a folder: its name.in.* when it has some, else every JSON and XML.

    Raises:
        Invalid: there are none.
    """
    if folder.is_file():
        return [folder]
    every = sorted(p for p in folder.rglob("*") if p.suffix in RESOURCES and p.is_file())
    found = [p for p in every if p.name.endswith((".in.json", ".in.xml"))] or every
    if not found:
        raise Invalid(
            Issue(
                "not-found",
                f"Aucun fichier JSON ou XML dans {folder} : indiquez le dossier des sources",
                f"no JSON or XML file in {folder}: name the folder of the sources",
            )
        )
    return found


def compare(first: tuple[Library, str], second: tuple[Library, str], folder: Path) -> Comparison:
    """Run both maps on every input.

    Args:
        first, second: a library and the canonical of the map in it.
        folder: the inputs.

    Raises:
        Invalid: no inputs.
    """
    found = inputs(folder)
    groups: dict[tuple[str, Kind], Group] = {}
    alike = 0
    for path in found:
        differing = list(_differing(_made(*first, path), _made(*second, path)))
        alike += not differing
        counted: set[tuple[str, Kind]] = set()
        for each in differing:
            key = (_INDEX.sub("", each.path), each.kind)
            group = groups.setdefault(key, Group(*key, 0, 0, str(path), each))
            group.count += 1
            group.inputs += key not in counted
            counted.add(key)
    ordered = sorted(groups.values(), key=lambda g: (-g.count, g.path))
    return Comparison(len(found), alike, ordered)


def _differing(first: Any, second: Any) -> Iterator[Difference]:
    if isinstance(first, dict) and isinstance(second, dict):
        yield from differences(first, second)
    elif first != second:
        refused = [None if isinstance(made, dict) else made for made in (first, second)]
        yield Difference(FAILED, Kind.CHANGED, *refused)


def _made(library: Library, canonical: str, path: Path) -> dict[str, Any] | str:
    """The target, or in words why the map refuses this input."""
    try:
        return library.run(canonical, library.read(path.read_bytes())).tree
    except Problem as problem:
        return _told(problem.issues)


def _told(issues: Sequence[Issue]) -> str:
    """What is said, without where in the map it stands: lines move between versions."""
    return " ; ".join(re.sub(r" \[[^\]]*\]$", "", issue.fr) for issue in issues)
