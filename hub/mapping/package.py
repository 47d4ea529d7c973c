"""A mapping pack as a FHIR package: .tgz with package.json, maps, tables, models, examples.

The same folder always gives the same bytes. Beside the resources at the top, `fml/` holds the text
of the maps, `example/` the examples and `other/` the rest, each under its path in the folder.
Source: https://build.fhir.org/packages.html
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.errors import Invalid, Issue, Unmappable
from hub.formats import exact_json
from hub.mapping.load import TEXT, read_json, read_map
from hub.mapping.shelf import newest
from hub.mapping.structure_map import r4
from hub.mapping.unpack import Contents

KINDS = {"ConceptMap", "CodeSystem", "ValueSet", "StructureDefinition", "NamingSystem"}
KINDS |= {"StructureMap"}
FHIR = "4.0.1"
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_INDEXED = ("resourceType", "id", "url", "version", "kind", "type")


@dataclass(slots=True)
class _Pack:
    """The members of a package being made."""

    members: dict[str, bytes] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)  #: resource file → path in the folder
    index: list[dict[str, Any]] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)  #: of the maps

    def resource(self, name: str, resource: dict[str, Any], body: bytes) -> None:
        """A resource at the top of the package, with its line in the index."""
        self.members[name] = body
        told = {key: resource[key] for key in _INDEXED if isinstance(resource.get(key), str)}
        self.index.append({"filename": name, **told})


def export(folder: Path) -> bytes:
    """The package of a folder.

    A `package.json` in the folder gives name, version and description; else they are made of the
    folder's name and the newest version of its maps.

    Raises:
        Invalid: the folder holds nothing, or its package.json is none.
        Unmappable: a map's text has mistakes.
    """
    pack = _Pack()
    found = sorted(p for p in folder.rglob("*") if p.is_file() and _kept(p.relative_to(folder)))
    for path in found:
        if path != folder / "package.json":
            _put(pack, path, path.relative_to(folder).as_posix())
    if not pack.members:
        raise _wrong(folder, "ne contient ni carte ni table", "holds neither map nor table")
    index = {"index-version": 2, "files": sorted(pack.index, key=lambda each: each["filename"])}
    pack.members[".index.json"] = exact_json.dumps(index)
    pack.members["package.json"] = exact_json.dumps(_manifest(folder, pack))
    return _archive(pack.members)


def _kept(path: Path) -> bool:
    hidden = any(part.startswith((".", "__")) for part in path.parts)
    return not hidden and path.suffix not in (".py", ".pyc")


def _put(pack: _Pack, path: Path, name: str) -> None:
    body = path.read_bytes()
    if "examples" in path.parts:
        pack.members["example/" + name] = body
        return
    if path.suffix in TEXT:
        pack.members["fml/" + name] = body
        _put_map(pack, path)
        return
    resource = read_json(body.decode("utf-8-sig", errors="replace")) or {}
    identifier = str(resource.get("id", ""))
    top = f"{resource.get('resourceType')}-{identifier}.json"
    known = resource.get("resourceType") in KINDS and _ID.fullmatch(identifier)
    if known and top not in pack.members:
        pack.resource(top, resource, body)
        pack.paths[top] = name
    else:
        pack.members["other/" + name] = body


def _put_map(pack: _Pack, path: Path) -> None:
    """The resource of a map's text."""
    parsed = read_map(path)
    if parsed.errors:
        raise Unmappable(*(error.issue() for error in parsed.errors))
    resource = r4(parsed.resource)
    tail = str(resource.get("url", "")).rpartition("/")[2] or path.stem
    identifier = str(resource.get("id") or re.sub(r"[^A-Za-z0-9\-.]", "-", tail)[:64])
    resource = {"resourceType": "StructureMap", "id": identifier, **resource}
    pack.versions.append(str(resource.get("version", "")))
    name = f"StructureMap-{identifier}.json"
    if name not in pack.members:
        pack.resource(name, resource, exact_json.dumps(resource))


def _manifest(folder: Path, pack: _Pack) -> dict[str, Any]:
    file = folder / "package.json"
    own: dict[str, Any] | None = {}
    if file.is_file():
        own = read_json(file.read_text(encoding="utf-8"))
    if own is None:
        raise _wrong(file, "n’est pas un objet JSON", "is not a JSON object")
    versions = [version for version in pack.versions if version]
    slug = re.sub(r"[^a-z0-9\-]", "-", folder.resolve().name.lower()).strip("-") or "maps"
    manifest = {
        "name": f"benkan.{slug}",
        "version": newest(versions) if versions else "0.0.1",
        "description": f"Mapping pack {slug}",
        "fhirVersions": [FHIR],
        "dependencies": {"hl7.fhir.r4.core": FHIR},
    }
    return {**manifest, **own, "benkan": {"paths": dict(sorted(pack.paths.items()))}}


def _archive(members: dict[str, bytes]) -> bytes:
    """The .tgz: members in order, without times, owners or rights that could differ."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=9, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name in sorted(members, key=lambda each: (each != "package.json", each)):
            entry = tarfile.TarInfo("package/" + name)
            entry.size, entry.mode, entry.mtime = len(members[name]), 0o644, 0
            tar.addfile(entry, io.BytesIO(members[name]))
    return packed.getvalue()


def restore(contents: Contents, folder: Path) -> list[Path]:
    """Write a package's files into a new folder, each where it was when it was exported.

    Raises:
        Invalid: the folder holds something already, or two members want the same place.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise _wrong(
            folder,
            "n’est pas vide : choisissez un autre dossier (--to)",
            "is not empty: choose another folder (--to)",
        )
    written: dict[Path, bytes] = {}
    for place, body in _places(contents):
        if place in written:
            raise _wrong(
                folder / place, "figure deux fois dans le paquet", "is twice in the package"
            )
        written[place] = body
    for place in written:
        if any(above in written for above in place.parents):
            raise _wrong(
                folder / place,
                "est sous un fichier du paquet : un dossier ne peut pas être un fichier",
                "is below a file of the package: a folder cannot be a file",
            )
    for place, body in written.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return [folder / place for place in written]


def _places(contents: Contents) -> Iterator[tuple[Path, bytes]]:
    texts = {name for name in contents.members if name.startswith("fml/")}
    for name, body in contents.members.items():
        head, _, rest = name.partition("/")
        if name in ("package.json", ".index.json"):
            continue
        if rest and head in ("fml", "example", "other"):
            yield Path(rest), body
        elif name in contents.paths:
            yield Path(contents.paths[name]), body
        elif not (texts and name.startswith("StructureMap-")):
            yield Path(_FOLDERS.get(name.partition("-")[0], ".")) / name, body
    yield Path("package.json"), contents.manifest


_FOLDERS = {
    "ConceptMap": "concepts",
    "CodeSystem": "codesystems",
    "ValueSet": "codesystems",
    "StructureDefinition": "models",
}


def _wrong(path: Path, fr: str, en: str) -> Invalid:
    return Invalid(Issue("invalid", f"{path.name} {fr}", f"{path.name} {en}", str(path)))
