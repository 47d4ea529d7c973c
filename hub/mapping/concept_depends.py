"""What a row of a ConceptMap depends on besides its code, and what it produces besides it.

R4 names a `property` (uri) with a text `value`; R5 an `attribute` (a code declared in
`additionalAttribute`, which may carry a uri) with a typed `value[x]`.
Source: https://hl7.org/fhir/R4/conceptmap-definitions.html#ConceptMap.group.element.target.dependsOn,
https://hl7.org/fhir/R5/conceptmap-definitions.html#ConceptMap.group.element.target.dependsOn
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

#: The name under which the day of care is given: rows are then taken by their valid period.
DATE = "date"
#: The valid period of one row: `valuePeriod` on group.element.target. Neither R4 nor R5 has one.
PERIOD = "https://benkan.example/fhir/StructureDefinition/concept-map-period"

#: A number that is written as such: 020 is a code, not twenty.
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?")
_TYPED = ("valueCode", "valueString", "valueCoding", "valueBoolean", "valueQuantity")


@dataclass(frozen=True, slots=True)
class Attribute:
    """One dependsOn or product."""

    name: str  #: R4 property uri, R5 attribute code
    uri: str  #: R5: the uri that additionalAttribute gives this code
    system: str
    value: str  #: "" where the row depends on a value set, which no lookup can decide
    display: str = ""

    def called(self, name: str) -> bool:
        """Whether this is the attribute's name or uri."""
        return bool(name) and name in (self.name, self.uri)

    def holds(self, given: Mapping[str, Any]) -> bool:
        """Whether one of the given values is this one; 20 and 20.0 are the same number."""
        return any(
            self._is(coded)
            for name, value in given.items()
            if self.called(name)
            for coded in _coded(value)
        )

    def _is(self, coded: tuple[str, str]) -> bool:
        system, text = coded
        same = not (system and self.system) or system == self.system
        return bool(self.value) and same and text == comparable(self.value)


def attributes(rows: list[Mapping[str, Any]], uris: Mapping[str, str]) -> tuple[Attribute, ...]:
    """The attributes of a `dependsOn` or `product` list; `uris` is additionalAttribute."""
    return tuple(_attribute(row, uris) for row in rows)


def given_text(given: Mapping[str, Any]) -> str:
    """What a map gave besides a code and the day, as JSON; equal values give equal texts."""
    said = {
        name: coded[0][1]
        for name, value in given.items()
        if name != DATE and (coded := _coded(value))
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True) if said else ""


def read_given(text: str) -> dict[str, str]:
    """The other way: {attribute: comparable value}."""
    told: Mapping[str, Any] = json.loads(text, parse_float=Decimal) if text else {}
    return {str(name): comparable(str(value)) for name, value in told.items()}


def added_by_hand(text: str) -> tuple[Attribute, ...]:
    """The attributes of a row added by hand."""
    return tuple(Attribute(name, name, "", value) for name, value in read_given(text).items())


def _attribute(row: Mapping[str, Any], uris: Mapping[str, str]) -> Attribute:
    name = str(row.get("attribute") or row.get("property") or "")
    if "attribute" not in row:
        system, value = str(row.get("system", "")), str(row.get("value", ""))
        return Attribute(name, uris.get(name, ""), system, value, str(row.get("display", "")))
    typed = next((row[key] for key in _TYPED if key in row), "")
    system, display = "", ""
    if isinstance(typed, Mapping):
        system, display = str(typed.get("system", "")), str(typed.get("display", ""))
        typed = typed.get("code", "") if "valueCoding" in row else typed.get("value", "")
    return Attribute(name, uris.get(name, ""), system, _text(typed), display)


def _coded(value: Any) -> list[tuple[str, str]]:
    """(system, comparable text) of a value, a Coding, a CodeableConcept or a Quantity."""
    if isinstance(value, list):
        return [coded for item in value for coded in _coded(item)]
    if not isinstance(value, Mapping):
        return [] if value is None else [("", comparable(_text(value)))]
    if "coding" in value:
        return _coded(list(value["coding"]))
    if "code" in value and "value" not in value:
        return [(str(value.get("system", "")), comparable(str(value["code"])))]
    return _coded(value.get("value"))


def comparable(text: str) -> str:
    """The text by which two values are compared: numbers without trailing zeros."""
    if _NUMBER.fullmatch(text) is None:
        return text
    number = Decimal(text)
    return "0" if not number else format(number.normalize(), "f")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def period(row: Mapping[str, Any]) -> tuple[str, str]:
    """(start, end) of a row's valid period, both included; "" where it is open."""
    for extension in row.get("extension", ()):
        if extension.get("url") == PERIOD:
            within = extension.get("valuePeriod", {})
            return str(within.get("start", "")), str(within.get("end", ""))
    return "", ""


def within(start: str, end: str, day: str) -> bool:
    """Whether a day lies in a period, compared to the precision both have."""
    after = not start or day[: len(start)] >= start[: len(day)]
    return after and (not end or day[: len(end)] <= end[: len(day)])
