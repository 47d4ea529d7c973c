"""How release commands print what they found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from hub.authoring.catalogue import Artefact, Known
from hub.authoring.comparing import Compared
from hub.authoring.packages import Brought
from hub.authoring.testing import Tested
from hub.cli.output import console, print_json, table
from hub.ports.releases import Entry, Replay


def artefacts(found: Sequence[Artefact], as_json: bool) -> None:
    """One line each."""
    if as_json:
        print_json([asdict(one) for one in found])
        return
    rows = [
        [one.url.rpartition("/")[2], one.version, one.state, one.draft.state if one.draft else ""]
        for one in found
    ]
    table(f"{len(found)} cartes et tables / maps and tables", _HEADS, rows)


_HEADS = ["nom / name", "version", "état / state", "brouillon / draft"]


def artefact(about: Artefact, known: Sequence[Known], as_json: bool) -> None:
    """Its versions and its draft."""
    if as_json:
        print_json({"artefact": asdict(about), "versions": [asdict(one) for one in known]})
        return
    rows = [
        [
            one.version.version,
            one.state,
            one.version.hash[:16],
            ", ".join(f"{e.start[:10]} ({e.by})" for e in one.entries),
            one.version.approver,
        ]
        for one in known
    ]
    columns = ["version", "état / state", "sha256", "à partir de / from", "par / by"]
    table(f"{about.url} : {about.state}", columns, rows)
    if about.draft is not None:
        draft = about.draft
        text = f"brouillon / draft : {draft.state}, {draft.editor}, sha256 {draft.hash}"
        console.print(text, markup=False, soft_wrap=True)


def tested(found: Tested, as_json: bool) -> None:
    """Findings of the compiler, then examples that fail."""
    if as_json:
        print_json(asdict(found) | {"ok": found.ok})
        return
    for one in found.errors:
        text = f"{one['line']}:{one['column']}: {one['severity']}: {one['fr']} / {one['en']}"
        console.print(text, markup=False, soft_wrap=True)
    for each in found.failed:
        console.print(f"échec / failure : {each['name']}", markup=False)
        for one in (*each["issues"], *each["differences"]):
            console.print(f"    {one}", markup=False, soft_wrap=True)
    counts = f"{found.examples} exemple(s) / example(s), {len(found.failed)} échec(s) / failure(s)"
    console.print(counts, markup=False)


def entry(made: Entry) -> None:
    """What holds from when."""
    what = f"{made.action} {made.version}".strip()
    text = f"{made.url} : {what}, à partir de / from {made.start} ({made.by})"
    console.print(text, markup=False, soft_wrap=True)


def replay(found: Replay, as_json: bool) -> None:
    """Counts, groups, and exchanges that would fail."""
    if as_json:
        print_json(asdict(found))
        return
    console.print(f"{found.state} : {found.done}/{found.total}", markup=False)
    for name, count in found.result.get("counts", {}).items():
        console.print(f"  {name}: {count}", markup=False)
    rows = [
        [one["path"], one["kind"], str(one["exchanges"]), _example(one)]
        for one in found.result.get("groups", ())
    ]
    if rows:
        table("par élément / by element", ["élément", "effet", "échanges", "exemple"], rows)
    for one in found.result.get("failing", ()):
        why = " ; ".join(each["fr"] for each in one["why"])
        console.print(f"échec / failure {one['exchange']}: {why}", markup=False, soft_wrap=True)


def _example(group: dict[str, Any]) -> str:
    first = group["examples"][0]
    return f"{first['first']} → {first['second']}"


def compared(found: Compared, as_json: bool) -> None:
    """The lines that differ, then what is done differently."""
    if as_json:
        print_json(asdict(found))
        return
    signs = {"same": " ", "changed": "~", "removed": "-", "added": "+", "gap": "@"}
    for line in found.lines:
        text = line.left if line.how in ("same", "removed") else f"{line.right}"
        if line.how == "changed":
            console.print(f"- {line.left}", markup=False, soft_wrap=True)
        mark = "+" if line.how == "changed" else signs[line.how]
        console.print(f"{mark} {text}", markup=False, soft_wrap=True)
    rows = [[one.path, one.kind, str(one.count), one.first, one.second] for one in found.changes]
    columns = ["élément / element", "effet / effect", "fois / times", "avant", "après"]
    table(f"{found.inputs} exemple(s) / example(s)", columns, rows)


def brought(found: Sequence[Brought], as_json: bool) -> None:
    """What became of each text of a package."""
    if as_json:
        print_json([asdict(one) for one in found])
        return
    rows = [[one.url.rpartition("/")[2], one.version, one.became, one.why] for one in found]
    table("paquet / package", ["nom / name", "version", "devenu / became", "motif / why"], rows)
