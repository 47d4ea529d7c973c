"""What a library holds: maps, ConceptMaps and models by canonical, and what each map imports."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from hub.errors import Issue, Unmappable
from hub.mapping.concept_core import core_tables
from hub.mapping.concept_map import ConceptMap, Row
from hub.mapping.declared import MADE
from hub.mapping.emit import Unit
from hub.mapping.load import TEXT, decoded, files, parsed, read_map, resources
from hub.mapping.parse import MapParser, Parsed
from hub.mapping.schema import Schema
from hub.mapping.terminology import Terminology
from hub.mapping.unpack import PACKAGE, loadable, unpack

Kept = TypeVar("Kept")


class Shelf:
    """Loads folders and finds things by canonical url, with or without a version."""

    def __init__(
        self,
        folders: Sequence[Path],
        concept_rows: Sequence[Row],
        preferred: Mapping[str, str | None] | None = None,
    ) -> None:
        self._preferred = preferred or {}
        self._parsed: dict[str, dict[str, Parsed]] = {}
        self._concepts: dict[str, dict[str, ConceptMap]] = {}
        self._units: dict[int, Unit] = {}
        self._models: list[dict[str, Any]] = []
        self._tables: list[dict[str, Any]] = []
        self._terms: list[dict[str, Any]] = []
        for path in dict.fromkeys(files(folders)):
            self._load(path)
        self.schema = Schema(self._models)
        self.terms = Terminology(self._terms)
        self._index_concepts(concept_rows)

    def _load(self, path: Path) -> None:
        if path.suffix == PACKAGE:
            for name, body in loadable(unpack(path.read_bytes(), str(path))):
                self._load_body(Path(f"{path}!{name}"), body)
        elif path.suffix in TEXT:
            self._load_map(read_map(path))
        else:
            self._load_body(path, path.read_bytes())

    def _load_map(self, made: Parsed) -> None:
        self.add(made)
        self._keep_tables(made)

    def _load_body(self, path: Path, body: bytes) -> None:
        if path.suffix in TEXT:
            self._load_map(MapParser(decoded(body), str(path)).parse())
            return
        for resource in resources(decoded(body)):
            kind = resource.get("resourceType")
            if kind == "StructureMap":
                self.add(parsed(resource, path))
            elif kind == "ConceptMap":
                self._tables.append(resource)
            elif kind == "StructureDefinition":
                self._models.append(resource)
            elif kind in ("ValueSet", "CodeSystem", "NamingSystem"):
                self._terms.append(resource)

    def _keep_tables(self, parsed: Parsed) -> None:
        """A text without groups is a library of ConceptMaps: others name them by `url#id`."""
        for table in parsed.resource.get("contained", ()):
            url = str(parsed.resource.get("url", ""))
            if table["resourceType"] == "ConceptMap" and url:
                self._tables.append({**table, "url": f"{url}#{table['id']}"})

    def add(self, parsed: Parsed) -> None:
        """Put a map on the shelf, in the place of one of the same canonical."""
        url = str(parsed.resource.get("url", ""))
        if url:
            version = str(parsed.resource.get("version", ""))
            self._parsed.setdefault(url, {})[version] = parsed
        self._units.clear()

    def _index_concepts(self, rows: Sequence[Row]) -> None:
        by_map: dict[str, list[Row]] = {}
        for row in rows:
            by_map.setdefault(row.concept_map.split("|")[0], []).append(row)
        known = {str(c.get("url", "")) for c in self._tables}
        missing = [{"url": url} for url in by_map if url not in known]
        for resource in [*self._tables, *missing]:
            url = str(resource.get("url") or resource.get("id", ""))
            made = ConceptMap(resource, by_map.get(url, ()))
            self._concepts.setdefault(url, {})[str(resource.get("version", ""))] = made

    def maps(self) -> list[str]:
        """Every map as url|version, or url when it has no version."""
        return sorted(versioned(u, v) for u, versions in self._parsed.items() for v in versions)

    def concept_maps(self) -> list[str]:
        """Every ConceptMap, in the same form."""
        return sorted(versioned(u, v) for u, versions in self._concepts.items() for v in versions)

    def pin(self, canonical: str) -> str:
        """The newest version as url|version; a canonical with a version stays as it is.

        Raises:
            Unmappable: no such map.
        """
        url, _, version = canonical.partition("|")
        self.find(canonical)
        return versioned(url, version or self._current(url, self._parsed[url]) or "")

    def _current(self, url: str, versions: Collection[str]) -> str | None:
        """What a canonical without a version stands for: what was preferred, else the newest."""
        found = self._preferred.get(url, "")
        return newest(versions) if found == "" or (found and found not in versions) else found

    def find(self, canonical: str) -> Parsed:
        """The map of a canonical.

        Raises:
            Unmappable: no such map.
        """
        url, _, version = canonical.partition("|")
        versions = self._parsed.get(url, {})
        found = self._among(url, version, versions)
        if found is None:
            raise Unmappable(
                Issue(
                    "not-found",
                    f"Carte inconnue : {canonical} ; publiez-la ou corrigez son adresse",
                    f"unknown map: {canonical}; publish it or correct its address",
                )
            )
        return found

    def concept_map(self, canonical: str) -> ConceptMap | None:
        """The ConceptMap of a canonical, or of the last part of a url no other file has."""
        url, _, version = canonical.partition("|")
        versions = self._concepts.get(url) or self._concepts.get(url.rpartition("/")[2])
        return self._among(url, version, versions) if versions else core_tables().get(url)

    def _among(self, url: str, version: str, versions: Mapping[str, Kept]) -> Kept | None:
        wanted = version or (self._current(url, versions) if versions else None)
        return None if wanted is None else versions.get(wanted)

    def unit(self, parsed: Parsed) -> Unit:
        """A map with its names resolved; imports are followed once each."""
        if id(parsed) in self._units:
            return self._units[id(parsed)]
        resource = parsed.resource
        contained = [c for c in resource.get("contained", ()) if c["resourceType"] == "ConceptMap"]
        tables = {str(c.get("id", "")).lstrip("#"): ConceptMap(c) for c in contained}
        tables |= {str(c["url"]): ConceptMap(c) for c in contained if "url" in c}
        unit = Unit(parsed, {}, {}, tables)
        self._units[id(parsed)] = unit
        parsed.library = self._imported(str(resource.get("url", "")))
        structures = sorted(resource.get("structure", ()), key=lambda s: s.get("mode") in MADE)
        unit.aliases.update(self._aliases(structures))
        unit.made.update(self._aliases(sorted(structures, key=lambda s: s.get("mode") not in MADE)))
        for group in resource.get("group", ()):
            unit.groups.setdefault(str(group["name"]), group)
        matched = {str(p): self._matching(str(p)) for p in resource.get("import", ())}
        unit.lost = [pattern for pattern, found in matched.items() if not found]
        unit.imports = [
            self.unit(each) for found in matched.values() for each in found if each is not parsed
        ]
        return unit

    def forget(self, parsed: Parsed) -> None:
        """Let go of what `unit` keeps for a map that is not on the shelf."""
        self._units.pop(id(parsed), None)

    def _imported(self, url: str) -> bool:
        """Does another map import it? Its groups are there to be called by others."""
        patterns = {
            str(pattern).split("|")[0].partition("*")
            for known, versions in self._parsed.items()
            if known != url
            for parsed in versions.values()
            for pattern in parsed.resource.get("import", ())
        }
        return bool(url) and any(
            url.startswith(head) and url.endswith(tail) if star else url == head
            for head, star, tail in patterns
        )

    def _aliases(self, structures: Sequence[dict[str, Any]]) -> dict[str, str]:
        """Name → url: what is declared wins over the names of types that have an alias."""
        declared: dict[str, str] = {}
        implied: dict[str, str] = {}
        for structure in structures:
            url = str(structure["url"])
            typed = self.schema.type(url)
            name = typed.name if typed is not None else url.split("|")[0].rpartition("/")[2]
            alias = structure.get("alias")
            if alias:
                declared.setdefault(str(alias), url)
            (implied if alias else declared).setdefault(name, url)
        return {**implied, **declared}

    def _matching(self, pattern: str) -> list[Parsed]:
        """Maps an import names; one `*` stands for anything."""
        url, _, version = pattern.partition("|")
        if "*" not in url:
            found = self._among(url, version, self._parsed.get(url, {}))
            return [found] if found is not None else []
        head, _, tail = url.partition("*")
        named = (
            self._among(known, "", versions)
            for known, versions in sorted(self._parsed.items())
            if known.startswith(head) and known.endswith(tail)
        )
        return [found for found in named if found is not None]


def newest(versions: Collection[str]) -> str:
    """The highest of some versions."""

    return max(versions, key=rank) if len(versions) > 1 else next(iter(versions))


def rank(version: str) -> list[tuple[int, str]]:
    """What orders versions: 1.10.0 comes after 1.9.0."""
    return [(int(p), "") if p.isdigit() else (-1, p) for p in re.split(r"[.\-+]", version)]


def versioned(url: str, version: str) -> str:
    """url|version, or url without one."""
    return f"{url}|{version}" if version else url
