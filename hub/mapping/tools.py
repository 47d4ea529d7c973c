"""The mapping author's tools behind one door: explain, test, compare, pack, run a draft."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from hub.mapping import evidence, evidence_page
from hub.mapping.evidence import Evidence
from hub.mapping.evidence_rows import SOURCES, TARGETS, source_rows, target_rows
from hub.mapping.library import Library
from hub.mapping.transform_file import Printed, Wanted, canonical_of, transform


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

    def run(self, wanted: Wanted, body: bytes) -> Printed:
        """One source document through one map, in this process.

        Raises:
            Problem: as transform_file.transform.
        """
        return transform(self._library, wanted, body)

    def explain(self, map_name: str, name: str, body: bytes) -> Evidence:
        """Where each value of a translation came from, and what it was made with.

        Raises:
            Problem: as transform_file.transform.
        """
        canonical = canonical_of(self._library, map_name)
        traced = self._library.trace(canonical, self._library.read(body), lenient=True)
        return evidence.gather(canonical, (name, body), traced, self._folders, self._clock())

    as_tree = staticmethod(evidence.as_tree)
    page = staticmethod(evidence_page.page)
    target_rows = staticmethod(target_rows)
    source_rows = staticmethod(source_rows)
