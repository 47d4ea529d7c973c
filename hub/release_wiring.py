"""Joins what was published with what came with the hub: the maps and tables that hold on a date."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hub.errors import Issue, Unmappable
from hub.mapping import headers
from hub.mapping.concept_depends import DATE, read_given
from hub.mapping.concept_map import ConceptMap
from hub.mapping.headers import Found, Head
from hub.mapping.library import Library
from hub.mapping.load import resources
from hub.model import Tree
from hub.ports import AddedConcept, ConceptRow
from hub.ports.releases import Entry, Version, When, effective, now
from hub.store import SqlStore

__all__ = ["Found", "Head", "Standing", "StoredMaps", "headers"]

PUBLISHED = "published"  #: what a decision is that made a version
#: Libraries kept: each is a set of versions that hold together, and few hold at a time.
MOST = 8


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything a library of some dates is made of; another process can be told it."""

    folders: Sequence[Path]  #: those that came with the hub, then a file for each version
    rows: Sequence[ConceptRow]
    preferred: Mapping[str, str | None]  #: what a url without version stands for


class StoredMaps:
    """The maps and tables that hold, with the rows administrators have added.

    Every process reads two numbers before each use; when one has grown, it reads anew.
    """

    def __init__(self, store: SqlStore, folders: Sequence[Path], cache: Path | None = None) -> None:
        self._store, self._folders, self._cache = store, folders, cache
        self._known = (-1, -1)
        self._entries: list[Entry] = []
        self._files: list[Path] = []
        self._altered: dict[
            str, Version
        ] = {}  #: url|version → a text that is not what was published
        self._rows: list[AddedConcept] = []
        self._tables: dict[str, ConceptMap] = {}  #: url|version → published tables, as read
        self._versions: dict[str, Version] = {}
        self._libraries: OrderedDict[object, Library] = OrderedDict()
        self._lock = threading.RLock()

    def pin(self, canonical: str, when: When | None = None) -> str:
        """The version that holds for these dates (without: now), as url|version.

        Raises:
            Unmappable: there is no such map, or it was retired.
        """
        library = self.library(when)
        entry = effective(self._entries, when or now()).get(canonical)
        if entry is not None and not entry.version:
            raise _retired(entry)
        self._intact(f"{entry.url}|{entry.version}" if entry else canonical)
        return library.pin(canonical)

    def map(self, canonical: str, source: Tree, when: When | None = None) -> Tree:
        """Run a pinned map with the tables and imported maps of these dates."""
        library = self.library(when)
        self._intact(canonical)
        return library.map(canonical, source)

    def _intact(self, canonical: str) -> None:
        altered = self._altered.get(canonical)
        if altered is not None:
            raise _not_published(altered)

    def library(self, when: When | None = None) -> Library:
        """What holds for these dates (without: now); versions of other dates by their number."""
        with self._lock:
            self._refresh()
            standing = self._standing(when)
            key = frozenset(standing.preferred.items()), tuple(standing.rows)
            found = self._libraries.get(key)
            if found is None:
                found = Library(standing.folders, standing.rows, preferred=standing.preferred)
                self._libraries[key] = found
                if len(self._libraries) > MOST:
                    self._libraries.popitem(last=False)
            self._libraries.move_to_end(key)
            return found

    def standing(self, when: When | None = None) -> Standing:
        """What the library of these dates is made of."""
        with self._lock:
            self._refresh()
            return self._standing(when)

    def entries(self) -> list[Entry]:
        """All that was ever decided, in order."""
        with self._lock:
            self._refresh()
            return list(self._entries)

    @cached_property
    def packaged(self) -> Mapping[str, Sequence[Found]]:
        """What the folders hold, by url: these versions came with the hub."""
        kept: dict[str, dict[str, Found]] = {}
        for one in headers.found(self._folders):
            kept.setdefault(one.head.url, {})[one.head.version] = one
        return {url: list(versions.values()) for url, versions in kept.items()}

    def _standing(self, when: When | None) -> Standing:
        preferred = {
            url: None if f"{url}|{entry.version}" in self._altered else entry.version or None
            for url, entry in effective(self._entries, when or now()).items()
        }
        for url in {entry.url for entry in self._entries} - set(preferred):
            # What is published for other dates only must not be taken for the newest.
            preferred[url] = self._shipped(url)
        rows = [one.row for one in self._rows if not self._absorbed(one, when or now())]
        return Standing([*self._folders, *self._files], rows, preferred)

    def absorbed(self, added: AddedConcept, when: When | None = None) -> str:
        """The version that took the place of a row added at once; "": the row counts.

        A version that was published after the row was added, and that has a row of its own for the
        code, decides: whoever approved it has seen it, the row was for the time until then.
        """
        with self._lock:
            self._refresh()
            return self._absorbed(added, when or now())

    def _absorbed(self, added: AddedConcept, when: When) -> str:
        row, url = added.row, added.row.concept_map.partition("|")[0]
        entry = effective([one for one in self._entries if one.url == url], when).get(url)
        if entry is None or not entry.version:
            return ""
        # A return to a version of before does not make it newer than the row.
        wanted = (url, entry.version, PUBLISHED)
        made = [e.at for e in self._entries if (e.url, e.version, e.action) == wanted]
        table = self._table(f"{url}|{entry.version}")
        if not made or made[0] < added.at or table is None:
            return ""
        given = {**read_given(row.depends), DATE: when.care.isoformat()}
        return entry.version if table.find(row.source_system, row.source_code, given) else ""

    def _table(self, canonical: str) -> ConceptMap | None:
        """A published table; None: it came with the hub, or is not what was published."""
        if canonical not in self._tables and canonical in self._versions:
            text = self._versions[canonical].text
            for one in resources(text):
                self._tables[canonical] = ConceptMap(one)
        return self._tables.get(canonical)

    def _shipped(self, url: str) -> str | None:
        versions = [one.head.version for one in self.packaged.get(url, ())]
        return headers.newest(versions) if versions else None

    def _refresh(self) -> None:
        version = self._store.maps_version()
        if version == self._known:
            return
        if version[1] != self._known[1]:
            self._entries = self._store.release_entries()
            urls = dict.fromkeys(entry.url for entry in self._entries)
            every = [one for url in urls for one in self._store.release_versions(url)]
            self._altered = {f"{v.url}|{v.version}": v for v in every if not _true(v)}
            self._files = [self._file(one) for one in every if _true(one)]
            tables = [one for one in every if one.kind == "ConceptMap" and _true(one)]
            self._versions = {f"{one.url}|{one.version}": one for one in tables}
        self._rows = self._store.concepts_added()
        self._libraries.clear()
        self._known = version

    def _file(self, version: Version) -> Path:
        """The text as a file named by its digest, for libraries and for confined processes."""
        body = version.text.encode()
        path = self._folder / f"{hashlib.sha256(body).hexdigest()}.{version.form}"
        if not path.is_file() or path.read_bytes() != body:
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as made:
                made.write(body)
            Path(made.name).replace(path)
        return path

    @cached_property
    def _folder(self) -> Path:
        if self._cache is not None:
            try:
                self._cache.mkdir(0o700, parents=True, exist_ok=True)
            except OSError:  # a disk that is only read: the database has the texts anyway
                pass
            else:
                return self._cache
        return Path(tempfile.mkdtemp(prefix="benkan-maps-"))


def _retired(entry: Entry) -> Unmappable:
    return Unmappable(
        Issue(
            "not-found",
            f"La carte {entry.url} a été retirée ({entry.reason}) : publiez-en une autre version, "
            "ou revenez à la précédente (benkan release revert)",
            f"map {entry.url} was retired ({entry.reason}): publish another version, or go back "
            "to the one before (benkan release revert)",
        )
    )


def _true(version: Version) -> bool:
    return headers.digest(version.text, version.examples) == version.hash


def _not_published(version: Version) -> Unmappable:
    return Unmappable(
        Issue(
            "security",
            f"La version {version.version} de {version.url} n’est plus celle qui a été publiée : "
            "lancez « benkan audit verify », puis restaurez la base",
            f"version {version.version} of {version.url} is not the one that was published: run "
            "'benkan audit verify', then restore the database",
        )
    )
