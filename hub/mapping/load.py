"""Files to resources: FML text; StructureMap, ConceptMap, StructureDefinition in JSON or XML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from hub.errors import Unreadable
from hub.formats import fhir_xml
from hub.mapping import text_places
from hub.mapping.findings import MapError
from hub.mapping.parse import MapParser, Parsed
from hub.mapping.schema import Schema
from hub.mapping.shape import misshapen
from hub.mapping.structure_map import normal

TEXT = (".fml", ".map")
RESOURCES = (".json", ".xml")
KINDS = ("StructureMap", "ConceptMap", "StructureDefinition")
_ROOT = re.compile(r"<(?:\w+:)?(StructureMap|ConceptMap|StructureDefinition|Bundle)[\s>]")
_HEAD = 2000  #: characters in which a resource's root element stands


def files(folders: Sequence[Path]) -> Iterator[Path]:
    """Every file of the folders (a file stands for itself), in a stable order."""
    for folder in folders:
        if folder.is_file():
            yield folder
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            inside = path.relative_to(folder).parts
            if path.suffix in (*TEXT, *RESOURCES) and path.is_file() and "examples" not in inside:
                yield path


def read_map(path: Path) -> Parsed:
    """A map's text or JSON; what is wrong with it stands in `errors`."""
    try:
        text = decoded(path.read_bytes())
    except OSError as error:
        return broken(path, *_unreadable(error))
    except UnicodeDecodeError:
        return broken(
            path,
            "cannot be read: it is not the UTF-16 it says; save it as UTF-8",
            "Fichier illisible : ce n’est pas l’UTF-16 annoncé ; enregistrez-le en UTF-8",
        )
    if path.suffix not in RESOURCES or not text.lstrip().startswith(("{", "<")):
        return MapParser(text, str(path)).parse()
    found = [r for r in resources(text) if r.get("resourceType") == "StructureMap"]
    if not found:
        return _no_map(path, text)
    root = _ROOT.search(text[:_HEAD]) if text.lstrip().startswith("<") else None
    alone = root[1] == "StructureMap" if root else read_json(text) == found[0]
    return parsed(found[0], path, text if alone else "")


def _no_map(path: Path, text: str) -> Parsed:
    """A file of JSON or XML that holds no StructureMap."""
    if text.lstrip().startswith("{"):
        try:
            kind = json.loads(text, parse_float=Decimal).get("resourceType")
        except json.JSONDecodeError as error:
            made = Parsed({"resourceType": "StructureMap"}, str(path), text)
            en = f"malformed JSON: {error.msg}"
            made.record(error.pos, en, f"JSON mal formé ({error.msg}) : corrigez ce caractère")
            return made
        except RecursionError:
            kind = None
        if isinstance(kind, str):
            return broken(
                path,
                f"a {kind[:60]}, not a StructureMap",
                f"Ce fichier est de type {kind[:60]} : donnez une StructureMap",
            )
    elif _ROOT.search(text[:_HEAD]):
        try:
            fhir_xml.loads(text.encode(), _core())
        except Unreadable as problem:
            return broken(path, problem.issues[0].en, problem.issues[0].fr)
    return broken(
        path,
        "not a StructureMap",
        "Ce fichier n’est pas une StructureMap : donnez une carte en FML, ou sa StructureMap",
    )


def _unreadable(error: OSError) -> tuple[str, str]:
    """Why a file cannot be opened, in English and French."""
    if isinstance(error, FileNotFoundError):
        return (
            "no such file: check its name and folder",
            "Ce fichier n’existe pas : vérifiez son nom et son dossier",
        )
    if isinstance(error, IsADirectoryError):
        return (
            "this is a folder: name the files in it",
            "C’est un dossier : nommez les fichiers qu’il contient",
        )
    if isinstance(error, PermissionError):
        return (
            "no right to read this file: ask who owns it",
            "Vous n’avez pas le droit de lire ce fichier : demandez à son propriétaire",
        )
    return (
        f"cannot be read (system error {error.errno}): check the disk and try again",
        f"Lecture impossible (erreur système {error.errno}) : vérifiez le disque et recommencez",
    )


def parsed(resource: dict[str, Any], path: Path, text: str = "") -> Parsed:
    """A StructureMap resource; what it lacks stands in `errors`.

    `text` is the JSON or XML it was read from, when it stands alone there; findings then name
    the line.
    """
    wrong = misshapen(resource)
    if wrong:
        made = Parsed({"resourceType": "StructureMap"}, str(path), text)
        made.record(
            text_places.nearest(text, wrong),
            f"{wrong}: a required part is missing or has another form",
            f"{wrong} : une partie obligatoire manque ou n’a pas la bonne forme",
        )
        url = resource.get("url")
        made.resource["url"] = url if isinstance(url, str) else str(path.name)
        return made
    made = Parsed(normal(resource), str(path), text)
    return text_places.placed(made, text) if text else made


def decoded(body: bytes) -> str:
    """Text in UTF-8, UTF-16 with its mark, or the Windows code page old editors write.

    Raises:
        UnicodeDecodeError: UTF-16 that is none.
    """
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return body.decode("utf-16")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


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


def resources(text: str) -> list[dict[str, Any]]:
    """The resources a file holds: itself, or the entries of a Bundle; none when it is no FHIR."""
    tree = read_xml(text) if text.lstrip().startswith("<") else read_json(text)
    if tree is None:
        return []
    if tree.get("resourceType") != "Bundle":
        return [tree]
    inside = [entry.get("resource") for entry in tree.get("entry", ()) if isinstance(entry, dict)]
    return [resource for resource in inside if isinstance(resource, dict)]


def read_xml(text: str) -> dict[str, Any] | None:
    """A conformance resource in XML; None when the document is something else."""
    if _ROOT.search(text[:_HEAD]) is None:
        return None
    try:
        return fhir_xml.loads(text.encode(), _core())
    except Unreadable:
        return None


@cache
def _core() -> Schema:
    """The types conformance resources are made of."""
    return Schema()
