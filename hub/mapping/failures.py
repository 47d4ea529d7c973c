"""What a run that fails says: the rule's place, and the codes without a row."""

from __future__ import annotations

from hub.errors import Issue, MissingCode
from hub.mapping.compile import Compiled


def failed(compiled: Compiled, error: Exception, en: str, fr: str) -> Issue:
    """A failure with its place: file:line:column, map, group, rule."""
    place = compiled.place(error)
    if place is None:
        return Issue("processing", fr, en)
    where = f" [{place.map} {place.group}/{place.rule}]"
    return Issue("processing", fr + where, en + where, f"{place.file}:{place.line}:{place.column}")


def without_row(missing: MissingCode) -> Issue:
    """A code without a row, as a finding."""
    system = missing.system
    return Issue(
        "code-invalid",
        f"Le code {missing.code} ({system or 'sans système'}) n’a pas de correspondance dans "
        f"{missing.concept_map} : ajoutez une ligne à cette table",
        f"code {missing.code} ({system or 'no system'}) has no row in {missing.concept_map}",
        missing.path,
    )
