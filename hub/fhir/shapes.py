"""Compiles the official tables into checks: unknown elements, cardinality, choices, JSON types.

Source: https://hl7.org/fhir/R4/json.html and the StructureDefinitions. A check gives None when
it finds nothing, so that paths are only built for faults.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import RLock
from typing import Any

from hub.fhir import messages
from hub.fhir.bindings import check_system, code_check, coding_check
from hub.fhir.bundle_rules import ENTRY_RULES, WHOLE_RULES
from hub.fhir.claim_rules import CLAIM_RULES
from hub.fhir.datatype_rules import DATATYPE_RULES
from hub.fhir.findings import MOST, Check, Finding, Node, Place, under
from hub.fhir.money import check_money
from hub.fhir.narrative import check_narrative
from hub.fhir.primitives import CHECKS, wrong_json
from hub.fhir.repeats import pair_check, repeated_check
from hub.fhir.resource_rules import resource_rule
from hub.fhir.targets import reference_check, resource_names
from hub.formats.definitions import definition

Row = Mapping[str, Any]
Choice = tuple[str, frozenset[str], bool]  #: stem, its JSON names, required
BOUND = ("Coding", "CodeableConcept", "Quantity")
#: What a rule may stumble over in an object whose shape is refused already.
STUMBLES = (AttributeError, TypeError, ValueError, LookupError, ArithmeticError)

#: Rules the tables do not carry.
OWN_RULES: dict[str, list[Check]] = {
    "Money": [check_money],
    "Coding": [check_system],
    "Claim": CLAIM_RULES,
    "Bundle": WHOLE_RULES,
    "Bundle.entry": ENTRY_RULES,
}

OUTSIDE = Place(frozenset(), in_bundle=False)
IN_BUNDLE = Place(frozenset(), in_bundle=True)


class Shape:
    """The check of one object: a resource, a datatype or a backbone element."""

    __slots__ = ("choices", "fields", "pairs", "required", "rules")

    def __init__(self) -> None:
        self.fields: dict[str, Check] = {}  #: JSON name → its check
        self.required: list[str] = []
        self.choices: list[Choice] = []
        self.pairs: dict[str, Check] = {}  #: "_given" → check of [values, extensions]
        self.rules: list[Check] = []

    def check(self, value: Node, place: Place) -> list[Finding] | None:
        """All findings of one object, None when there is none."""
        if value.__class__ is not dict:
            return wrong_json(value, "un objet { … }", "an object { … }")
        if not value or (len(value) == 1 and "id" in value):
            return messages.empty_object()
        out: list[Finding] = []
        fields = self.fields
        if self.pairs and not value.keys().isdisjoint(self.pairs):
            fields = self._check_pairs(value, place, out)
        for key, item in value.items():
            test = fields.get(key)
            if test is None:
                out += messages.unknown(key) if len(out) < MOST else []
            else:
                bad = test(item, place)
                if bad is not None and not _only_identified(key, item, value):
                    out += under(f".{key.removeprefix('_')}", bad)
        if self.required or self.choices or self.rules:
            self._check_whole(value, place, out)
        return out or None

    def _check_whole(self, value: Node, place: Place, out: list[Finding]) -> None:
        """What is missing, given twice, or against a rule."""
        for key in self.required:
            if key not in value and f"_{key}" not in value:
                out += messages.missing(key)
        for choice in self.choices:
            out += _check_choice(value, choice)
        for rule in self.rules if len(out) < MOST else ():
            bad = rule(value, place) if not out else _cautiously(rule, value, place)
            if bad is not None:
                out += bad

    def _check_pairs(self, value: Node, place: Place, out: list[Finding]) -> dict[str, Check]:
        """Check the paired arrays; gives the checks for the rest of the object."""
        rest = dict(self.fields)
        for name in self.pairs.keys() & value.keys():
            key = name[1:]
            rest[key] = rest[name] = _accept
            bad = self.pairs[name]([value.get(key), value[name]], place)
            if bad is not None:
                out += under(f".{key}", bad)
        return rest


def check_resource(value: Node, place: Place) -> list[Finding] | None:
    """The findings of a resource of any type; `place` tells what surrounds it."""
    if value.__class__ is not dict:
        return wrong_json(value, "un objet { … }", "an object { … }")
    name = value.get("resourceType")
    if name.__class__ is not str:
        return messages.no_resource_type()
    if name not in resource_names():
        return messages.unknown_resource(name)
    return shape(name).check(value, place)


def place_of(resource: Node, outer: Place) -> Place:
    """Where the elements of a resource stand that is not contained in another."""
    contained = resource.get("contained") if resource.__class__ is dict else None
    if contained.__class__ is not list:
        return outer
    ids = (c.get("id") for c in contained if c.__class__ is dict)
    return Place(frozenset(i for i in ids if i.__class__ is str), outer.in_bundle)


def shape(path: str) -> Shape:
    """The shape of a type ("Claim", "Period") or of an element with children ("Claim.item")."""
    known = _ready.get(path)
    if known is not None:
        return known
    with _compiling:
        known = _ready.get(path) or _unfinished.get(path)
        return _compiled(path) if known is None else known


#: Shapes refer to each other in circles: none is handed to another thread before all are whole.
_ready: dict[str, Shape] = {}
_unfinished: dict[str, Shape] = {}
_compiling = RLock()


def _compiled(path: str) -> Shape:
    outermost = not _unfinished
    new = _unfinished[path] = Shape()
    try:
        _fill(new, path)
        if outermost:
            _ready.update(_unfinished)
    finally:
        if outermost:
            _unfinished.clear()
    return new


def _accept(value: Node, place: Place) -> None:
    return None


def _only_identified(key: str, item: Node, value: Node) -> bool:
    """Has a primitive with a value an id and nothing else beside it? That is legal."""
    return key[0:1] == "_" and key[1:] in value and item.__class__ is dict and item.keys() == {"id"}


def _cautiously(rule: Check, value: Node, place: Place) -> list[Finding] | None:
    try:
        return rule(value, place)
    except STUMBLES:
        return None


def _check_choice(value: Node, choice: Choice) -> list[Finding]:
    stem, keys, needed = choice
    present = value.keys() & keys
    if not present:
        return messages.missing(f"{stem}[x]") if needed else []
    plain = {key.lstrip("_") for key in present} if len(present) > 1 else present
    return messages.several(stem, plain) if len(plain) > 1 else []


def _fill(new: Shape, path: str) -> None:
    type_name = path.split(".", 1)[0]
    table = definition(type_name)
    if table is None:
        raise LookupError(f"FHIR R4 has no type {type_name}")
    elements: Mapping[str, Row] = table["elements"]
    depth = path.count(".") + 1
    for child, row in elements.items():
        if child.startswith(f"{path}.") and child.count(".") == depth and row["max"] != "0":
            _add(new, child, row)
    if depth == 1 and table["kind"] == "resource":
        new.fields["resourceType"] = CHECKS["code"]
        new.fields["id"] = CHECKS["id"]
    new.rules = _rules(path, elements[path])


def _rules(path: str, row: Row) -> list[Check]:
    rules = []
    for key in row.get("invariants", []):
        rule = resource_rule(path, key) or DATATYPE_RULES.get(key)
        rules += [rule] if rule else []
    return rules + OWN_RULES.get(path, [])


def _add(new: Shape, path: str, row: Row) -> None:
    name = path.rsplit(".", 1)[-1]
    types = row.get("types", [""])
    if not name.endswith("[x]"):
        _add_field(new, name, path, types[0], row)
        if row["min"]:
            new.required.append(name)
        return
    stem = name[:-3]
    keys = set()
    for type_name in types:
        key = stem + type_name[0].upper() + type_name[1:]
        _add_field(new, key, path, type_name, row)
        keys |= {key, f"_{key}"} & new.fields.keys()
    new.choices.append((stem, frozenset(keys), bool(row["min"])))


def _add_field(new: Shape, name: str, path: str, type_name: str, row: Row) -> None:
    many = row["max"] == "*"
    check = _element_check(name, path, type_name, row)
    new.fields[name] = repeated_check(check) if many else check
    if type_name not in CHECKS:
        return
    extension = shape("Element").check
    if many:
        new.pairs[f"_{name}"] = pair_check(check, extension)
    else:
        new.fields[f"_{name}"] = extension


def _element_check(name: str, path: str, type_name: str, row: Row) -> Check:
    if "ref" in row:
        return shape(row["ref"]).check
    if type_name in ("BackboneElement", "Element"):
        return shape(path).check
    if type_name == "Resource":
        return _inner(path)
    if type_name == "xhtml":
        return check_narrative
    strength, value_set = row.get("binding", ("", ""))
    required = strength == "required"
    if type_name in CHECKS:
        if name == "implicitRules":
            return _refuse_rules
        check = CHECKS[type_name]
        return code_check(value_set, check) if required else check
    if name == "modifierExtension":
        return _refuse_modifier
    check = shape(type_name).check
    if type_name == "Reference":
        return reference_check(tuple(row.get("targets", ())), check)
    if required and type_name in BOUND:
        check = coding_check(value_set, type_name, check)
    extra = [resource_rule(path, key) for key in row.get("invariants", [])]
    return _with_rules(check, [rule for rule in extra if rule])


def _with_rules(check: Check, rules: list[Check]) -> Check:
    if not rules:
        return check

    def both(value: Node, place: Place) -> list[Finding] | None:
        out = check(value, place)
        for rule in rules:
            out = out or rule(value, place)
        return out

    return both


def _inner(path: str) -> Check:
    if path.endswith(".contained"):
        return check_resource
    bundled = path.startswith("Bundle.")

    def inner(value: Node, place: Place) -> list[Finding] | None:
        return check_resource(value, place_of(value, IN_BUNDLE if bundled else OUTSIDE))

    return inner


def _refuse_rules(value: Node, place: Place) -> list[Finding]:
    return CHECKS["uri"](value, place) or messages.implicit_rules()


def _refuse_modifier(value: Node, place: Place) -> list[Finding]:
    return shape("Extension").check(value, place) or messages.unknown_modifier([value])
