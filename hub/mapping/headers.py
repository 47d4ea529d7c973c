"""What the head of a map or a table says, read without parsing: a draft may have mistakes below.

Source: https://hl7.org/fhir/R5/mapping-language.html
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from hub.formats import exact_json
from hub.mapping.load import RESOURCES, TEXT, decoded, files, resources
from hub.mapping.shelf import newest as newest
from hub.mapping.shelf import rank as rank
from hub.mapping.unpack import PACKAGE, loadable, unpack

KINDS = ("StructureMap", "ConceptMap", "CodeSystem", "StructureDefinition")
_TOLD = re.compile(r"^///\s*(url|version|title|name)\s*=\s*(['\"])(.*?)\2\s*$", re.MULTILINE)
_MAP = re.compile(r"^\s*map\s+(['\"])(.+?)\1\s*=", re.MULTILINE)
_ESCAPED = re.compile(r"\\(.)")
_NUMBER = re.compile(r"(\d+)(?!.*\d)")
_FIRST = "0.1.0"


@dataclass(frozen=True, slots=True)
class Head:
    """The head of one artefact."""

    kind: str  #: "" when the text is none
    url: str
    version: str
    title: str


@dataclass(frozen=True, slots=True)
class Found:
    """An artefact in a folder."""

    head: Head
    form: str  #: fml | json | xml
    path: Path  #: the file; of a package, the package
    text: str


def head(text: str, form: str) -> Head:
    """The head of a text; what it does not say is empty."""
    if form == "fml":
        told = {name: _ESCAPED.sub(r"\1", value) for name, _, value in _TOLD.findall(text)}
        old = _MAP.search(text)
        url = told.get("url", "") or (old[2] if old else "")
        title = told.get("title", "") or told.get("name", "")
        return Head("StructureMap", url, told.get("version", ""), title)
    try:
        tree: Any = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        tree = None
    return _head(tree if isinstance(tree, dict) else {})


def _head(tree: Mapping[str, Any]) -> Head:
    told = [tree.get(name) for name in ("resourceType", "url", "version", "title")]
    kind, url, version, title = (one if isinstance(one, str) else "" for one in told)
    return Head(kind if kind in KINDS else "", url, version, title or str(tree.get("name", "")))


def with_version(text: str, form: str, version: str) -> str:
    """The same text under another version; everything else stays as it was written."""
    now = head(text, form).version
    if form == "fml":
        line = f"/// version = '{version}'"
        if now:
            return re.sub(r"^///\s*version\s*=.*$", line, text, count=1, flags=re.MULTILINE)
        url = re.search(r"^///\s*url\s*=.*\n", text, re.MULTILINE)
        place = url.end() if url else 0
        return f"{text[:place]}{line}\n{text[place:]}"
    said = re.compile(r'("version"\s*:\s*)' + re.escape(json.dumps(now)))
    written = f"{json.dumps(version)}"
    if now and len(said.findall(text)) == 1:
        return said.sub(lambda found: found[1] + written, text)
    tree = exact_json.loads(text.encode())
    return exact_json.dumps({**tree, "version": version}).decode()


def next_version(version: str, taken: Collection[str]) -> str:
    """The next number nobody has: 1.4.0 → 1.4.1."""
    made = version or _FIRST
    while made in taken or made == version:
        if _NUMBER.search(made) is None:
            made += ".1"
        else:
            made = _NUMBER.sub(lambda found: str(int(found[1]) + 1), made, count=1)
    return made


def digest(text: str, examples: Mapping[str, Any]) -> str:
    """The sha256 that names a text with its examples."""
    made = hashlib.sha256(text.encode())
    if examples:
        made.update(b"\0" + json.dumps(dict(examples), sort_keys=True).encode())
    return made.hexdigest()


def found(folders: Sequence[Path]) -> Iterator[Found]:
    """Every artefact of some folders, in the order in which a library loads them."""
    for path in dict.fromkeys(files(folders)):
        if path.suffix == PACKAGE:
            for name, body in loadable(unpack(path.read_bytes(), str(path))):
                yield from _in(path, Path(name).suffix, body)
        else:
            yield from _in(path, path.suffix, path.read_bytes())


def _in(path: Path, suffix: str, body: bytes) -> Iterator[Found]:
    try:
        text = decoded(body)
    except UnicodeDecodeError:
        return
    if suffix in TEXT:
        yield Found(head(text, "fml"), "fml", path, text)
    elif suffix in RESOURCES:
        inside = resources(text)
        for tree in inside:
            told = _head(tree)
            if told.kind and told.url:
                alone = len(inside) == 1 and not text.lstrip().startswith("<")
                yield Found(told, "json", path, text if alone else exact_json.dumps(tree).decode())
