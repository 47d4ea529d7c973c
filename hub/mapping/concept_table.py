"""ConceptMaps as tables of text cells, and back: what people edit in a spreadsheet.

Lines `#name | value` carry the map's own fields, `#attribute`, `#group` and `#unmapped`
lines the rest;
then one line names the columns and each further line is a row. Columns: docs/concept-maps.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from hub.errors import Invalid, Issue
from hub.mapping.concept_depends import PERIOD
from hub.mapping.concept_versions import is_r5

Resource = dict[str, Any]
Cells = list[str]

COLUMNS = (
    "source_system",
    "source_code",
    "source_display",
    "relationship",
    "target_system",
    "target_code",
    "target_display",
    "valid_from",
    "valid_until",
    "comment",
)
#: Beginnings of further columns, each followed by the attribute: depends_on:…, product:…
PARTS = {"depends_on": "dependsOn", "product": "product"}
#: What an attribute's column may say beside its value: depends_on_system:…
SIDES = ("", "_system", "_display")
NO_MAP = "no-map"  #: relationship of an R5 element with noMap
UNMAPPED = ("source", "target", "mode", "code", "display", "other", "relationship")
ATTRIBUTE = ("code", "type", "uri", "description")
#: R5 additionalAttribute.type → the name of its value[x]
VALUES = {
    "string": "valueString",
    "code": "valueCode",
    "boolean": "valueBoolean",
    "Coding": "valueCoding",
    "Quantity": "valueQuantity",
}
_GROUP = {"source", "sourceVersion", "target", "targetVersion", "element", "unmapped"}
_ELEMENT = {"code", "display", "target", "noMap"}
_TARGET = {"code", "display", "comment", "dependsOn", "product", "extension"}


def table_of(resource: Mapping[str, Any]) -> list[Cells]:
    """The table of a ConceptMap, R4 or R5; `resource_of` gives the same resource again.

    Raises:
        Invalid: it says something a table has no column for, with every such place.
    """
    return _Writer(resource).table()


class _Writer:
    def __init__(self, resource: Mapping[str, Any]) -> None:
        self.resource = resource
        self.newer = is_r5(resource)
        self.word = "relationship" if self.newer else "equivalence"
        self.types = {
            str(one.get("code")): str(one.get("type"))
            for one in resource.get("additionalAttribute", ())
        }
        self.columns: list[str] = []
        self.found: list[Issue] = []

    def table(self) -> list[Cells]:
        """The lines."""
        groups = self.resource.get("group", [])
        rows = [row for i, group in enumerate(groups) for row in self._group(group, i)]
        if self.found:
            raise Invalid(*self.found)
        lines = list(self._head())
        header = [*COLUMNS, *sorted(self.columns, key=lambda c: not c.startswith("depends"))]
        lines.append(header)
        lines += [[row.get(name, "") for name in header] for row in rows]
        return lines

    def _head(self) -> Iterator[Cells]:
        for name, value in self.resource.items():
            if name not in ("resourceType", "group", "additionalAttribute"):
                yield ["#" + name, _cell(value)]
        if self.newer:
            yield ["#fhirVersion", "5.0"]
        for one in self.resource.get("additionalAttribute", ()):
            yield ["#attribute", *(str(one.get(key, "")) for key in ATTRIBUTE)]
        groups = self.resource.get("group", ())
        for group in groups if any("unmapped" in group for group in groups) else ():
            yield ["#group", _ends(group)["source"], _ends(group)["target"]]
            if "unmapped" in group:
                rest = {**group["unmapped"], **_ends(group)}
                rest["other"] = rest.get("otherMap") or rest.get("url", "")
                yield ["#unmapped", *(str(rest.get(key, "")) for key in UNMAPPED)]

    def _group(self, group: Mapping[str, Any], index: int) -> Iterator[dict[str, str]]:
        path = f"ConceptMap.group[{index}]"
        self._only(group, _GROUP, path)
        ends = _ends(group)
        for i, element in enumerate(group.get("element", ())):
            place = f"{path}.element[{i}]"
            self._only(element, _ELEMENT, place)
            row = {
                "source_system": ends["source"],
                "source_code": str(element.get("code", "")),
                "source_display": str(element.get("display", "")),
                "target_system": ends["target"],
            }
            if element.get("noMap"):
                yield {**row, "relationship": NO_MAP}
            elif not element.get("target"):
                yield row
            for j, target in enumerate(element.get("target", ())):
                yield {**row, **self._target(target, f"{place}.target[{j}]")}

    def _target(self, target: Mapping[str, Any], path: str) -> dict[str, str]:
        self._only(target, {*_TARGET, self.word}, path)
        row = {
            "relationship": str(target.get(self.word, "")),
            "target_code": str(target.get("code", "")),
            "target_display": str(target.get("display", "")),
            "comment": str(target.get("comment", "")),
        }
        for extension in target.get("extension", ()):
            within = extension.get("valuePeriod", {})
            if extension.get("url") != PERIOD or not within or set(within) - {"start", "end"}:
                self._beyond(f"{path}.extension")
            row["valid_from"] = str(within.get("start", ""))
            row["valid_until"] = str(within.get("end", ""))
        for start, part in PARTS.items():
            for one in target.get(part, ()):
                self._attribute(one, start, row, f"{path}.{part}")
        return row

    def _attribute(
        self, one: Mapping[str, Any], start: str, row: dict[str, str], path: str
    ) -> None:
        sides = self._typed(one) if self.newer else self._plain(one)
        name = str(one.get("attribute" if self.newer else "property", ""))
        if sides is None or f"{start}:{name}" in row:
            self._beyond(path)
            return
        for side, value in zip(SIDES, sides, strict=True):
            column = f"{start}{side}:{name}"
            if value:
                row[column] = value
                if column not in self.columns:
                    self.columns.append(column)

    @staticmethod
    def _plain(one: Mapping[str, Any]) -> Sequence[str] | None:
        if set(one) - {"property", "system", "value", "display"} or not one.get("value"):
            return None
        return [str(one.get(key, "")) for key in ("value", "system", "display")]

    def _typed(self, one: Mapping[str, Any]) -> Sequence[str] | None:
        key = VALUES.get(self.types.get(str(one.get("attribute", "")), ""), "")
        value = one.get(key)
        if set(one) != {"attribute", key}:
            return None
        if key == "valueCoding" and value and not set(value) - {"code", "system", "display"}:
            return [str(value.get(k, "")) for k in ("code", "system", "display")]
        if key == "valueQuantity" and set(value or {}) == {"value"}:
            return [str((value or {})["value"]), "", ""]
        if isinstance(value, bool):
            return [str(value).lower(), "", ""]
        return [value, "", ""] if isinstance(value, str) else None

    def _only(self, row: Mapping[str, Any], known: set[str], path: str) -> None:
        for name in row:
            if name not in known:
                self._beyond(f"{path}.{name}")

    def _beyond(self, path: str) -> None:
        self.found.append(
            Issue(
                "not-supported",
                "un tableau n'a pas de colonne pour cet élément : gardez cette table en JSON.",
                "a table has no column for this element: keep this ConceptMap as JSON.",
                path,
            )
        )


def _ends(group: Mapping[str, Any]) -> dict[str, str]:
    """Source and target system, each with its version."""
    ends = {}
    for end in ("source", "target"):
        version = group.get(f"{end}Version")
        ends[end] = str(group.get(end, "")) + (f"|{version}" if version else "")
    return ends


def _cell(value: Any) -> str:
    """A field of the map: its text, or JSON where a text would be read as something else."""
    if (
        isinstance(value, str)
        and value
        and value[0] not in '[{"'
        and value not in ("true", "false")
    ):
        return value
    return json.dumps(value, ensure_ascii=False, default=_number)


def _number(value: Any) -> int:
    if isinstance(value, Decimal) and value == int(value):
        return int(value)
    raise TypeError(f"{value!r} cannot stand in a table")
