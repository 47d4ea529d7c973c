"""What a traced run tells: where each target element came from, what became of each source element.

Paths are FHIRPath with indexes; members have the names they have in the tree (servicedDate).
Source: https://hl7.org/fhir/R5/mapping-language.html, docs/mapping-tools.md
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hub.errors import Issue
from hub.model import Tree


class Use(StrEnum):
    """What became of a source element."""

    CARRIED = "carried"  #: its value, or one made from it, stands in the target
    READ = "read"  #: a condition or a variable looked at it; no target value comes from it
    UNUSED = "unused"  #: no rule looked at it on this run


@dataclass(frozen=True, slots=True)
class CodeRow:
    """The row of a ConceptMap that translated a code."""

    concept_map: str  #: canonical url
    source_system: str
    source_code: str
    target_system: str
    target_code: str
    by_hand: bool = False  #: an administrator added it
    unmapped: bool = False  #: no row: the table's rule for unmapped codes gave it


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from."""

    paths: tuple[str, ...] = ()  #: source elements
    rows: tuple[CodeRow, ...] = ()

    def __add__(self, other: Origin) -> Origin:
        paths = dict.fromkeys((*self.paths, *other.paths))
        return Origin(tuple(paths), tuple(dict.fromkeys((*self.rows, *other.rows))))


@dataclass(slots=True)
class Write:
    """What one target of a rule put into an element."""

    place: int
    transform: str
    expression: str
    origin: Origin
    because: str


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule that made an element."""

    map: str  #: canonical url
    group: str
    name: str
    file: str
    line: int
    column: int

    @property
    def place(self) -> str:
        """file:line"""
        return f"{self.file}:{self.line}"

    @property
    def called(self) -> str:
        """group/rule"""
        return f"{self.group}/{self.name}" if self.name else self.group


@dataclass(frozen=True, slots=True)
class Step:
    """One target element that holds a value."""

    path: str
    value: Any
    rule: Rule | None  #: None for what the map's first target is made with: its resourceType
    transform: str  #: copy, translate, evaluate, create…
    expression: str  #: FHIRPath of an evaluate; "" for other transforms
    sources: tuple[tuple[str, Any], ...]  #: source elements and their values
    rows: tuple[CodeRow, ...]  #: rows of code tables
    because: str  #: source element for which the rule ran; "" when none is known


@dataclass(frozen=True, slots=True)
class SourceElement:
    """One source element that holds a value."""

    path: str
    value: Any
    use: Use
    targets: tuple[str, ...]  #: target elements its value went into


@dataclass(frozen=True, slots=True)
class Traced:
    """The target tree and its whole story."""

    tree: Tree
    steps: Sequence[Step]  #: every target element with a value, in the order of the tree
    sources: Sequence[SourceElement]  #: every source element with a value, in the same order
    warnings: Sequence[Issue]
    messages: Sequence[str]  #: what `log` clauses said
    files: Sequence[str] = ()  #: the files of the map and of those it imports and reaches
    complete: bool = True  #: False when the source is so large that reads were no longer noted
