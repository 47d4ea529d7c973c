"""What a check finds: a place, an issue type, and what to tell people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeAlias

#: Any part of a tree: dict, list, str, int, Decimal, bool, None.
Node: TypeAlias = Any

#: More findings than this help nobody, and a hostile body must not grow into a huge answer.
MOST = 500


class Finding(NamedTuple):
    """One fault. ``path`` is relative to the node that was checked: "", ".net", "[0].code"."""

    path: str
    code: str  #: https://hl7.org/fhir/R4/valueset-issue-type.html
    fr: str
    en: str


class Place:
    """Where a check stands: what the resource contains, and whether it lies in a Bundle."""

    __slots__ = ("contained", "in_bundle")

    def __init__(self, contained: frozenset[str], in_bundle: bool) -> None:
        self.contained = contained  #: ids of the contained resources
        self.in_bundle = in_bundle


#: A check of one value. None: nothing found (the fast case).
Check: TypeAlias = Callable[[Node, Place], list[Finding] | None]


def under(prefix: str, findings: Iterable[Finding]) -> list[Finding]:
    """The same findings, seen from the parent."""
    return [Finding(prefix + path, code, fr, en) for path, code, fr, en in findings]


def fault(code: str, fr: str, en: str, path: str = "") -> list[Finding]:
    """One finding, as a list."""
    return [Finding(path, code, fr, en)]


def shown(value: Node) -> str:
    """A value as it may stand in a message: short, on one line."""
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:59] + "…"
