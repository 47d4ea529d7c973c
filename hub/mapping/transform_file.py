"""One source document through one map, to the bytes a person asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.errors import Issue
from hub.formats import exact_json
from hub.mapping import documents, evidence
from hub.mapping.library import Library, Outcome
from hub.mapping.trace import Traced

#: forms that stand for more than one transformation
EVIDENCE, EXAMPLES, COMPARISON = "evidence", "examples", "comparison"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for."""

    map: str  #: a file, or a canonical
    form: str = "json"  #: json, xml, bytes (the form of the source, nothing added); or a task
    strict: bool = False  #: what is unknown is an error
    trace: bool = False
    name: str = ""  #: of the source, for evidence; of the folder, for examples and comparison
    other: str = ""  #: the second map of a comparison


@dataclass(frozen=True, slots=True)
class Printed:
    """The target in the form asked for."""

    body: bytes
    warnings: Sequence[Issue]
    messages: Sequence[str]  #: what `log` clauses said
    trace: dict[str, Any] | None = None  #: targets and sources, as evidence tells them


def canonical_of(library: Library, map_name: str) -> str:
    """The canonical, with its version, of a map's file or of a canonical.

    Raises:
        Unmappable: no such map, or one with mistakes in its text.
    """
    file = Path(map_name)
    return library.canonical_of(file) if file.is_file() else library.pin(map_name)


def transform(library: Library, wanted: Wanted, body: bytes) -> Printed:
    """Read, map and write.

    Raises:
        Invalid, Unreadable: the source is neither JSON nor XML, nor records of its model.
        Unmappable: the map has mistakes, or refuses the source.
        Refused: the target has no XML form.
    """
    canonical = canonical_of(library, wanted.map)
    tree = documents.read(library, canonical, body)
    if wanted.strict:
        library.map(canonical, tree)
    outcome = library.run(canonical, tree)
    markup = body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    made = documents.records(library, canonical, outcome.tree) if wanted.form == "bytes" else None
    printed = _printed(library, outcome, wanted.form, markup) if made is None else made
    told = _told(library.trace(canonical, tree, lenient=True)) if wanted.trace else None
    return Printed(printed, outcome.warnings, outcome.messages, told)


def _printed(library: Library, outcome: Outcome, form: str, markup: bool) -> bytes:
    if form == "xml" or (form == "bytes" and markup):
        return library.write_xml(outcome.tree, outcome.made).rstrip()
    return exact_json.dumps(outcome.named() if form == "json" else outcome.tree).rstrip()


def _told(traced: Traced) -> dict[str, Any]:
    return {
        "targets": evidence.targets(traced),
        "sources": evidence.sources(traced),
        "complete": traced.complete,
    }
