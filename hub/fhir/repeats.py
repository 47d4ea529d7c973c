"""Arrays, and the extensions of primitives beside them: https://hl7.org/fhir/R4/json.html"""

from __future__ import annotations

from hub.fhir import messages
from hub.fhir.findings import MOST, Check, Finding, Node, Place, fault, under
from hub.fhir.primitives import wrong_json


def repeated_check(check: Check) -> Check:
    """The check of an array whose items pass `check`."""

    def every(value: Node, place: Place) -> list[Finding] | None:
        if value.__class__ is not list:
            return wrong_json(value, "un tableau [ … ]", "an array [ … ]")
        if not value:
            return messages.empty_array()
        out: list[Finding] = []
        for index, item in enumerate(value):
            bad = check(item, place)
            if bad is not None:
                out += under(f"[{index}]", bad)
                if len(out) >= MOST:
                    break
        return out or None

    return every


def pair_check(check: Check, extension: Check) -> Check:
    """The check of [values, extensions] of a repeated primitive; null fills either array."""

    def pairs(value: Node, place: Place) -> list[Finding] | None:
        values, extensions = value
        if extensions.__class__ is not list:
            return wrong_json(extensions, "un tableau [ … ]", "an array [ … ]")
        if values is None:
            values = [None] * len(extensions)
        if values.__class__ is not list:
            return wrong_json(values, "un tableau [ … ]", "an array [ … ]")
        if not extensions:
            return messages.empty_array()
        if len(values) != len(extensions):
            return fault(
                "structure",
                f"Les deux tableaux n’ont pas la même longueur ({len(values)} et "
                f"{len(extensions)}). Complétez le plus court par null.",
                f"The two arrays differ in length ({len(values)} and {len(extensions)}). "
                "Fill the shorter one with null.",
            )
        out: list[Finding] = []
        for index, (item, more) in enumerate(zip(values, extensions, strict=True)):
            bad = [] if item is None else check(item, place) or []
            identified = item is not None and more.__class__ is dict and more.keys() == {"id"}
            bad = bad + ([] if more is None or identified else extension(more, place) or [])
            if item is None and more is None:
                bad = messages.null()
            out += under(f"[{index}]", bad)
        return out or None

    return pairs
