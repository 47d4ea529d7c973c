"""Files to resources: FML text, StructureMap, ConceptMap and StructureDefinition JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from hub.mapping.findings import MapError
from hub.mapping.parse import MapParser, Parsed
from hub.mapping.structure_map import normal

TEXT = (".fml", ".map")


def files(folders: Sequence[Path]) -> Iterator[Path]:
    """Every file of the folders (a file stands for itself), in a stable order."""
    for folder in folders:
        if folder.is_file():
            yield folder
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            inside = path.relative_to(folder).parts
            if path.suffix in (*TEXT, ".json") and path.is_file() and "examples" not in inside:
                yield path


def read_map(path: Path) -> Parsed:
    """A map's text or JSON; what is wrong with it stands in `errors`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        return broken(
            path, f"cannot be read: {error}", "Fichier illisible : enregistrez-le en UTF-8"
        )
    if path.suffix in TEXT:
        return MapParser(text, str(path)).parse()
    resource = read_json(text)
    if resource is None or resource.get("resourceType") != "StructureMap":
        return broken(path, "not a StructureMap", "Ce fichier JSON n’est pas une StructureMap")
    return Parsed(normal(resource), str(path))


def broken(path: Path, en: str, fr: str) -> Parsed:
    """A map that could not even be read."""
    parsed = Parsed({"resourceType": "StructureMap"}, str(path))
    parsed.errors.append(MapError(1, 1, en, fr=fr, file=str(path)))
    return parsed


def read_json(text: str) -> dict[str, Any] | None:
    """A JSON object with exact numbers; None when the text is something else."""
    try:
        tree = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
    return tree if isinstance(tree, dict) else None
