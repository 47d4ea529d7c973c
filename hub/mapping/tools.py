"""The mapping author's tools behind one door: explain, test, compare, pack, run a draft."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path

from hub.formats import exact_json
from hub.mapping import confine, documents, evidence, evidence_page, package, told
from hub.mapping.compare import Comparison, compare
from hub.mapping.concept_map import Row
from hub.mapping.evidence import Evidence
from hub.mapping.evidence_read import from_tree
from hub.mapping.evidence_rows import SOURCES, TARGETS, source_rows, target_rows
from hub.mapping.examples import Verdict, verdicts
from hub.mapping.library import Library
from hub.mapping.transform_file import (
    COMPARISON,
    EVIDENCE,
    EXAMPLES,
    Printed,
    Wanted,
    canonical_of,
    transform,
)
from hub.mapping.unpack import unpack


class MapTools:
    """Works on the maps, tables and models of some folders; needs no database."""

    target_headings, source_headings = TARGETS, SOURCES

    def __init__(
        self,
        folders: Sequence[Path],
        packaged: Path,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._packaged, self._clock = packaged.resolve(), clock
        self._folders = [folder.resolve() for folder in folders]

    @cached_property
    def _library(self) -> Library:
        return Library(self._folders)

    def run(self, wanted: Wanted, body: bytes, confined: bool | None = None) -> Printed:
        """One source document through one map.

        Args:
            wanted: which map, in which form.
            body: the source.
            confined: in a child process with limits; None: unless the map is a packaged one.

        Raises:
            Problem: as transform_file.transform; Unmappable: a limit was reached.
        """
        if self._foreign(wanted.map) if confined is None else confined:
            return confine.run(self._folders, wanted, body)
        return transform(self._library, wanted, body)

    def _foreign(self, map_name: str) -> bool:
        """May the map be another than those that came with the hub?"""
        file = Path(map_name)
        if file.is_file():
            return self._outside(file)
        return any(not folder.is_relative_to(self._packaged) for folder in self._folders)

    def explain(
        self, map_name: str, name: str, body: bytes, confined: bool | None = None
    ) -> Evidence:
        """Where each value of a translation came from, and what it was made with.

        Args:
            map_name: a file or a canonical.
            name: of the source.
            body: the source.
            confined: as for `run`.

        Raises:
            Problem: as transform_file.transform; Unmappable: a limit was reached.
        """
        if self._foreign(map_name) if confined is None else confined:
            answer = confine.run(self._folders, Wanted(map_name, EVIDENCE, name=name), body)
            return from_tree(exact_json.loads(answer.body))
        canonical = canonical_of(self._library, map_name)
        source = documents.read(self._library, canonical, body)
        traced = self._library.trace(canonical, source, lenient=True)
        return evidence.gather(canonical, (name, body), traced, self._folders, self._clock())

    def test(self, folder: Path, confined: bool | None = None) -> Iterable[Verdict]:
        """Run the examples of a folder, forwards and where there is an inverse map backwards.

        Args:
            folder: holds `examples` folders.
            confined: in a child process with limits; None: unless the folder came with the hub.

        Raises:
            Unmappable: a limit was reached.
        """
        if self._outside(folder) if confined is None else confined:
            wanted = Wanted("", EXAMPLES, name=str(folder.resolve()))
            answer = confine.run(self._folders, wanted, b"", confine.MANY)
            return told.read_verdicts(exact_json.loads(answer.body))
        return verdicts(folder.resolve(), cache(self._with_rows))

    def _outside(self, path: Path) -> bool:
        return not path.resolve().is_relative_to(self._packaged)

    def _with_rows(self, rows: Sequence[Row]) -> Library:
        return Library(self._folders, rows)

    def compare(
        self, first: Path, second: Path, folder: Path, confined: bool | None = None
    ) -> Comparison:
        """What two versions of a map do differently on the inputs of a folder.

        Args:
            first, second: files of maps.
            folder: the inputs.
            confined: in a child process with limits; None: unless both maps came with the hub.

        Raises:
            Unmappable: one of them is no map, or has mistakes; a limit was reached.
            Invalid: there are no inputs.
        """
        outside = self._outside(first) or self._outside(second)
        if outside if confined is None else confined:
            names = str(first.resolve()), str(second.resolve()), str(folder.resolve())
            wanted = Wanted(names[0], COMPARISON, name=names[2], other=names[1])
            answer = confine.run(self._folders, wanted, b"", confine.MANY)
            return told.read_comparison(exact_json.loads(answer.body))
        sides = []
        for file in (first, second):
            library = Library([*self._folders, file.parent])
            canonical = library.canonical_of(file)
            library.python(canonical)
            sides.append((library, canonical))
        return compare(sides[0], sides[1], folder)

    @staticmethod
    def export(folder: Path) -> bytes:
        """The FHIR package of a folder; the same folder gives the same bytes.

        Raises:
            Problem: as package.export.
        """
        return package.export(folder)

    @staticmethod
    def restore(file: Path, folder: Path | None = None) -> list[Path]:
        """Write a package's files into a new folder, by default named after the package.

        Raises:
            Invalid: the package is refused, or the folder is not empty.
        """
        contents = unpack(file.read_bytes(), file.name)
        name = f"{contents.name}-{contents.version}".replace("/", "-")
        return package.restore(contents, folder or Path(name))

    as_tree = staticmethod(evidence.as_tree)
    page = staticmethod(evidence_page.page)
    target_rows = staticmethod(target_rows)
    source_rows = staticmethod(source_rows)
