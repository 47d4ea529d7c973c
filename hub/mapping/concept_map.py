"""ConceptMap lookup, usable alone: R4 and R5 shapes alike.

Source: https://hl7.org/fhir/R4/conceptmap.html, https://hl7.org/fhir/R5/conceptmap.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from hub.mapping.concept_depends import (
    DATE,
    Attribute,
    added_by_hand,
    attributes,
    period,
    read_given,
    within,
)
from hub.mapping.concept_relations import USABLE, relationship


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
    @property
    def depends(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Target:
    """What a code becomes."""

    system: str
    code: str
    display: str = ""
    relationship: str = "equivalent"  #: always the R5 word
    depends: tuple[Attribute, ...] = ()  #: the row applies only when all of these hold
    product: tuple[Attribute, ...] = ()  #: further values the row gives
    start: str = ""  #: valid from this day
    end: str = ""  #: valid up to and with this day
    by_hand: bool = field(default=False, compare=False)  #: an administrator added it

    def applies(self, given: Mapping[str, Any]) -> bool:
        """Whether all it depends on is given, and the day, when one is given, in its period."""
        if not all(one.holds(given) for one in self.depends):
            return False
        day = given.get(DATE)
        return day is None or within(self.start, self.end, str(day)[:10])

    def produced(self, attribute: str) -> str | None:
        """The value of a product, by the attribute's name or uri."""
        return next((one.value for one in self.product if one.called(attribute)), None)


@dataclass(frozen=True, slots=True)
class _Unmapped:
    source: str
    target: str
    mode: str
    code: str
    display: str
    other: str
    relationship: str


class ConceptMap:
    """A ConceptMap resource made ready for lookup."""

    def __init__(self, resource: Mapping[str, Any], rows: Iterable[Row] = ()) -> None:
        self.url = str(resource.get("url") or "#" + str(resource.get("id", "")))
        self._rows: dict[tuple[str, str], list[Target]] = {}
        self._codes: dict[str, list[tuple[str, str]]] = {}
        #: what translate() gave for (system, code) of a Coding when a code was asked for
        self.given: dict[tuple[Any, Any], str] = {}
        self._conditional: set[tuple[str, str]] = set()
        self.dated = False  #: has it rows that hold for a time only?
        self._unmapped: list[_Unmapped] = []
        self._known: dict[tuple[str, str], list[Target]] = {}
        self._uris = {
            str(one.get("code", "")): str(one.get("uri", ""))
            for one in resource.get("additionalAttribute", ())
        }
        for group in resource.get("group", ()):
            self._read(group)
        for row in rows:
            self._overlay(row)

    def _read(self, group: Mapping[str, Any]) -> None:
        source, target = str(group.get("source", "")), str(group.get("target", ""))
        source, target = source.split("|")[0], target.split("|")[0]
        for element in group.get("element", ()):
            key = (source, str(element.get("code", "")))
            self._index(key)
            for row in () if element.get("noMap") else element.get("target", ()):
                self._add(key, self._target(target, row))
        rest = group.get("unmapped")
        if rest:
            self._unmapped.append(
                _Unmapped(
                    source,
                    target,
                    str(rest.get("mode", "")),
                    str(rest.get("code", "")),
                    str(rest.get("display", "")),
                    str(rest.get("otherMap") or rest.get("url") or ""),
                    relationship(str(rest.get("relationship") or "equivalent")),
                )
            )

    def _target(self, system: str, row: Mapping[str, Any]) -> Target:
        start, end = period(row)
        return Target(
            system,
            str(row.get("code", "")),
            str(row.get("display", "")),
            relationship(str(row.get("relationship") or row.get("equivalence") or "equivalent")),
            attributes(row.get("dependsOn", []), self._uris),
            attributes(row.get("product", []), self._uris),
            start,
            end,
        )

    def _index(self, key: tuple[str, str]) -> None:
        self._rows.setdefault(key, [])
        keys = self._codes.setdefault(key[1], [])
        if key not in keys:
            keys.append(key)

    def _add(self, key: tuple[str, str], target: Target) -> None:
        self._rows[key].append(target)
        if target.depends or target.start or target.end:
            self._conditional.add(key)
        self.dated = self.dated or bool(target.start or target.end)

    def _overlay(self, row: Row) -> None:
        """A row added by hand replaces the rows that depend on the same, or on nothing else."""
        key = (row.source_system, row.source_code)
        self._index(key)
        depends = added_by_hand(row.depends)
        given = {one.name: one.value for one in depends}
        self._rows[key] = [
            t
            for t in self._rows[key]
            if len(t.depends) != len(depends) or not all(one.holds(given) for one in t.depends)
        ]
        said = relationship(row.relationship)
        added = Target(row.target_system, row.target_code, "", said, depends, by_hand=True)
        self._add(key, added)

    def find(
        self, system: str, code: str, given: Mapping[str, Any] | None = None
    ) -> list[Target] | None:
        """Usable targets, best first; [] when rows exist but none is usable; None: no row.

        A code without a system matches a row of any system. `given` holds what rows may depend
        on, by attribute name or uri (values: text, number, Coding, CodeableConcept, Quantity),
        and under "date" the day for which a row must be valid. Without a date periods are not
        looked at. Among the rows that apply, only those that depend on most are kept: a row for
        coefficient 20 goes before one for any coefficient.
        """
        if given:
            return self._find(system, code, given)
        found = self._known.get((system, code))
        if found is None:
            found = self._find(system, code, {})
            if found is not None:
                self._known[system, code] = found
        return None if found is None else found[:]

    def _find(self, system: str, code: str, given: Mapping[str, Any]) -> list[Target] | None:
        keys = [(system, code), ("", code)] if system else self._codes.get(code, [])
        known = [key for key in dict.fromkeys(keys) if key in self._rows]
        if not known:
            return None
        usable = [
            t for key in known for t in self._rows[key] if t.relationship in USABLE and t.code
        ]
        if usable and any(key in self._conditional for key in known):
            usable = [t for t in usable if t.applies(given)]
            if not usable:
                return None
            most = max(len(t.depends) for t in usable)
            usable = [t for t in usable if len(t.depends) == most]
        return sorted(usable, key=lambda t: USABLE.index(t.relationship))

    def has(self, system: str, code: str, day: str, depends: str = "") -> bool:
        """Is there a usable row for this code on a day?

        `depends` is what the map gave besides the code, {attribute: value} as JSON; without it
        rows count whatever they depend on.
        """
        if depends:
            return bool(self.find(system, code, {**read_given(depends), DATE: day}))
        keys = [(system, code), ("", code)] if system else self._codes.get(code, [])
        return any(
            t.code and t.relationship in USABLE and within(t.start, t.end, day)
            for key in keys
            for t in self._rows.get(key, ())
        )

    def needs(self, system: str, code: str) -> list[str]:
        """The names of the attributes on which rows for this code depend."""
        keys = [(system, code), ("", code)] if system else self._codes.get(code, [])
        rows = [t for key in keys for t in self._rows.get(key, ())]
        return list(dict.fromkeys(one.name for t in rows for one in t.depends))

    @property
    def depended(self) -> frozenset[str]:
        """Names and uris of all attributes on which a row depends."""
        rows = (t for targets in self._rows.values() for t in targets)
        every = {name for t in rows for one in t.depends for name in (one.name, one.uri)}
        return frozenset(every - {""})

    def unmapped(self, system: str, code: str, display: str = "") -> Target | str | None:
        """What the map says about codes it has no row for; a str names another ConceptMap."""
        for rest in self._unmapped:
            if system and rest.source and rest.source != system:
                continue
            if rest.mode in ("provided", "use-source-code"):
                return Target(rest.target or system, code, display, rest.relationship)
            if rest.mode == "fixed":
                return Target(rest.target, rest.code, rest.display, rest.relationship)
            if rest.mode in ("other-map", "other-map-url") and rest.other:
                return rest.other
        return None
