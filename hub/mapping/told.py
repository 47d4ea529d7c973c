"""What running examples or comparing maps found, as JSON and back: told by a child process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hub.errors import Issue
from hub.mapping.compare import Comparison, Group
from hub.mapping.differences import Difference, Kind
from hub.mapping.examples import Verdict


def tell_verdicts(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The verdicts of a folder's examples as a tree."""
    return {"verdicts": [_verdict(each) for each in verdicts]}


def _verdict(each: Verdict) -> dict[str, Any]:
    return {
        "example": str(each.example),
        "map": each.map,
        "backwards": each.backwards,
        "differences": [asdict(difference) for difference in each.differences],
        "issues": [asdict(issue) for issue in each.issues],
    }


def read_verdicts(tree: Mapping[str, Any]) -> list[Verdict]:
    """The verdicts `tell_verdicts` told."""
    return [
        Verdict(
            Path(each["example"]),
            each["map"],
            each["backwards"],
            [_difference(difference) for difference in each["differences"]],
            [Issue(**issue) for issue in each["issues"]],
        )
        for each in tree["verdicts"]
    ]


def tell_comparison(found: Comparison) -> dict[str, Any]:
    """What two versions do differently, as a tree."""
    return asdict(found)


def read_comparison(tree: Mapping[str, Any]) -> Comparison:
    """The comparison `tell_comparison` told."""
    groups = [
        Group(**{**each, "kind": Kind(each["kind"]), "example": _difference(each["example"])})
        for each in tree["groups"]
    ]
    return Comparison(tree["sources"], tree["alike"], groups)


def _difference(tree: Mapping[str, Any]) -> Difference:
    return Difference(tree["path"], Kind(tree["kind"]), tree["first"], tree["second"])
