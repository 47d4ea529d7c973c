"""Reads a FHIR package that may come from anywhere: paths, sizes and kinds of members are checked.

Source: https://build.fhir.org/packages.html, https://peps.python.org/pep-0706/
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from hub.errors import Invalid, Issue
from hub.formats import exact_json
from hub.mapping.load import RESOURCES, TEXT, read_json
from hub.mapping.unpack_tar import Damaged, Entry, TooLarge, entries

PACKAGE = ".tgz"
MOST_MEMBERS = 20_000
LARGEST_MEMBER = 50_000_000  #: bytes
LARGEST = 500_000_000  #: bytes of the whole, unpacked
LONGEST_PATH = 300
LONGEST_NAME = 120  #: characters of a file's or folder's own name
_MANIFESTS = ("package.json", ".index.json")


@dataclass(slots=True)
class Contents:
    """The files of a package, by their path below `package/`."""

    members: dict[str, bytes] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)  #: resource file → path when exported
    manifest: bytes = b"{}"  #: package.json, without what export added
    name: str = ""
    version: str = ""


class _Limited(gzip.GzipFile):
    """A stream that ends in an error after so many bytes, whatever a header claims."""

    left = 0  #: bytes that may still come

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes.

        Raises:
            TooLarge: there are more than a package may have.
        """
        wanted = self.left + 1 if size is None or size < 0 else min(size, self.left + 1)
        body = super().read(wanted)
        self.left -= len(body)
        if self.left < 0:
            raise TooLarge
        return body


def unpack(body: bytes, label: str, largest: int | None = None) -> Contents:
    """All files of a package.

    Args:
        body: the .tgz.
        label: its name, for messages.
        largest: bytes of the whole, unpacked; by default LARGEST.

    Raises:
        Invalid: it is no package, is too large, or has a member that could leave its folder.
    """
    contents = Contents()
    zipped = _Limited(fileobj=io.BytesIO(body))
    zipped.left = LARGEST if largest is None else largest
    try:
        with zipped:
            for number, entry in enumerate(entries(zipped.read, LARGEST_MEMBER)):
                if number >= MOST_MEMBERS:
                    raise TooLarge
                if entry.directory:
                    continue
                name = _name(entry, label)
                if name in contents.members:
                    raise _refused(label, name, "figure deux fois", "is there twice")
                contents.members[name] = entry.body
    except TooLarge:
        raise _refused(label, "", "est trop grand", "is too large") from None
    except Damaged as damage:
        fr, en = damage.args
        raise _refused(
            label, "", f"n’est pas un paquet .tgz ({fr})", f"is no .tgz package ({en})"
        ) from None
    except (OSError, EOFError, zlib.error) as error:
        raise _refused(
            label, "", f"n’est pas un paquet .tgz ({error})", f"is no .tgz package ({error})"
        ) from None
    return _described(contents, label)


def loadable(contents: Contents) -> Iterator[tuple[str, bytes]]:
    """What a library reads of a package: resources, then the maps' texts, which go before them."""
    for start in ("", "other/", "fml/"):
        for name, body in contents.members.items():
            inside = name.startswith(start) if start else "/" not in name
            suffixes = TEXT if start == "fml/" else RESOURCES
            if inside and Path(name).suffix in suffixes and name not in _MANIFESTS:
                yield name, body


def _name(entry: Entry, label: str) -> str:
    """The path below `package/`; anything that could stand elsewhere is refused."""
    path = PurePosixPath(entry.name)
    parts = path.parts
    odd = any(c in entry.name for c in "\\:") or not entry.name.isprintable()
    odd = odd or len(entry.name) > LONGEST_PATH or any(len(part) > LONGEST_NAME for part in parts)
    if not entry.plain or path.is_absolute() or ".." in parts or odd:
        raise _refused(
            label,
            entry.name,
            "est un chemin ou un type de fichier refusé",
            "is a path or a kind of file that is refused",
        )
    if parts[:1] != ("package",) or len(parts) < 2:
        raise _refused(label, entry.name, "n’est pas sous package/", "is not below package/")
    return "/".join(parts[1:])


def _described(contents: Contents, label: str) -> Contents:
    body = contents.members.get("package.json", b"")
    manifest: Any = read_json(body.decode("utf-8", errors="replace"))
    if manifest is None or not isinstance(manifest.get("name"), str):
        raise _refused(label, "package.json", "manque ou n’a pas de nom", "is missing or nameless")
    contents.name, contents.version = manifest["name"], str(manifest.get("version", ""))
    own = manifest.pop("benkan", None)
    paths = own.get("paths") if isinstance(own, dict) else None
    for name, place in paths.items() if isinstance(paths, dict) else ():
        contents.paths[name] = _name(_placed(f"package/{place}"), label)
    contents.manifest = exact_json.dumps(manifest)
    return contents


def _placed(name: str) -> Entry:
    return Entry(name, plain=True, directory=False, body=b"")


def _refused(label: str, name: str, fr: str, en: str) -> Invalid:
    shown = "".join(c if c.isprintable() else "?" for c in name)
    where = f"{label} : {shown}" if name else label
    return Invalid(
        Issue(
            "security" if name else "invalid",
            f"{where} {fr} ; rien n’a été écrit",
            f"{where} {en}; nothing was written",
            str(Path(label)),
        )
    )
