"""ConceptMap lookup, usable alone: R4 `equivalence` and R5 `relationship` alike.

Source: https://hl7.org/fhir/R4/conceptmap.html, https://hl7.org/fhir/R5/conceptmap.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

#: R4 equivalence → R5 relationship (https://hl7.org/fhir/R5/conceptmap.html#relationship);
#: R4 `wider` says that the *target* is wider, so the source is narrower.
RELATIONSHIP = {
    "relatedto": "related-to",
    "equivalent": "equivalent",
    "equal": "equivalent",
    "wider": "source-is-narrower-than-target",
    "subsumes": "source-is-narrower-than-target",
    "narrower": "source-is-broader-than-target",
    "specializes": "source-is-broader-than-target",
    "inexact": "related-to",
    "unmatched": "not-related-to",
    "disjoint": "not-related-to",
}
USABLE = (
    "equivalent",
    "source-is-narrower-than-target",
    "related-to",
    "source-is-broader-than-target",
)


class Row(Protocol):
    """A row added by hand; hub.ports.ConceptRow has this form."""

    @property
    def concept_map(self) -> str: ...
    @property
    def source_system(self) -> str: ...
    @property
    def source_code(self) -> str: ...
    @property
    def target_system(self) -> str: ...
    @property
    def target_code(self) -> str: ...
    @property
    def relationship(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Target:
    """What a code becomes."""

    system: str
    code: str
    display: str = ""
    relationship: str = "equivalent"


@dataclass(frozen=True, slots=True)
class _Unmapped:
    source: str
    target: str
    mode: str
    code: str
    display: str
    other: str


class ConceptMap:
    """A ConceptMap resource made ready for lookup."""

    def __init__(self, resource: Mapping[str, Any], rows: Iterable[Row] = ()) -> None:
        self.url = str(resource.get("url") or "#" + str(resource.get("id", "")))
        self._rows: dict[tuple[str, str], list[Target]] = {}
        self._codes: dict[str, list[tuple[str, str]]] = {}
        self._unmapped: list[_Unmapped] = []
        for group in resource.get("group", ()):
            self._read(group)
        for row in rows:
            self._overlay(row)

    def _read(self, group: Mapping[str, Any]) -> None:
        source, target = str(group.get("source", "")), str(group.get("target", ""))
        source, target = source.split("|")[0], target.split("|")[0]
        for element in group.get("element", ()):
            key = (source, str(element.get("code", "")))
            targets = self._rows.setdefault(key, [])
            self._index(key)
            for row in element.get("target", ()):
                said = str(row.get("relationship") or row.get("equivalence") or "equivalent")
                targets.append(
                    Target(
                        target,
                        str(row.get("code", "")),
                        str(row.get("display", "")),
                        RELATIONSHIP.get(said, said),
                    )
                )
        rest = group.get("unmapped")
        if rest:
            other = str(rest.get("otherMap") or rest.get("url") or "")
            code, display = str(rest.get("code", "")), str(rest.get("display", ""))
            mode = str(rest.get("mode", ""))
            self._unmapped.append(_Unmapped(source, target, mode, code, display, other))

    def _index(self, key: tuple[str, str]) -> None:
        keys = self._codes.setdefault(key[1], [])
        if key not in keys:
            keys.append(key)

    def _overlay(self, row: Row) -> None:
        key = (row.source_system, row.source_code)
        said = RELATIONSHIP.get(row.relationship, row.relationship)
        self._rows[key] = [Target(row.target_system, row.target_code, "", said)]
        self._index(key)

    def find(self, system: str, code: str) -> list[Target] | None:
        """Usable targets, best first; [] when rows exist but none is usable; None: no row.

        A code without a system matches a row of any system.
        """
        keys = [(system, code), ("", code)] if system else self._codes.get(code, [])
        found = [t for key in dict.fromkeys(keys) for t in self._rows.get(key, ())]
        if not found and not any(key in self._rows for key in keys):
            return None
        usable = [t for t in found if t.relationship in USABLE and t.code]
        return sorted(usable, key=lambda t: USABLE.index(t.relationship))

    def unmapped(self, system: str, code: str, display: str = "") -> Target | str | None:
        """What the map says about codes it has no row for; a str names another ConceptMap."""
        for rest in self._unmapped:
            if system and rest.source and rest.source != system:
                continue
            if rest.mode in ("provided", "use-source-code"):
                return Target(rest.target or system, code, display)
            if rest.mode == "fixed":
                return Target(rest.target, rest.code, rest.display)
            if rest.mode in ("other-map", "other-map-url") and rest.other:
                return rest.other
        return None
