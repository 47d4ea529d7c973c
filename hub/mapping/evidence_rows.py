"""The two tables of an explanation as rows of text, French first: for the terminal and the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.mapping.fhirpath.strings import written
from hub.mapping.trace import CodeRow, Step, Traced, Use

TARGETS = ("Élément cible / Target", "Valeur / Value", "D’où il vient / From", "Règle / Rule")
SOURCES = ("Élément source / Source", "Valeur / Value", "Emploi / Use", "Vers / To")
USES = {
    Use.CARRIED: "transmis / carried",
    Use.READ: "lu / read",
    Use.UNUSED: "non utilisé / unused",
}
_CONSTANT = "constante de la carte / constant of the map"


def target_rows(traced: Traced, most: int, width: int) -> list[list[str]]:
    """One row for each target element.

    Args:
        traced: the run.
        most: source elements named for one target element; the others are counted.
        width: characters of a value.
    """
    return [
        [_short(step.path), shown(step.value, width), _from(step, most, width), _rule(step)]
        for step in traced.steps
    ]


def source_rows(traced: Traced, most: int, width: int) -> list[list[str]]:
    """One row for each source element; `most` and `width` as for target_rows."""
    return [
        [
            _short(source.path),
            shown(source.value, width),
            USES[source.use],
            "\n".join(_some([_short(path) for path in source.targets], most)),
        ]
        for source in traced.sources
    ]


def shown(value: Any, width: int) -> str:
    """A value as text, cut to a width."""
    text = written(value) if not isinstance(value, dict) else "{…}"
    return text if len(text) <= width else text[: width - 1] + "…"


def _short(path: str) -> str:
    """A path without the name of the tree's type, which all of them begin with."""
    return path.partition(".")[2] or path


def _from(step: Step, most: int, width: int) -> str:
    lines = [_short(path) + _unlike(step, value, width) for path, value in step.sources]
    lines = _some(lines, most)
    if not lines:
        lines = [_CONSTANT] if step.rule is not None else []
        if step.because:
            lines.append(f"parce que / because: {_short(step.because)}")
    return "\n".join([*lines, *(_row(row) for row in step.rows)])


def _unlike(step: Step, value: Any, width: int) -> str:
    """The source value, where it is not the target's."""
    same = value is None or written(value) == written(step.value)
    return "" if same else f" = {shown(value, width)}"


def _row(row: CodeRow) -> str:
    table = row.concept_map.rpartition("/")[2]
    how = " (ajoutée à la main / added by hand)" if row.by_hand else ""
    how = " (code sans ligne / code without a row)" if row.unmapped else how
    return f"table {table}: {row.source_code} → {row.target_code}{how}"


def _rule(step: Step) -> str:
    if step.rule is None:
        return ""
    file = step.rule.file.replace("\\", "/").rpartition("/")[2]
    return f"{step.rule.called}\n{file}:{step.rule.line} {step.transform}"


def _some(lines: Sequence[str], most: int) -> list[str]:
    if len(lines) <= most:
        return list(lines)
    rest = len(lines) - most
    return [*lines[:most], f"… et {rest} autre(s) / and {rest} more"]
