"""Which rows of which code table gave the targets of a translation.

Source: https://hl7.org/fhir/R5/conceptmap-operation-translate.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hub.mapping.concept_map import ConceptMap, Target
from hub.mapping.concept_translate import MOST_OTHERS
from hub.mapping.trace import CodeRow
from hub.mapping.trace_reads import Item, children, members


def coded(item: Item, code: str) -> list[str]:
    """The paths of a code and its system."""
    inside = [item, *children(item, "coding")]
    own = [one for one in inside if one.value.get("code") == code]
    names = ("system", "codeSystem", "code")
    return [f.path for one in own for name in names for f in members(one, name)]


def rows_of(
    concept_map: ConceptMap | None,
    coding: tuple[str, str],
    targets: Sequence[Target],
    more: Sequence[Any],
    find: Callable[[str], ConceptMap | None],
) -> list[CodeRow]:
    """The rows used, in the table or in those it sends on to.

    Args:
        concept_map: the table a rule names.
        coding: system and code.
        targets: what the translation gave.
        more: what rows depend on, as the rule gave it.
        find: gives a ConceptMap by its canonical.
    """
    for _ in range(MOST_OTHERS):
        if concept_map is None:
            break
        url, rows = concept_map.url, concept_map.find(*coding, *more)
        rest = concept_map.unmapped(*coding) if rows is None else None
        if not isinstance(rest, str):
            given = [rest] if rest is not None else rows or []
            keys = {(g.system, g.code) for g in given}
            used = [t for t in targets if (t.system, t.code) in keys]
            unmapped = rest is not None
            return [CodeRow(url, *coding, t.system, t.code, t.by_hand, unmapped) for t in used]
        concept_map = find(rest)
    return []
