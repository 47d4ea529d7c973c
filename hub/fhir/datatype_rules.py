"""The invariants of the R4 datatypes, by their ids: https://hl7.org/fhir/R4/datatypes.html"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from hub.fhir.findings import Check, Finding, Node, Place, fault
from hub.fhir.moments import is_after

UCUM = "http://unitsofmeasure.org"
MEALS = {"C", "CM", "CD", "CV"}
#: Invariants of datatypes that are not applied, and why.
NOT_APPLIED_DATATYPES = {
    **{
        f"eld-{n}": "ElementDefinition only occurs in StructureDefinition, which the hub does "
        "not take from providers"
        for n in [*range(1, 9), *range(11, 23)]
    },
}


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _rule(broken: Callable[[Node], object], key: str, fr: str, en: str, path: str = "") -> Check:
    def check(value: Node, place: Place) -> list[Finding] | None:
        if broken(value):
            return fault(
                "invariant", f"{_sentence(fr)} ({key}).", f"{_sentence(en)} ({key}).", path
            )
        return None

    return check


def _needs(key: str, given: str, needed: str) -> Check:
    """`given` may only stand beside `needed`."""
    return _rule(
        lambda v: (given in v or f"_{given}" in v) and needed not in v and f"_{needed}" not in v,
        key,
        f"« {given} » est donné sans « {needed} » : ajoutez « {needed} »",
        f"{given} is given without {needed}: add {needed}",
        f".{needed}",
    )


def _one_of(key: str, *names: str) -> Check:
    listed = ", ".join(names)
    return _rule(
        lambda v: sum(_has(v, name) for name in names) != 1,
        key,
        f"il faut exactement un élément parmi : {listed}. Gardez-en ou ajoutez-en un seul",
        f"exactly one of these is needed: {listed}. Keep or add a single one",
    )


def _has(value: Node, name: str) -> bool:
    return name in value or f"_{name}" in value


def _any(value: Node, stem: str) -> bool:
    """Is a choice element given?"""
    return any(key.lstrip("_").startswith(stem) for key in value)


def _negative(name: str) -> Callable[[Node], object]:
    return lambda v: v.get(name, 0) < 0


def _after(value: Node) -> bool:
    return "start" in value and "end" in value and is_after(value["start"], value["end"])


def _low_above_high(value: Node) -> bool:
    low, high = value.get("low", {}), value.get("high", {})
    same = all(low.get(unit) == high.get(unit) for unit in ("unit", "system", "code"))
    return same and "value" in low and "value" in high and low["value"] > high["value"]


def _ratio(value: Node) -> bool:
    both = ("numerator" in value) + ("denominator" in value)
    return both == 1 or (both == 0 and "extension" not in value)


def _not_ucum(value: Node) -> bool:
    bare = "value" in value and not _has(value, "code")
    return bare or value.get("system", UCUM) != UCUM


def _count(value: Node) -> bool:
    number = value.get("value", 0)
    fraction = isinstance(number, Decimal) and number != number.to_integral_value()
    return _not_ucum(value) or value.get("code", "1") != "1" or fraction


def _duration(value: Node) -> bool:
    return "code" in value and not (value.get("system") == UCUM and _has(value, "value"))


def _trigger(value: Node) -> bool:
    kind = value.get("type", "")
    return (
        (kind == "named-event" and not _has(value, "name"))
        or (kind == "periodic" and not _any(value, "timing"))
        or (kind.startswith("data-") and "data" not in value)
    )


def _extension(value: Node) -> bool:
    return ("extension" in value) == _any(value, "value")


UNITS_FR = "l’unité doit être un code UCUM, avec une valeur qui convient ; corrigez-la"
UNITS_EN = "the unit must be a UCUM code, with a value that fits; correct it"

#: id → check of the object that holds the invariant
DATATYPE_RULES: dict[str, Check] = {
    "ext-1": _rule(
        _extension,
        "ext-1",
        "une extension porte une valeur ou des extensions, jamais les deux ni aucune ; corrigez-la",
        "an extension has a value or extensions, never both nor neither; correct it",
    ),
    "per-1": _rule(
        _after,
        "per-1",
        "la fin précède le début ; corrigez l’une des deux dates",
        "the end is before the start; correct one of the dates",
        ".end",
    ),
    "qty-3": _needs("qty-3", "code", "system"),
    "att-1": _needs("att-1", "data", "contentType"),
    "cpt-2": _needs("cpt-2", "value", "system"),
    "rng-2": _rule(
        _low_above_high,
        "rng-2",
        "la borne basse dépasse la borne haute ; corrigez-les",
        "low is above high; correct them",
        ".low",
    ),
    "rat-1": _rule(
        _ratio,
        "rat-1",
        "numérateur et dénominateur vont ensemble ; ajoutez celui qui manque",
        "numerator and denominator go together; add the missing one",
    ),
    "age-1": _rule(
        lambda v: _not_ucum(v) or v.get("value", 1) <= 0, "age-1", UNITS_FR, UNITS_EN, ".value"
    ),
    "cnt-3": _rule(_count, "cnt-3", UNITS_FR, UNITS_EN, ".value"),
    "dis-1": _rule(_not_ucum, "dis-1", UNITS_FR, UNITS_EN, ".code"),
    "drt-1": _rule(_duration, "drt-1", UNITS_FR, UNITS_EN, ".code"),
    "exp-1": _rule(
        lambda v: not (_has(v, "expression") or _has(v, "reference")),
        "exp-1",
        "donnez « expression » ou « reference »",
        "give expression or reference",
    ),
    "drq-1": _one_of("drq-1", "path", "searchParam"),
    "drq-2": _one_of("drq-2", "path", "searchParam"),
    "trd-1": _rule(
        lambda v: "data" in v and _any(v, "timing"),
        "trd-1",
        "« data » et « timing » s’excluent ; n’en gardez qu’un",
        "data and timing exclude each other; keep one",
    ),
    "trd-2": _needs("trd-2", "condition", "data"),
    "trd-3": _rule(
        _trigger,
        "trd-3",
        "le déclencheur n’a pas ce que son type demande ; ajoutez-le",
        "the trigger lacks what its type asks for; add it",
        ".type",
    ),
    "tim-1": _needs("tim-1", "duration", "durationUnit"),
    "tim-2": _needs("tim-2", "period", "periodUnit"),
    "tim-4": _rule(
        _negative("duration"),
        "tim-4",
        "la durée est négative ; corrigez-la",
        "the duration is negative; correct it",
        ".duration",
    ),
    "tim-5": _rule(
        _negative("period"),
        "tim-5",
        "la période est négative ; corrigez-la",
        "the period is negative; correct it",
        ".period",
    ),
    "tim-6": _needs("tim-6", "periodMax", "period"),
    "tim-7": _needs("tim-7", "durationMax", "duration"),
    "tim-8": _needs("tim-8", "countMax", "count"),
    "tim-9": _rule(
        lambda v: "offset" in v and (not v.get("when") or bool(MEALS & set(v["when"]))),
        "tim-9",
        "« offset » demande un « when » autre que C, CM, CD ou CV ; corrigez-les",
        "offset needs a when other than C, CM, CD or CV; correct them",
        ".offset",
    ),
    "tim-10": _rule(
        lambda v: "timeOfDay" in v and "when" in v,
        "tim-10",
        "« timeOfDay » et « when » s’excluent ; n’en gardez qu’un",
        "timeOfDay and when exclude each other; keep one",
        ".when",
    ),
}
