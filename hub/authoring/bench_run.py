"""A map's text tried on one source, in a confined child process, and told for its author.

What comes out: the tree, where each value came from, what became of each source element, the
required elements that are filled or not, and the exact bytes that the partner would be sent.
"""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from hub.authoring.bench_check import NAME, Stretches
from hub.errors import Issue, MissingCode, Problem, Unmappable
from hub.formats import exact_json
from hub.mapping import confine
from hub.mapping.differences import Difference, differences
from hub.model import Message, Tree
from hub.ports import Adapter, ConceptRow

LIMITS = confine.Limits(cpu=10, wall=30, memory=1 << 30, output=8_000_000)
LARGEST = 2_000_000  #: bytes of a source, characters of a text


@dataclass(frozen=True, slots=True)
class Stand:
    """What a text is tried against: everything that holds now."""

    folders: Sequence[Path]
    rows: Sequence[ConceptRow]
    preferred: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Target:
    """One value of the result and the rule that gave it."""

    path: str
    value: Any
    rule: str  #: group/rule, "" when no rule made it
    place: tuple[int, int, int, int] | None  #: of the rule in this text, as in Diagnostic
    where: str  #: file:line of a rule in an imported map, "" for this text's own
    how: str  #: transform, or the expression
    sources: Sequence[str]  #: paths
    rows: Sequence[Mapping[str, Any]]  #: of code tables: source_code, target_code, concept_map…
    because: str  #: source element for which the rule ran


@dataclass(frozen=True, slots=True)
class Source:
    """One value of the source and what became of it."""

    path: str
    value: Any
    use: str  #: carried | read | unused
    targets: Sequence[str]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that one run told."""

    map: str  #: url|version of the text
    tree: Tree
    targets: Sequence[Target]
    sources: Sequence[Source]
    required: Sequence[tuple[str, bool]]  #: path, filled?
    warnings: Sequence[Issue]
    messages: Sequence[str]  #: what `log` said
    complete: bool  #: False: the source is so large that not all reads were noted
    message: Message | None = None  #: as the partner's adapter writes it
    refused: Sequence[Issue] = ()  #: why the adapter writes nothing
    expected: Tree | None = None
    differences: Sequence[Difference] = field(default=())  #: first: expected; second: this run

    def used(self, use: str) -> list[Source]:
        """The source elements of which this became."""
        return [one for one in self.sources if one.use == use]

    @property
    def missing(self) -> list[str]:
        """Required elements without a value."""
        return [path for path, filled in self.required if not filled]


def evaluate(
    stand: Stand,
    text: str,
    source: bytes,
    adapters: Mapping[str, Adapter],
    expected: bytes | None = None,
    rows: Sequence[Any] = (),
) -> Evaluation:
    """Run a text on a source.

    Args:
        stand: the maps, tables and models it may use.
        text: a map in FML.
        source: JSON, XML, or records of the map's source model.
        adapters: partners by name; the map's url says which one writes the bytes.
        expected: what the map should give, JSON.
        rows: of code tables, added for this run only.

    Raises:
        Unmappable: the text has mistakes or refuses the source; a limit was reached.
        Invalid: the text or the source is too large, or the expected result is no JSON.
    """
    told = _child(stand, text, source, rows)
    places = Stretches(text)
    targets = [_target(one, places) for one in told["targets"]]
    sources = [Source(s["path"], s["value"], s["use"], s["targets"]) for s in told["sources"]]
    message, refused = _message(told["map"], told["tree"], source, adapters)
    wanted: Tree | None = exact_json.loads(expected) if expected is not None else None
    return Evaluation(
        told["map"],
        told["tree"],
        targets,
        sources,
        [(path, filled) for path, filled in told["required"]],
        [Issue(**one) for one in told["warnings"]],
        told["messages"],
        told["complete"],
        message,
        refused,
        wanted,
        tuple(differences(wanted, told["tree"])) if wanted is not None else (),
    )


def _child(stand: Stand, text: str, source: bytes, rows: Sequence[Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="benkan-bench-") as folder:
        file = Path(folder) / NAME
        file.write_text(text, encoding="utf-8")
        asked = {
            "folders": [str(one) for one in stand.folders],
            "rows": [asdict(row) for row in (*stand.rows, *rows)],
            "preferred": dict(stand.preferred),
            "file": str(file),
            "source": base64.b64encode(source).decode(),
            "limits": asdict(LIMITS),
        }
        body = confine.ask("hub.authoring.bench_child", json.dumps(asked).encode(), LIMITS)
    head, _, made = body.partition(confine.MARK)
    said = json.loads(head, parse_float=Decimal)
    if not said["ok"]:
        missing = [MissingCode(**code) for code in said["missing"]]
        issues = [Issue(**issue) for issue in said["issues"]]
        raise Unmappable(*(_here(issue, folder) for issue in issues), missing=missing)
    told: dict[str, Any] = exact_json.loads(made)
    told["warnings"] = [asdict(_here(Issue(**one), folder)) for one in told["warnings"]]
    for one in told["targets"]:
        one["file"] = one["file"].removeprefix(f"{folder}/")
    return told


def _here(issue: Issue, folder: str) -> Issue:
    """A place in the text, without the folder it stood in for a moment."""
    path = issue.path.removeprefix(f"{folder}/")
    return Issue(issue.code, issue.fr, issue.en, path, issue.severity)


def _target(told: dict[str, Any], places: Stretches) -> Target:
    file, _, line = told["file"].rpartition(":")
    here = file == NAME
    place = None
    if here:
        start, end = places.rule(places.offset(int(line), int(told["column"])))
        place = (*places.place(start), *places.place(end))
    elsewhere = "" if here or not file else f"{Path(file).name}:{line}"
    return Target(
        told["path"],
        told["value"],
        told["rule"],
        place,
        elsewhere,
        told["expression"] or told["transform"],
        [one["path"] for one in told["sources"]],
        told["rows"],
        told["because"],
    )


def sending(canonical: str, adapters: Mapping[str, Adapter]) -> tuple[Adapter, str] | None:
    """The partner and the operation an outgoing map is for, by its url; None for other maps."""
    tail = canonical.partition("|")[0].rpartition("/")[2]
    for name, adapter in adapters.items():
        operation = tail.removeprefix(f"{name}-")
        if operation != tail and operation in adapter.operations:
            return adapter, operation
    return None


def _message(
    canonical: str, tree: Tree, source: bytes, adapters: Mapping[str, Adapter]
) -> tuple[Message | None, Sequence[Issue]]:
    """The bytes for the partner; for its answers, and for maps of no partner, FHIR's JSON."""
    found = sending(canonical, adapters)
    if found is None:
        return Message("", "", exact_json.dumps(tree), "application/json"), ()
    adapter, operation = found
    try:
        return adapter.encode(operation, tree, _key(source)), ()
    except Problem as problem:
        return None, problem.issues
    except (KeyError, TypeError, ValueError, AttributeError, LookupError) as error:
        fr = f"L’adaptateur ne peut écrire cet arbre ({error!r}) : comparez-le au modèle cible."
        en = f"the adapter cannot write this tree ({error!r}): compare it with the target model."
        return None, (Issue("structure", fr, en),)


def _key(source: bytes) -> str:
    """The submission a source names: the key of what is sent."""
    try:
        told = exact_json.loads(source)
    except Problem:
        return "ESSAI"
    return str(told.get("submission") or "ESSAI") if isinstance(told, dict) else "ESSAI"
