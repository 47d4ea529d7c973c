"""Maps and tables in force as a FHIR package, and a package's texts as drafts.

Source: https://build.fhir.org/packages.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hub.authoring import catalogue, releases
from hub.authoring.people import Person, require
from hub.errors import Invalid, Issue, Problem
from hub.formats import exact_json
from hub.mapping import package
from hub.mapping.unpack import unpack
from hub.ports.releases import EDITABLE, Version
from hub.release_wiring import headers
from hub.wiring import Hub

#: Bytes of a package that is brought in, unpacked: it came from elsewhere, and is read at once.
LARGEST = 20_000_000


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of one text of a package."""

    url: str
    version: str
    became: str  #: drafted | same | waiting (there is another draft) | refused
    why: str = ""


def export(hub: Hub, urls: Sequence[str] = (), name: str = "benkan.releases") -> bytes:
    """The package of what holds now; of some artefacts, or of all maps and tables.

    The same versions always give the same bytes.

    Raises:
        NotFound: one of them is unknown. Invalid: nothing holds.
    """
    known = catalogue.by_url(hub)
    wanted = urls or [one.url for one in known.values() if one.kind in EDITABLE and one.version]
    with TemporaryDirectory(prefix="benkan-package-") as made:
        folder = Path(made)
        for url in wanted:
            about = known.get(url) or catalogue.artefact(hub, url)
            if about.version:
                _write(folder, catalogue.version(hub, url, about.version))
        manifest = {"name": name, "version": "0.0.1", "description": "Benkan: maps in force"}
        (folder / "package.json").write_bytes(exact_json.dumps(manifest))
        return package.export(folder)


def _write(folder: Path, version: Version) -> None:
    tail = version.url.rpartition("/")[2]
    place = folder if version.kind == "StructureMap" else folder / "concepts"
    place.mkdir(exist_ok=True)
    (place / f"{tail}.{version.form}").write_text(version.text, encoding="utf-8")
    beside = folder / "examples" / tail
    for name, example in version.examples.items():
        if example["in"] is None:
            continue
        beside.mkdir(parents=True, exist_ok=True)
        for part in ("in", "out"):
            body = str(example[part])
            form = "xml" if body.lstrip().startswith("<") else "json"
            (beside / f"{name}.{part}.{form}").write_text(body, encoding="utf-8")


def bring(hub: Hub, person: Person, body: bytes) -> list[Brought]:
    """Begin a draft of each map and table of a package that differs from what holds.

    Nothing is published: each draft is tested, proposed and approved like any other.

    Raises:
        Invalid: it is no package. Forbidden: not theirs to write.
    """
    unpack(body, "package.tgz", LARGEST)
    with TemporaryDirectory(prefix="benkan-package-") as made:
        path = Path(made) / "package.tgz"
        path.write_bytes(body)
        found = {one.head.url: one for one in headers.found([path]) if one.head.kind in EDITABLE}
    if not found:
        raise Invalid(
            Issue(
                "value",
                "Ce paquet ne contient ni carte ni table : vérifiez le fichier.",
                "This package holds neither map nor table: check the file.",
            )
        )
    for url in found:
        require(hub, person, "mapping.edit", url)
    known = catalogue.by_url(hub)
    return [_brought(hub, person, one, known) for one in found.values()]


def _brought(
    hub: Hub, person: Person, one: headers.Found, known: Mapping[str, catalogue.Artefact]
) -> Brought:
    url, number = one.head.url, one.head.version
    about = known.get(url)
    if about is not None and about.version:
        now = catalogue.version(hub, url, about.version)
        if headers.with_version(one.text, one.form, about.version) == now.text:
            return Brought(url, about.version, "same")
    if about is not None and about.draft is not None:
        return Brought(url, number, "waiting", about.draft.editor)
    try:
        draft = releases.open_draft(hub, person, url, one.text)
    except Problem as problem:
        return Brought(url, number, "refused", problem.text)
    return Brought(url, headers.head(draft.text, draft.form).version, "drafted")
