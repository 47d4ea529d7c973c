"""What is in force as folders, for tools that read folders: certification, `benkan partner show`.

The folders that came with the hub are copied, and what was published stands in them instead of what
it replaced, with its examples. Without a database, or with nothing published, they are as they are.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hub import wiring
from hub.authoring.catalogue import version
from hub.formats import exact_json
from hub.ports.releases import Entry, effective, now
from hub.settings import Settings
from hub.wiring import Hub


@contextmanager
def folders(settings: Settings) -> Iterator[list[Path]]:
    """The map folders of now; copies last as long as the context."""
    given = wiring.map_folders(settings)
    if not settings.database_url and not (settings.data / "hub.sqlite").is_file():
        yield given
        return
    hub = wiring.build(settings, adapters={})
    try:
        decided = effective(hub.maps.entries(), now())
        if not decided:
            yield given
            return
        with tempfile.TemporaryDirectory(prefix="benkan-force-") as root:
            yield _laid_out(hub, decided, given, Path(root))
    finally:
        hub.close()


def _laid_out(
    hub: Hub, decided: Mapping[str, Entry], given: Sequence[Path], root: Path
) -> list[Path]:
    made: list[Path] = []
    for number, folder in enumerate(given):
        copy = root / str(number)
        if folder.is_dir():
            shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:  # a package
            copy = root / f"{number}-{folder.name}"
            shutil.copy(folder, copy)
        made.append(copy)
    beside = root / "published"
    beside.mkdir()
    for url, entry in decided.items():
        _put(hub, url, entry, dict(zip(given, made, strict=True)), beside)
    return [*made, beside]


def _put(hub: Hub, url: str, entry: Entry, copies: Mapping[Path, Path], beside: Path) -> None:
    """One artefact in the place of what it replaces; nothing where it was retired."""
    found = version(hub, url, entry.version) if entry.version else None
    name = url.rpartition("/")[2]
    form = found.form if found is not None else ""
    place = beside / (f"{name}.{form}" if form == "fml" else f"{name}.json")
    for one in hub.maps.packaged.get(url, ()):
        folder = next((f for f in copies if one.path.is_relative_to(f)), None)
        if folder is None or folder == one.path:
            continue
        copy = copies[folder] / one.path.relative_to(folder)
        copy.unlink(missing_ok=True)
        place = copy.with_suffix(f".{form}") if form else copy
    if found is None:
        return
    place.write_text(found.text, encoding="utf-8")
    examples = place.parent / "examples" / place.stem
    for title, told in found.examples.items():
        _example(examples, title, told)


def _example(folder: Path, title: str, told: Mapping[str, Any]) -> None:
    """An example that came with a version; one without a source was taken away."""
    for old in folder.glob(f"{title}.*"):
        old.unlink()
    if told.get("in") is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for part in ("in", "out"):
        text = str(told.get(part) or "")
        suffix = "xml" if text.lstrip().startswith("<") else "json"
        if text:
            (folder / f"{title}.{part}.{suffix}").write_text(text, encoding="utf-8")
    if told.get("rows"):
        (folder / f"{title}.rows.json").write_bytes(exact_json.dumps(told["rows"]))
