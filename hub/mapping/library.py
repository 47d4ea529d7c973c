"""A library of maps: loads folders, resolves canonicals, compiles once, runs.

Source: https://hl7.org/fhir/R5/mapping-language.html
"""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.errors import Issue, Unmappable
from hub.formats import exact_json, fhir_xml, fhir_xml_write
from hub.mapping import trace_story
from hub.mapping.compile import Compiled, MapCompiler
from hub.mapping.concept_depends import given_text
from hub.mapping.concept_map import Row
from hub.mapping.evidence import content
from hub.mapping.execute import execute, misfit
from hub.mapping.failures import failed, without_row
from hub.mapping.findings import UNFIT, Failure, MapError
from hub.mapping.finish import Finisher
from hub.mapping.load import read_map
from hub.mapping.locate import located
from hub.mapping.parse import MapParser, Parsed
from hub.mapping.run import Codes, Run
from hub.mapping.schema import Schema
from hub.mapping.shelf import Shelf, versioned
from hub.mapping.trace import Traced
from hub.mapping.trace_run import TracedRun
from hub.mapping.trace_write import TracedCompiler
from hub.mapping.transforms import copy
from hub.mapping.types import Type
from hub.model import Tree


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a lenient run gave."""

    tree: Tree
    made: Type | None  #: the type of the tree, None when nothing defines it
    warnings: Sequence[Issue]
    messages: Sequence[str]  #: what the rules' `log` clauses said

    def named(self) -> Tree:
        """The tree as FHIR's JSON: the instance of a logical model says its type too.

        Source: https://hl7.org/fhir/R5/json.html#logical
        """
        name = (self.made.written or self.made.name) if self.made is not None else ""
        if not name or "resourceType" in self.tree:
            return self.tree
        return {"resourceType": name, **self.tree}


class Library:
    """Every map, ConceptMap and logical model of some folders. Safe to share between threads."""

    def __init__(
        self,
        folders: Sequence[Path],
        concept_rows: Sequence[Row] = (),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        identifiers: Callable[[], str] = lambda: str(uuid.uuid4()),
        preferred: Mapping[str, str | None] | None = None,  #: version for each url; None: nothing
    ) -> None:
        self._clock, self._identifiers = clock, identifiers
        self._compiled: dict[tuple[str, bool, bool], Compiled] = {}
        self._lock = threading.RLock()
        self._shelf = Shelf(folders, concept_rows, preferred)
        self._codes = Codes(self._shelf.concept_map)
        self._finisher = Finisher(self._shelf.schema)

    def maps(self) -> list[str]:
        """Every map as url|version, or url when it has no version."""
        return self._shelf.maps()

    def concept_maps(self) -> list[str]:
        """Every ConceptMap, in the same form."""
        return self._shelf.concept_maps()

    def depended(self, canonical: str) -> frozenset[str]:
        """Names and uris of the attributes on which rows of a ConceptMap depend."""
        found = self._shelf.concept_map(canonical)
        return frozenset() if found is None else found.depended

    @staticmethod
    def depends_text(given: Mapping[str, Any]) -> str:
        """What a row depends on, {attribute: value}, as rows added by hand hold it."""
        return given_text(given)

    def pin(self, canonical: str) -> str:
        """The newest version as url|version; a canonical with a version stays as it is.

        Raises:
            Unmappable: no such map.
        """
        return self._shelf.pin(canonical)

    def digest(self, canonical: str) -> str:
        """The sha256 of the file a map is written in.

        Raises:
            Unmappable: no such map.
        """
        return hashlib.sha256(content(self._shelf.find(canonical).file)).hexdigest()

    def file(self, canonical: str) -> str:
        """The file a map is written in; package!member of one in a package.

        Raises:
            Unmappable: no such map.
        """
        return self._shelf.find(canonical).file

    def canonical_of(self, path: Path) -> str:
        """The canonical of a map's file, which from now on is the map of that name here.

        Raises:
            Unmappable: the file is no map, or one with mistakes in its text.
        """
        parsed = read_map(Path(path))
        if parsed.errors:
            raise Unmappable(*(e.issue() for e in parsed.errors))
        parsed.resource.setdefault("url", Path(path).name)
        with self._lock:
            self._shelf.add(parsed)
            self._compiled.clear()
        return versioned(parsed.resource["url"], str(parsed.resource.get("version", "")))

    @property
    def schema(self) -> Schema:
        """Every type this library knows."""
        return self._shelf.schema

    def inputs(self, canonical: str) -> Sequence[tuple[str, Type | None]]:
        """(mode, type) of what a map's first group takes.

        Raises:
            Unmappable: no such map, or one with mistakes.
        """
        return self._ready(canonical, lenient=True).inputs

    def read(self, body: bytes) -> Tree:
        """The tree of a source document: JSON, or XML of any type this library knows.

        Raises:
            Invalid, Unreadable: it is neither.
        """
        body = body.removeprefix(b"\xef\xbb\xbf")
        if body.lstrip(b" \t\r\n").startswith(b"<"):
            return fhir_xml.loads(body.lstrip(), self._shelf.schema)
        tree: Tree = exact_json.loads(body)
        return tree

    def write_xml(self, tree: Tree, made: Type | None) -> bytes:
        """The XML of a tree a map gave.

        Raises:
            Refused: a value XML cannot carry.
        """
        return fhir_xml_write.dumps(tree, made, self._shelf.schema)

    def map(self, canonical: str, source: Tree) -> Tree:
        """Run a map on one source tree.

        Raises:
            Unmappable: with every code no ConceptMap has a row for, or with the map's own
                failure: its file:line:column, map, group and rule.
        """
        compiled = self._ready(canonical, lenient=False)
        if wrong := misfit(compiled, source):
            raise Unmappable(*wrong)
        result, run = self._execute(compiled, source)
        if run.missing:
            missing = dict.fromkeys(located(code, source) for code in run.missing)
            raise Unmappable(*map(without_row, missing), missing=tuple(missing))
        return result

    def run(self, canonical: str, source: Tree) -> Outcome:
        """As `map`, but what is unknown is a warning: types, elements, codes without a row.

        Raises:
            Unmappable: the map has mistakes, or refuses the source.
        """
        compiled = self._ready(canonical, lenient=True)
        result, run = self._execute(compiled, source)
        missing = dict.fromkeys(located(code, source) for code in run.missing)
        warnings = [w.issue() for w in compiled.warnings] + [without_row(m) for m in missing]
        warnings += misfit(compiled, source)
        return Outcome(result, _target(compiled), warnings, run.messages)

    def trace(self, canonical: str, source: Tree, lenient: bool = False) -> Traced:
        """As `map` (or, lenient, as `run`), with the origin of every value of the target.

        Raises:
            Unmappable: as `map` (or as `run`).
        """
        compiled = self._ready(canonical, lenient, traced=True)
        made = _target(compiled)
        given = next((t for mode, t in compiled.inputs if mode == "source"), None)
        root = str(source.get("resourceType") or (given.name if given is not None else "source"))
        find, clock, identifiers = self._shelf.concept_map, self._clock, self._identifiers
        run = TracedRun(source, find, clock, identifiers, root)
        run.terms = self._shelf.terms
        raw = self._run(compiled, run, source)
        missing = tuple(dict.fromkeys(located(code, source) for code in run.missing))
        if missing and not lenient:
            raise Unmappable(*map(without_row, missing), missing=missing)
        tree = self._finisher.finish(copy(raw), made) or {}  # the story needs both
        name = str(tree.get("resourceType") or (made.name if made is not None else "target"))
        steps = trace_story.steps(run, compiled.places, raw, tree, name)
        warnings = [w.issue() for w in compiled.warnings] + [without_row(m) for m in missing]
        sources = trace_story.sources(run, steps)
        files = tuple(dict.fromkeys(place.file for place in compiled.places))
        complete = run.reads_left > 0
        return Traced(tree, steps, sources, warnings, run.messages, files, complete)

    def _execute(self, compiled: Compiled, source: Tree) -> tuple[Tree, Run]:
        find = self._shelf.concept_map
        run = Run(source, find, self._clock, self._identifiers, self._codes, self._shelf.terms)
        result = self._run(compiled, run, source)
        if compiled.settled:
            run.look(result)
            if not run.rough:
                return result, run
        return self._finisher.finish(result, _target(compiled)) or {}, run

    def _run(self, compiled: Compiled, run: Run, source: Tree) -> Any:
        try:
            return execute(compiled, run, source)
        except Failure as failure:
            raise Unmappable(failed(compiled, failure, failure.en, failure.fr)) from failure
        except (TypeError, AttributeError, ValueError, KeyError, RecursionError) as error:
            raise Unmappable(failed(compiled, error, *UNFIT)) from error

    def check(self, path: Path, syntax_only: bool = False) -> list[MapError]:
        """What is wrong with a map's file, in the order of the text; warnings left out."""
        return [e for e in self.findings(path, syntax_only) if e.severity == "error"]

    def findings(self, path: Path, syntax_only: bool = False) -> list[MapError]:
        """Errors and warnings of a map's file, in the order of the text."""
        return self._findings(read_map(Path(path)), syntax_only)

    def findings_in(self, text: str, name: str) -> list[MapError]:
        """As `findings`, of a text that stands in no file; `name` stands for the file's."""
        return self._findings(MapParser(text, name).parse(), syntax_only=False)

    def _findings(self, parsed: Parsed, syntax_only: bool) -> list[MapError]:
        if parsed.errors or syntax_only:
            return list(parsed.errors)
        with self._lock:
            unit = self._shelf.unit(parsed)
            made = MapCompiler(self._shelf.schema, unit, tables=self._shelf.concept_map).compile(
                everything=True
            )
            self._shelf.forget(parsed)  # a text is checked again and again while it is written
            found = dict.fromkeys([*made.errors, *made.warnings])
            return sorted(found, key=lambda e: (e.file != parsed.file, e.line, e.column))

    def python(self, canonical: str, traced: bool = False) -> str:
        """The Python generated for a map, or for its traced variant."""
        return self._ready(canonical, lenient=True, traced=traced).source

    def _ready(self, canonical: str, lenient: bool, traced: bool = False) -> Compiled:
        compiled = self._compiled.get((canonical, lenient, traced))
        if compiled is None:
            with self._lock:
                parsed = self._shelf.find(canonical)
                if parsed.errors:
                    raise Unmappable(*(e.issue() for e in parsed.errors))
                unit = self._shelf.unit(parsed)
                compiler = TracedCompiler if traced else MapCompiler
                compiled = compiler(self._shelf.schema, unit, lenient).compile()
                self._compiled[canonical, lenient, traced] = compiled
        if compiled.errors:
            raise Unmappable(*(e.issue() for e in compiled.errors))
        return compiled


def _target(compiled: Compiled) -> Type | None:
    return next((t for mode, t in compiled.inputs if mode == "target"), None)
