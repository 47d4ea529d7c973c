"""A library of maps: loads folders, resolves canonicals, compiles once, runs.

Source: https://hl7.org/fhir/R5/mapping-language.html
"""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.errors import Issue, MissingCode, Unmappable
from hub.mapping.compile import Compiled, MapCompiler, execute
from hub.mapping.concept_map import ConceptMap, Row
from hub.mapping.emit import Unit
from hub.mapping.findings import Failure, MapError
from hub.mapping.finish import Finisher
from hub.mapping.load import TEXT, files, read_json, read_map
from hub.mapping.locate import located
from hub.mapping.parse import Parsed
from hub.mapping.run import Run
from hub.mapping.schema import Schema
from hub.mapping.structure_map import normal
from hub.model import Tree


class Library:
    """Every map, ConceptMap and logical model of some folders. Safe to share between threads."""

    def __init__(
        self,
        folders: Sequence[Path],
        concept_rows: Sequence[Row] = (),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        identifiers: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self._clock, self._identifiers = clock, identifiers
        self._parsed: dict[str, dict[str, Parsed]] = {}
        self._concepts: dict[str, dict[str, ConceptMap]] = {}
        self._compiled: dict[str, Compiled] = {}
        self._units: dict[int, Unit] = {}
        self._lock = threading.RLock()
        models: list[dict[str, Any]] = []
        concepts: list[dict[str, Any]] = []
        for path in files(folders):
            self._load(path, models, concepts)
        self._schema = Schema(models)
        self._finisher = Finisher(self._schema)
        self._index_concepts(concepts, concept_rows)

    def _load(
        self, path: Path, models: list[dict[str, Any]], concepts: list[dict[str, Any]]
    ) -> None:
        if path.suffix in TEXT:
            self._add(read_map(path))
            return
        resource = read_json(path.read_text(encoding="utf-8-sig", errors="replace")) or {}
        kind = resource.get("resourceType")
        if kind == "StructureMap":
            self._add(Parsed(normal(resource), str(path)))
        elif kind == "ConceptMap":
            concepts.append(resource)
        elif kind == "StructureDefinition":
            models.append(resource)

    def _add(self, parsed: Parsed) -> None:
        url = str(parsed.resource.get("url", ""))
        if url:
            version = str(parsed.resource.get("version", ""))
            self._parsed.setdefault(url, {})[version] = parsed

    def _index_concepts(self, concepts: Iterable[dict[str, Any]], rows: Sequence[Row]) -> None:
        by_map: dict[str, list[Row]] = {}
        for row in rows:
            by_map.setdefault(row.concept_map.split("|")[0], []).append(row)
        known = {str(c.get("url", "")) for c in concepts}
        missing = [{"url": url} for url in by_map if url not in known]
        for resource in [*concepts, *missing]:
            url = str(resource.get("url", ""))
            made = ConceptMap(resource, by_map.get(url, ()))
            self._concepts.setdefault(url, {})[str(resource.get("version", ""))] = made

    def maps(self) -> list[str]:
        """Every map as url|version, or url when it has no version."""
        return sorted(_versioned(u, v) for u, versions in self._parsed.items() for v in versions)

    def concept_maps(self) -> list[str]:
        """Every ConceptMap, in the same form."""
        return sorted(_versioned(u, v) for u, versions in self._concepts.items() for v in versions)

    def pin(self, canonical: str) -> str:
        """The newest version as url|version; a canonical with a version stays as it is.

        Raises:
            Unmappable: no such map.
        """
        url, _, version = canonical.partition("|")
        self._find(canonical)
        return _versioned(url, version or _newest(self._parsed[url]))

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
            self._add(parsed)
            self._compiled.clear()
            self._units.clear()
        return _versioned(parsed.resource["url"], str(parsed.resource.get("version", "")))

    def map(self, canonical: str, source: Tree) -> Tree:
        """Run a map on one source tree.

        Raises:
            Unmappable: with every code no ConceptMap has a row for, or with the map's own
                failure: its file:line:column, map, group and rule.
        """
        compiled = self._ready(canonical)
        run = Run(source, self._concept_map, self._clock, self._identifiers)
        try:
            result = execute(compiled, run, source)
        except Failure as failure:
            raise Unmappable(_failed(compiled, run, failure.en, failure.fr)) from failure
        except (TypeError, AttributeError, ValueError, KeyError, RecursionError) as error:
            en = f"the data does not have the form the map expects ({error})"
            fr = f"Les données n’ont pas la forme que la carte attend ({error})"
            raise Unmappable(_failed(compiled, run, en, fr)) from error
        if run.missing:
            missing = dict.fromkeys(located(code, source) for code in run.missing)
            raise Unmappable(*map(_without_row, missing), missing=tuple(missing))
        typed = next((t for mode, t in compiled.inputs if mode == "target"), None)
        return self._finisher.finish(result, typed) or {}

    def check(self, path: Path, syntax_only: bool = False) -> list[MapError]:
        """What is wrong with a map's file, in the order of the text."""
        parsed = read_map(Path(path))
        if parsed.errors or syntax_only:
            return list(parsed.errors)
        with self._lock:
            unit = self._unit(parsed)
            return list(MapCompiler(self._schema, unit).compile(everything=True).errors)

    def python(self, canonical: str) -> str:
        """The Python generated for a map."""
        return self._ready(canonical).source

    def _find(self, canonical: str) -> Parsed:
        url, _, version = canonical.partition("|")
        versions = self._parsed.get(url, {})
        found = versions.get(version or _newest(versions)) if versions else None
        if found is None:
            raise Unmappable(
                Issue(
                    "not-found",
                    f"Carte inconnue : {canonical} ; publiez-la ou corrigez son adresse",
                    f"unknown map: {canonical}; publish it or correct its address",
                )
            )
        return found

    def _ready(self, canonical: str) -> Compiled:
        compiled = self._compiled.get(canonical)
        if compiled is None:
            with self._lock:
                parsed = self._find(canonical)
                if parsed.errors:
                    raise Unmappable(*(e.issue() for e in parsed.errors))
                compiled = MapCompiler(self._schema, self._unit(parsed)).compile()
                self._compiled[canonical] = compiled
        if compiled.errors:
            raise Unmappable(*(e.issue() for e in compiled.errors))
        return compiled

    def _concept_map(self, canonical: str) -> ConceptMap | None:
        url, _, version = canonical.partition("|")
        versions = self._concepts.get(url)
        return versions.get(version or _newest(versions)) if versions else None

    def _unit(self, parsed: Parsed) -> Unit:
        """A map with its names resolved; imports are followed once each."""
        if id(parsed) in self._units:
            return self._units[id(parsed)]
        resource = parsed.resource
        contained = [c for c in resource.get("contained", ()) if c["resourceType"] == "ConceptMap"]
        maps = {str(c["id"]).lstrip("#"): ConceptMap(c) for c in contained}
        unit = Unit(parsed, {}, maps)
        self._units[id(parsed)] = unit
        for structure in resource.get("structure", ()):
            url = str(structure["url"])
            typed = self._schema.type(url)
            for name in filter(None, (structure.get("alias"), typed.name if typed else "")):
                unit.aliases.setdefault(str(name), url)
        unit.groups = {str(g["name"]): g for g in resource.get("group", ())}
        unit.imports = [
            self._unit(found)
            for pattern in resource.get("import", ())
            for found in self._matching(str(pattern))
            if found is not parsed
        ]
        return unit

    def _matching(self, pattern: str) -> list[Parsed]:
        """Maps an import names; one `*` stands for anything."""
        url, _, version = pattern.partition("|")
        if "*" not in url:
            versions = self._parsed.get(url, {})
            return [versions[version or _newest(versions)]] if versions else []
        head, _, tail = url.partition("*")
        return [
            versions[_newest(versions)]
            for known, versions in sorted(self._parsed.items())
            if known.startswith(head) and known.endswith(tail)
        ]


def _newest(versions: Iterable[str]) -> str:
    def rank(version: str) -> list[tuple[int, str]]:
        return [(int(p), "") if p.isdigit() else (-1, p) for p in re.split(r"[.\-+]", version)]

    return max(versions, key=rank)


def _versioned(url: str, version: str) -> str:
    return f"{url}|{version}" if version else url


def _failed(compiled: Compiled, run: Run, en: str, fr: str) -> Issue:
    """A failure with its place: file:line:column, map, group, rule."""
    if not 0 <= run.at < len(compiled.places):
        return Issue("processing", fr, en)
    place = compiled.places[run.at]
    where = f" [{place.map} {place.group}/{place.rule}]"
    return Issue("processing", fr + where, en + where, f"{place.file}:{place.line}:{place.column}")


def _without_row(missing: MissingCode) -> Issue:
    """A code without a row, as a finding."""
    system = missing.system
    return Issue(
        "code-invalid",
        f"Le code {missing.code} ({system or 'sans système'}) n’a pas de correspondance dans "
        f"{missing.concept_map} : ajoutez une ligne à cette table",
        f"code {missing.code} ({system or 'no system'}) has no row in {missing.concept_map}",
        missing.path,
    )
