"""Does a draft compile, and do the examples beside it still give what they say?

The examples of the whole folder are run, the draft and everything published standing in for what
came with the hub: a map may be imported, a table used, by others.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.errors import Invalid, Issue, Problem, Unmappable
from hub.fhir.validate import validate
from hub.formats import exact_json
from hub.mapping import concept_versions, confine, told
from hub.mapping.examples import Verdict
from hub.ports.releases import Draft, Version, effective, now
from hub.release_wiring import Found, headers
from hub.wiring import Hub

#: What is told of failures; the rest is counted.
TOLD = 20
LIMITS = confine.Limits(cpu=120, wall=240)


@dataclass(frozen=True, slots=True)
class Tested:
    """What a test of a draft found."""

    hash: str  #: of the draft as it was tested
    errors: Sequence[Mapping[str, Any]]  #: line, column, fr, en, severity: the compiler's
    examples: int  #: how many were run
    failed: Sequence[Mapping[str, Any]]  #: name, differences, issues

    @property
    def ok(self) -> bool:
        """Did it compile and did every example pass? Without any example: it compiled."""
        return not self.failed and all(one["severity"] != "error" for one in self.errors)

    def told(self, person: str) -> dict[str, Any]:
        """As the draft keeps it."""
        return {
            "ok": self.ok,
            "hash": self.hash,
            "by": person,
            "at": datetime.now(UTC).isoformat(),
            "errors": list(self.errors[:TOLD]),
            "examples": self.examples,
            "failed": list(self.failed[:TOLD]),
            "failures": len(self.failed),
        }


def run(hub: Hub, draft: Draft) -> Tested:
    """Compile a draft and run every example of its folder."""
    errors = findings(hub, draft)
    if any(one["severity"] == "error" for one in errors):
        return Tested(draft.hash, errors, 0, ())
    with tempfile.TemporaryDirectory(prefix="benkan-test-") as made:
        folder = Path(made)
        _lay_out(hub, draft, folder)
        try:
            verdicts = _examples(hub, draft, folder)
        except Problem as problem:  # a limit of the confined process
            stopped = {"name": "*", "issues": _issues(problem.issues), "differences": []}
            return Tested(draft.hash, errors, 0, [stopped])
    failed = [
        {
            "name": f"{Path(one.map).stem}/{one.example.name.partition('.in.')[0]}",
            "backwards": one.backwards,
            "issues": _issues(one.issues),
            "differences": [
                {
                    "path": each.path,
                    "kind": str(each.kind),
                    "expected": _short(each.first),
                    "came": _short(each.second),
                }
                for each in one.differences[:TOLD]
            ],
        }
        for one in verdicts
        if not one.passed
    ]
    return Tested(draft.hash, errors, len(verdicts), failed)


def findings(hub: Hub, draft: Draft) -> list[dict[str, Any]]:
    """What the compiler says of a draft: line, column, severity, fr, en."""
    name = draft.url.rpartition("/")[2]
    if draft.kind == "ConceptMap":
        return [
            {
                "line": 1,
                "column": 1,
                "severity": "error",
                "fr": f"{one.path} : {one.fr}",
                "en": one.en,
            }
            for one in _wrong_table(draft.text)
        ]
    with tempfile.TemporaryDirectory(prefix="benkan-check-") as made:
        path = Path(made) / f"{name}.{draft.form}"
        path.write_text(draft.text, encoding="utf-8")
        found = hub.maps.library().findings(path)
    return [
        {
            "line": one.line,
            "column": one.column,
            "severity": one.severity,
            "fr": one.fr,
            "en": one.message,
        }
        for one in found
    ]


def _wrong_table(text: str) -> Sequence[Issue]:
    try:
        tree = exact_json.loads(text.encode())
    except Invalid as problem:
        return problem.issues
    return () if concept_versions.is_r5(tree) else validate(tree, "ConceptMap")


def _examples(hub: Hub, draft: Draft, folder: Path) -> list[Verdict]:
    """Run them in a child process, on what holds now with the draft in its place.

    Raises:
        Unmappable: a limit was reached.
    """
    standing = hub.maps.standing()
    number = headers.head(draft.text, draft.form).version
    asked = {
        "task": "examples",
        "limits": {"cpu": LIMITS.cpu, "memory": LIMITS.memory},
        "folders": [str(one) for one in (*standing.folders, folder)],
        "preferred": {**standing.preferred, draft.url: number},
        "examples": str(folder.resolve()),
    }
    return told.read_verdicts(ask(asked, LIMITS))


def ask(asked: Mapping[str, Any], limits: confine.Limits) -> dict[str, Any]:
    """What the confined child process answers.

    Raises:
        Unmappable: a limit was reached, or the child could not do it.
    """
    answer = confine.ask("hub.authoring.draft_child", exact_json.dumps(dict(asked)), limits)
    head, _, body = answer.partition(confine.MARK)
    said = exact_json.loads(head)
    if not said["ok"]:
        raise Unmappable(*(Issue(**issue) for issue in said["issues"]))
    tree: dict[str, Any] = exact_json.loads(body)
    return tree


def _lay_out(hub: Hub, draft: Draft, folder: Path) -> None:
    """The examples of the draft's folder, each beside the text that holds for its map now."""
    root = _root(hub, draft.url)
    if root is not None:
        for path in root.rglob("*"):
            inside = path.relative_to(root)
            if path.is_file() and "examples" in inside.parts:
                _write(folder / inside, path.read_bytes())
    held = effective(hub.maps.entries(), now())
    for url, shipped in hub.maps.packaged.items():
        places = (_place(root, one) for one in reversed(shipped))
        place = next((one for one in places if one is not None), None)
        if place is None or shipped[-1].head.kind != "StructureMap" or url == draft.url:
            continue
        entry = held.get(url)
        stored = hub.store.release_version(url, entry.version) if entry else None
        if stored is not None:
            _stand_in(folder, place, stored)
        elif entry is None:
            _write(folder / place, shipped[-1].text.encode())
    beside = (_place(root, one) for one in reversed(hub.maps.packaged.get(draft.url, ())))
    own = next((one for one in beside if one is not None), None)
    if draft.kind == "ConceptMap":
        _write(folder / "draft-table.json", draft.text.encode())
    else:
        _stand_in(folder, own or Path(draft.url.rpartition("/")[2]), draft)


def _root(hub: Hub, url: str) -> Path | None:
    """The nearest folder above an artefact that holds examples, at any depth."""
    shipped = hub.maps.packaged.get(url)
    if not shipped:
        return None
    for folder in shipped[-1].path.parents[:3]:
        if next(folder.glob("examples"), None) or next(folder.glob("*/examples"), None):
            return folder
    return None


def _place(root: Path | None, shipped: Found) -> Path | None:
    if root is None or not shipped.path.is_relative_to(root):
        return None
    return shipped.path.relative_to(root)


def _stand_in(folder: Path, place: Path, text: Version | Draft) -> None:
    """A text in the place of the file that came with the hub, and its own examples."""
    _write((folder / place).with_suffix(f".{text.form}"), text.text.encode())
    beside = folder / place.parent / "examples" / place.stem
    for name, example in text.examples.items():
        for old in beside.glob(f"{name}.*"):
            old.unlink()
        if example["in"] is None:
            continue
        for part in ("in", "out"):
            body = str(example[part])
            form = "xml" if body.lstrip().startswith("<") else "json"
            _write(beside / f"{name}.{part}.{form}", body.encode())
        if example.get("rows"):
            _write(beside / f"{name}.rows.json", json.dumps(example["rows"]).encode())


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def _issues(issues: Sequence[Issue]) -> list[dict[str, str]]:
    return [{"fr": one.fr, "en": one.en, "path": one.path} for one in issues[:TOLD]]


def _short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)[:200]
