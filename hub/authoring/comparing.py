"""Two versions side by side: what differs in their texts, and in what they do.

What a map does is seen on the examples beside it; a table's rows are compared as they are.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hub.authoring import catalogue
from hub.authoring.bench_sources import beside
from hub.authoring.conflicts import present
from hub.authoring.testing import ask
from hub.errors import Problem
from hub.formats import exact_json
from hub.mapping import confine
from hub.mapping.concept_map import ConceptMap
from hub.mapping.differences import differences
from hub.ports.releases import Draft, Version
from hub.release_wiring import headers
from hub.wiring import Hub

DRAFT = "draft"  #: stands for the draft where a version is asked for
AROUND = 3  #: equal lines shown around what differs
MOST = 400  #: lines and groups told
_LIMITS = confine.Limits(cpu=60, wall=90)
_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of two texts beside each other; 0: there is none on that side."""

    how: str  #: same | changed | removed | added | gap
    left_number: int = 0
    left: str = ""
    right_number: int = 0
    right: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What differs in what two versions do: at a target path, or in a row of a table."""

    path: str
    kind: str  #: changed | missing | added | failed
    count: int
    first: str = ""
    second: str = ""
    source: str = ""  #: name of the first example in which it differs


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions beside each other."""

    first: Version | Draft
    second: Version | Draft
    lines: list[Line]
    changes: list[Change]
    inputs: int  #: examples run; 0 for a table


def side(hub: Hub, url: str, name: str) -> Version | Draft:
    """A version by its number, or the draft.

    Raises:
        NotFound: there is none.
    """
    return present(hub, url) if name == DRAFT else catalogue.version(hub, url, name)


def compare(hub: Hub, url: str, first: str, second: str) -> Compared:
    """Two versions (numbers, or `draft`) beside each other.

    Raises:
        NotFound: one of them is not there.
    """
    one, other = side(hub, url, first), side(hub, url, second)
    lines = list(beside_each_other(one.text, other.text))
    if one.kind == "ConceptMap":
        return Compared(one, other, lines, list(_rows(one.text, other.text)), 0)
    changes, inputs = _effects(hub, url, one, other)
    return Compared(one, other, lines, changes[:MOST], inputs)


def beside_each_other(first: str, second: str) -> Iterator[Line]:
    """The lines that differ, with a few equal ones around them; no more than MOST."""
    left, right = first.splitlines(), second.splitlines()
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    told = 0
    for group in matcher.get_grouped_opcodes(AROUND):
        yield Line("gap", group[0][1] + 1, "", group[0][3] + 1, "")
        for how, a, b, c, d in group:
            for n in range(max(b - a, d - c)):
                told += 1
                if told > MOST:
                    return
                here, there = a + n < b, c + n < d
                yield Line(
                    _how(how, here, there),
                    a + n + 1 if here else 0,
                    left[a + n] if here else "",
                    c + n + 1 if there else 0,
                    right[c + n] if there else "",
                )


def _how(how: str, here: bool, there: bool) -> str:
    if how == "equal":
        return "same"
    return "changed" if here and there else "removed" if here else "added"


def _rows(first: str, second: str) -> Iterator[Change]:
    """Codes whose targets differ."""
    left, right = _targets(first), _targets(second)
    for code in sorted({*left, *right}):
        one, other = left.get(code, ""), right.get(code, "")
        if one != other:
            kind = "added" if code not in left else "missing" if code not in right else "changed"
            yield Change(code, kind, 1, one, other)


def _targets(text: str) -> dict[str, str]:
    try:
        tree = exact_json.loads(text.encode())
        ConceptMap(tree)
    except (Problem, TypeError, KeyError, AttributeError, ValueError):
        return {}
    return {
        f"{group.get('source', '')}|{element.get('code', '')}": ", ".join(
            f"{group.get('target', '')}|{target.get('code', '')}"
            for target in element.get("target", ())
        )
        for group in tree.get("group", ())
        for element in group.get("element", ())
    }


def _effects(
    hub: Hub, url: str, one: Version | Draft, other: Version | Draft
) -> tuple[list[Change], int]:
    """What both make of every example of either."""
    kept = {**one.examples, **other.examples}
    sources = {each.name: each.source for each in beside(hub, url, kept)}
    trees = {name: tree for name, text in sources.items() if (tree := _tree(text)) is not None}
    if not trees:
        return [], 0
    standing = hub.maps.standing()
    old, new = (headers.head(each.text, each.form).version for each in (one, other))
    with TemporaryDirectory(prefix="benkan-compare-") as folder:
        files = [Path(folder) / name / f"map.{v.form}" for name, v in (("a", one), ("b", other))]
        for path, text in zip(files, (one.text, other.text), strict=True):
            path.parent.mkdir()
            path.write_text(text, encoding="utf-8")
        asked = {
            "task": "replay",
            "limits": {"cpu": _LIMITS.cpu, "memory": _LIMITS.memory},
            "folders": [*map(str, standing.folders), str(files[0])],
            "rows": [asdict(row) for row in standing.rows],
            "preferred": {**standing.preferred, url: old},
            "drafted": {url: new},
            "draft": str(files[1]),
            "old": f"{url}|{old}",
            "new": f"{url}|{new}",
            "sources": list(trees.values()),
        }
        try:
            made = ask(asked, _LIMITS)["made"]
        except Problem as problem:
            return [Change("*", "failed", len(trees), "", problem.text)], len(trees)
    return _grouped(dict(zip(trees, made, strict=True))), len(trees)


def _tree(text: str) -> dict[str, Any] | None:
    try:
        tree = exact_json.loads(text.encode())
    except Problem:
        return None
    return tree if isinstance(tree, dict) else None


def _grouped(made: Mapping[str, Any]) -> list[Change]:
    found: dict[tuple[str, str], Change] = {}
    for name, (old, new) in made.items():
        for each in _each(old, new, name):
            key = (each.path, each.kind)
            before = found.get(key)
            count = before.count + 1 if before else 1
            kept = before or each
            found[key] = Change(each.path, each.kind, count, kept.first, kept.second, kept.source)
    return sorted(found.values(), key=lambda one: (-one.count, one.path))


def _each(old: dict[str, Any], new: dict[str, Any], name: str) -> Iterator[Change]:
    if "tree" in old and "tree" in new:
        for one in differences(old["tree"], new["tree"]):
            path = _INDEX.sub("", one.path)
            yield Change(path, str(one.kind), 1, _said(one.first), _said(one.second), name)
    elif ("tree" in old) != ("tree" in new):
        why = [" ; ".join(one["fr"] for one in side.get("issues", ())) for side in (old, new)]
        yield Change("*", "failed", 1, why[0], why[1], name)


def _said(value: Any) -> str:
    return "" if value is None else exact_json.dumps({"": value}).decode()[4:-1].strip()[:200]
