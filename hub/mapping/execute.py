"""One run of a compiled map on one source tree."""

from __future__ import annotations

from typing import Any

from hub.errors import Issue
from hub.formats import definitions
from hub.mapping.compile import Compiled
from hub.mapping.run import Run
from hub.mapping.transforms import copy


def misfit(compiled: Compiled, source: Any) -> list[Issue]:
    """What is to be said of a source that is another resource than the map takes."""
    given = source.get("resourceType") if type(source) is dict else None
    if given is None or given == compiled.takes or not compiled.takes:
        return []
    if given not in definitions.type_names():
        return []
    return [
        Issue(
            "structure",
            f"La source est de type {given}, or la carte attend {compiled.takes} : donnez le bon "
            "document",
            f"the source is of type {given}, the map takes {compiled.takes}: give it that document",
        )
    ]


def execute(compiled: Compiled, run: Run, source: Any) -> Any:
    """Run the first group on one source tree; gives the first target.

    A group without a target gives what it created: the one resource, or a Bundle of several.
    """
    arguments: list[Any] = []
    result: Any = None
    given = False
    if compiled.mutates:
        source = run.source = copy(source)
    for mode, typed in compiled.inputs:
        if mode == "source":
            arguments.append({} if given else source)
            given = True
            continue
        made: dict[str, Any] = {}
        if typed is not None and typed.kind == "resource":
            made["resourceType"] = typed.name
        arguments.append(made)
        result = made if result is None else result
    if compiled.function is not None:
        compiled.function(run, *arguments)
    if result is None and run.produced:
        run.rough = True
        entries = [{"resource": each} for each in run.produced]
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        result = run.produced[0] if len(entries) == 1 else bundle
    return result
