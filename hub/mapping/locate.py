"""Where in a source tree a code stands: a path without indexes made exact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hub.errors import MissingCode
from hub.mapping.concept_translate import codings
from hub.mapping.fhirpath.values import get


def located(missing: MissingCode, source: Any) -> MissingCode:
    """The same with the indexes of the first place that holds the code."""
    root, _, rest = missing.path.partition(".")
    for path, value in _walk(root, rest.split(".") if rest else [], source):
        if any(found[:2] == (missing.system, missing.code) for found in codings(value)):
            return replace(missing, path=path)
    return missing


def _walk(path: str, steps: list[str], value: Any) -> Iterator[tuple[str, Any]]:
    if not steps:
        yield path, value
        return
    children = get(value, steps[0])
    listed = type(value) is dict and isinstance(value.get(steps[0]), list)
    for index, child in enumerate(children):
        place = f"{path}.{steps[0]}[{index}]" if listed else f"{path}.{steps[0]}"
        yield from _walk(place, steps[1:], child)
