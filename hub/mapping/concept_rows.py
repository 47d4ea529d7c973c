"""Tables of text cells to ConceptMaps, with everything that is wrong named by its cell."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from hub.errors import Invalid, Issue
from hub.formats.spreadsheet import letters
from hub.mapping.concept_depends import PERIOD
from hub.mapping.concept_relations import EQUIVALENCE, RELATIONSHIP
from hub.mapping.concept_table import (
    ATTRIBUTE,
    COLUMNS,
    NO_MAP,
    PARTS,
    SIDES,
    UNMAPPED,
    VALUES,
    Resource,
)

MOST_FINDINGS = 50
#: Issue codes of rows that say a thing twice, or two things of one code at one time.
DUPLICATE, CONFLICT = "duplicate", "conflict"
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_R4_WORDS = set(RELATIONSHIP)
_R5_WORDS = set(EQUIVALENCE)


def resource_of(table: Sequence[Sequence[str]]) -> Resource:
    """The ConceptMap of a table.

    Raises:
        Invalid: unknown columns, missing codes, words that are no relationship, and duplicate or
            conflicting rows with both row numbers; each with its cell as path ("F12").
    """
    reader = _Reader()
    for number, cells in enumerate(table, 1):
        reader.line(number, [cell.strip() for cell in cells])
    return reader.done()


def drafted(table: Sequence[Sequence[str]]) -> tuple[Resource, list[Issue]]:
    """The ConceptMap of a table that is still being written, and its duplicates and conflicts.

    Raises:
        Invalid: something else is wrong: a row would be lost or say something it does not mean.
    """
    reader = _Reader()
    for number, cells in enumerate(table, 1):
        reader.line(number, [cell.strip() for cell in cells])
    twice = [one for one in reader.found if one.code in (DUPLICATE, CONFLICT)]
    reader.found = [one for one in reader.found if one.code not in (DUPLICATE, CONFLICT)]
    return reader.done(), twice


class _Reader:
    def __init__(self) -> None:
        self.resource: Resource = {"resourceType": "ConceptMap"}
        self.newer = False
        self.types: dict[str, str] = {}
        self.groups: dict[tuple[str, str], Resource] = {}
        self.elements: dict[tuple[str, str, str], Resource] = {}
        self.header: list[str] = []
        self.seen: dict[tuple[Any, ...], int] = {}
        self.best: dict[tuple[Any, ...], list[tuple[int, str, str, str]]] = {}
        self.found: list[Issue] = []

    def line(self, number: int, cells: list[str]) -> None:
        """One more line."""
        if not any(cells):
            return
        if cells[0].startswith("#") and not self.header:
            self._field(number, cells[0][1:], cells[1:])
        elif not self.header:
            self._columns(number, cells)
        else:
            self._row(number, cells)

    def done(self) -> Resource:
        """The resource."""
        if not self.header:
            self._wrong(1, 0, "la ligne des colonnes manque", "the line of columns is missing")
        if not self.resource.get("url"):
            self._wrong(1, 0, "la ligne #url manque", "the line #url is missing")
        if self.found:
            raise Invalid(*self.found[:MOST_FINDINGS])
        if self.groups:
            self.resource["group"] = list(self.groups.values())
        return self.resource

    def _field(self, number: int, name: str, cells: list[str]) -> None:
        value = cells[0] if cells else ""
        if name == "fhirVersion":
            self.newer = value.startswith("5")
        elif name == "attribute":
            given = {k: v for k, v in zip(ATTRIBUTE, cells, strict=False) if v}
            self.types[given.get("code", "")] = given.get("type", "")
            self.resource.setdefault("additionalAttribute", []).append(given)
            if given.get("type") not in VALUES:
                self._wrong(number, 2, "type d'attribut inconnu", "unknown type of attribute")
        elif name == "group":
            self._group(*[*cells, "", ""][:2])
        elif name == "unmapped":
            self._unmapped(dict(zip(UNMAPPED, cells, strict=False)))
        elif value[:1] in ("[", "{", '"') or value in ("true", "false"):
            try:
                self.resource[name] = json.loads(value, parse_float=Decimal)
            except ValueError:
                self._wrong(number, 1, "JSON mal formé", "malformed JSON")
        else:
            self.resource[name] = value

    def _unmapped(self, given: dict[str, str]) -> None:
        group = self._group(given.pop("source", ""), given.pop("target", ""))
        other = given.pop("other", "")
        group["unmapped"] = {k: v for k, v in given.items() if v}
        if other:
            group["unmapped"]["otherMap" if self.newer else "url"] = other

    def _columns(self, number: int, cells: list[str]) -> None:
        self.header = cells
        for index, name in enumerate(cells):
            start, _, attribute = name.partition(":")
            further = {part + side for part in PARTS for side in SIDES}
            if name not in COLUMNS and not (attribute and start in further):
                fr, en = f"colonne « {name} » inconnue", f"unknown column “{name}”"
                self._wrong(number, index, fr, en)
        for name in ("source_code", "relationship", "target_code"):
            if name not in cells:
                self._wrong(number, 0, f"la colonne {name} manque", f"column {name} is missing")

    def _row(self, number: int, cells: list[str]) -> None:
        row = dict(zip(self.header, cells, strict=False))
        if any(cells[len(self.header) :]):
            at = len(self.header)
            self._wrong(number, at, "cellule sans colonne", "a cell without a column")
        if not row.get("source_code"):
            self._at(number, "source_code", "le code source manque", "the source code is missing")
            return
        element = self._element(number, row)
        said = row.get("relationship", "")
        if said == NO_MAP and self.newer:
            element["noMap"] = True
        elif said or row.get("target_code"):
            element.setdefault("target", []).append(self._target(number, row))

    def _element(self, number: int, row: Mapping[str, str]) -> Resource:
        ends = (row.get("source_system", ""), row.get("target_system", ""))
        code, display = row["source_code"], row.get("source_display", "")
        group = self._group(*ends)
        key = (*ends, code)
        element = self.elements.get(key)
        if element is None:
            element = {"code": code, **({"display": display} if display else {})}
            self.elements[key] = element
            group.setdefault("element", []).append(element)
        elif display != element.get("display", ""):
            known = element.get("display", "")
            fr = f"le code {code} s'appelle ailleurs « {known} »"
            en = f"code {code} is called “{known}” elsewhere"
            self._at(number, "source_display", fr, en)
        return element

    def _group(self, source: str, target: str) -> Resource:
        group = self.groups.get((source, target))
        if group is None:
            group = self.groups[(source, target)] = {}
            for end, cell in (("source", source), ("target", target)):
                # R5 writes the version behind the system, R4 in an element of its own.
                system, _, version = (cell, "", "") if self.newer else cell.partition("|")
                if system:
                    group[end] = system
                if version:
                    group[f"{end}Version"] = version
        return group

    def _target(self, number: int, row: Mapping[str, str]) -> Resource:
        said = row.get("relationship", "")
        word, words = ("relationship", _R5_WORDS) if self.newer else ("equivalence", _R4_WORDS)
        if said not in words:
            listed = ", ".join(sorted(words))
            fr, en = f"« {said} » n'est pas l'un de {listed}", f"“{said}” is not one of {listed}"
            self._at(number, "relationship", fr, en)
        if not row.get("target_code") and RELATIONSHIP.get(said, said) != "not-related-to":
            self._at(number, "target_code", "le code cible manque", "the target code is missing")
        made: Resource = {}
        for key, column in (("code", "target_code"), ("display", "target_display")):
            if row.get(column):
                made[key] = row[column]
        made[word] = said
        if row.get("comment"):
            made["comment"] = row["comment"]
        for start, part in PARTS.items():
            rows = self._attributes(number, row, start)
            if rows:
                made[part] = rows
        start, end = self._period(number, row)
        if start or end:
            period = {k: v for k, v in (("start", start), ("end", end)) if v}
            made["extension"] = [{"url": PERIOD, "valuePeriod": period}]
        self._compare(number, row, made, start, end)
        return made

    def _attributes(self, number: int, row: Mapping[str, str], start: str) -> list[Resource]:
        made = []
        for column in self.header:
            name = column.removeprefix(start + ":")
            value = row.get(column, "")
            if name == column or not value:
                continue
            sides = [row.get(f"{start}{side}:{name}", "") for side in SIDES[1:]]
            made.append(
                self._typed(number, column, value, sides)
                if self.newer
                else {
                    "property": name,
                    **({"system": sides[0]} if sides[0] else {}),
                    "value": value,
                    **({"display": sides[1]} if sides[1] else {}),
                }
            )
        return made

    def _typed(self, number: int, column: str, value: str, sides: list[str]) -> Resource:
        name = column.partition(":")[2]
        kind = self.types.get(name, "")
        typed: Any = value
        if kind not in VALUES:
            fr, en = f"l'attribut {name} n'est pas déclaré", f"attribute {name} is not declared"
            self._at(number, column, fr, en)
        elif kind == "boolean":
            if value not in ("true", "false"):
                self._at(number, column, "true ou false", "true or false")
            typed = value == "true"
        elif kind == "Coding":
            parts = {"system": sides[0], "code": value, "display": sides[1]}
            typed = {k: v for k, v in parts.items() if v}
        elif kind == "Quantity":
            if re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,12})?", value) is None:
                self._at(number, column, f"« {value} » n'est pas un nombre", "not a number")
                value = "0"
            typed = {"value": int(value) if "." not in value else Decimal(value)}
        return {"attribute": name, VALUES.get(kind, "valueString"): typed}

    def _period(self, number: int, row: Mapping[str, str]) -> tuple[str, str]:
        start, end = row.get("valid_from", ""), row.get("valid_until", "")
        for column, day in (("valid_from", start), ("valid_until", end)):
            if day and _DATE.fullmatch(day) is None:
                self._at(number, column, "une date AAAA-MM-JJ", "a date YYYY-MM-DD")
        if start and end and end < start[: len(end)]:
            self._at(number, "valid_until", "la fin précède le début", "it ends before it begins")
        return start, end

    def _compare(
        self, number: int, row: Mapping[str, str], made: Resource, start: str, end: str
    ) -> None:
        """The same row twice, or two equivalents of one code at one time."""
        code = row["source_code"]
        depends = json.dumps(made.get("dependsOn"), default=str, sort_keys=True)
        source = (row.get("source_system", ""), code, row.get("target_system", ""), depends)
        twin = (*source, made.get("code"), start, end)
        first = self.seen.setdefault(twin, number)
        if first != number:
            fr = f"doublon de la ligne {first} (code {code}) : supprimez l'une des deux"
            en = f"duplicate of row {first} (code {code})"
            self._at(number, "source_code", fr, en, DUPLICATE)
            return
        if RELATIONSHIP.get(made.get("equivalence", ""), made.get("relationship")) != "equivalent":
            return
        others = self.best.setdefault(source, [])
        for other, target, begins, ends in others:
            apart = (ends and start and ends < start) or (end and begins and end < begins)
            if not apart and target != made.get("code"):
                fr = f"la ligne {other} traduit déjà {code} par {target} : n'en gardez qu'une"
                en = f"row {other} already translates {code} to {target}: keep one"
                self._at(number, "target_code", fr, en, CONFLICT)
        others.append((number, str(made.get("code", "")), start, end))

    def _at(self, number: int, column: str, fr: str, en: str, code: str = "value") -> None:
        index = self.header.index(column) if column in self.header else 0
        self._wrong(number, index, fr, en, code)

    def _wrong(self, number: int, index: int, fr: str, en: str, code: str = "value") -> None:
        cell = f"{letters(index)}{number}"
        self.found.append(Issue(code, f"ligne {number} : {fr}.", f"row {number}: {en}.", cell))
