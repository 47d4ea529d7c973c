"""The evidence of one translation: what was translated by what, and where each value came from.

A file is named by the SHA-256 of its bytes, so that years later it can be shown which map, which
tables and which source gave a value.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hub.mapping.load import decoded, files, resources
from hub.mapping.trace import Step, Traced
from hub.mapping.unpack import PACKAGE, loadable, unpack


@dataclass(frozen=True, slots=True)
class Item:
    """A file the translation used."""

    name: str  #: canonical url|version, or the file's name
    file: str
    sha256: str  #: of the file's bytes


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that explains one translation."""

    map: str  #: url|version
    at: datetime  #: UTC
    source: Item
    maps: Sequence[Item]  #: the map and those it reaches
    tables: Sequence[Item]  #: the code tables that gave a value
    traced: Traced


def gather(
    canonical: str,
    source: tuple[str, bytes],
    traced: Traced,
    folders: Sequence[Path],
    at: datetime,
) -> Evidence:
    """Name every file by its content.

    Args:
        canonical: the map, url|version.
        source: name and bytes of what was translated.
        traced: the run.
        folders: where the library's maps and tables are.
        at: when it was translated, UTC.
    """
    name, body = source
    maps = [_item(Path(file).name, file, content(file)) for file in traced.files]
    wanted = {row.concept_map for step in traced.steps for row in step.rows}
    given = Item(name, name, _sha256(body))
    return Evidence(canonical, at, given, maps, _tables(wanted, folders), traced)


def _tables(wanted: set[str], folders: Sequence[Path]) -> list[Item]:
    found: dict[str, Item] = {}
    for file, body in _documents(folders) if wanted else ():
        for resource in resources(decoded(body)):
            url = str(resource.get("url", ""))
            if resource.get("resourceType") == "ConceptMap" and url in wanted:
                version = str(resource.get("version", ""))
                found[url] = _item(f"{url}|{version}" if version else url, file, body)
    return [found[url] for url in sorted(found)]


def _documents(folders: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """Every file a library reads, those inside packages too."""
    for path in files(folders):
        if path.suffix != PACKAGE:
            yield str(path), path.read_bytes()
            continue
        for name, body in loadable(unpack(path.read_bytes(), str(path))):
            yield f"{path}!{name}", body


def content(file: str) -> bytes:
    """The bytes of a map's file, which may stand in a package."""
    package, mark, name = file.rpartition("!")
    if mark and package.endswith(PACKAGE):
        return unpack(Path(package).read_bytes(), package).members[name]
    return Path(file).read_bytes()


def _item(name: str, file: str, body: bytes) -> Item:
    return Item(name, file, _sha256(body))


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def as_tree(evidence: Evidence) -> dict[str, Any]:
    """The evidence as one JSON document; amounts keep their digits."""
    traced = evidence.traced
    return {
        "map": evidence.map,
        "tree": traced.tree,
        "at": evidence.at.isoformat(),
        "source": asdict(evidence.source),
        "maps": [asdict(item) for item in evidence.maps],
        "tables": [asdict(item) for item in evidence.tables],
        "complete": traced.complete,
        "targets": targets(traced),
        "sources": sources(traced),
        "warnings": [{"path": w.path, "fr": w.fr, "en": w.en} for w in traced.warnings],
        "messages": list(traced.messages),
    }


def targets(traced: Traced) -> list[dict[str, Any]]:
    """Every target element, as JSON tells it."""
    return [_step(step) for step in traced.steps]


def sources(traced: Traced) -> list[dict[str, Any]]:
    """Every source element, as JSON tells it."""
    return [
        {"path": s.path, "value": s.value, "use": str(s.use), "targets": list(s.targets)}
        for s in traced.sources
    ]


def _step(step: Step) -> dict[str, Any]:
    rule = step.rule
    return {
        "path": step.path,
        "value": step.value,
        "rule": rule.called if rule is not None else "",
        "map": rule.map if rule is not None else "",
        "file": rule.place if rule is not None else "",
        "column": rule.column if rule is not None else 0,
        "transform": step.transform,
        "expression": step.expression,
        "sources": [
            {"path": path, **({} if value is None else {"value": value})}
            for path, value in step.sources
        ],
        "rows": [asdict(row) for row in step.rows],
        "because": step.because,
    }
