"""Which rules have to keep what stands beside a primitive: its id and its extensions.

Most rules need the value alone, and code that carries both is slower.
Source: https://hl7.org/fhir/R4/json.html#primitive
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hub.mapping.emit import Resource, Unit
from hub.mapping.names import Names, Var, written_to

Find = Callable[[Unit, str], list[tuple[Unit, Resource]]]
_DEEPEST = 12  #: groups passing a parameter on to groups


def looked_at(rule: Resource, names: Names, find: Find, unit: Unit) -> bool:
    """Must the first source of a rule bring the id and extensions of its primitive?"""
    variable = str(rule["source"][0].get("variable", ""))
    if not variable:
        return False
    if _copied(rule, variable) and _can_hold(rule, names):
        return True
    return _used([{**rule, "source": rule["source"][1:]}], variable, find, unit, 0)


def wants(unit: Unit, group: Resource, position: int, find: Find, depth: int = 0) -> bool:
    """Does a group look at the id or extensions of this parameter, or of the groups it extends?"""
    inputs = group.get("input", ())
    if depth > _DEEPEST or position >= len(inputs):
        return False
    name = str(inputs[position]["name"])
    if _used(group.get("rule", ()), name, find, unit, depth + 1):
        return True
    bases = find(unit, str(group["extends"])) if group.get("extends") else []
    return any(
        wants(base_unit, base, n, find, depth + 1)
        for base_unit, base in bases
        if base is not group
        for n, given in enumerate(base.get("input", ()))
        if given["name"] == name
    )


def taken_along(target: Resource, context: Var, names: Names) -> str:
    """Python for the id and extensions that a plain copy takes along; "" for none."""
    given = list(target.get("parameter", ()))
    copied = names.get(str(given[0].get("valueId", ""))) if len(given) == 1 else None
    if target.get("transform") != "copy" or copied is None:
        return ""
    logical = context.type is not None and context.type.kind == "logical"
    return "" if logical else copied.beside


def _used(rules: Sequence[Resource], name: str, find: Find, unit: Unit, depth: int) -> bool:
    for rule in rules:
        own = [s for s in rule.get("source", ()) if s.get("context") == name]
        elements = [str(source.get("element", "")) for source in own]
        if any(element.partition(".")[0] in ("extension", "id") for element in elements):
            return True
        same = {name, *(str(s.get("variable", "")) for s in own if not s.get("element"))} - {""}
        if any(_used_as(rule, each, find, unit, depth) for each in same):
            return True
    return False


def _used_as(rule: Resource, name: str, find: Find, unit: Unit, depth: int) -> bool:
    """Do the targets, the groups called or the nested rules of a rule need it?"""
    return (
        (depth > 0 and any(_copy_of(target, name) for target in rule.get("target", ())))
        or any(_passed(each, name, find, unit, depth) for each in rule.get("dependent", ()))
        or _used(rule.get("rule", ()), name, find, unit, depth or 1)
    )


def _passed(dependent: Resource, name: str, find: Find, unit: Unit, depth: int) -> bool:
    found = find(unit, str(dependent["name"]))
    given = [p.get("valueId") for p in dependent.get("parameter") or ()]
    return any(
        wants(of, group, n, find, depth + 1)
        for of, group in found
        for n, each in enumerate(given)
        if each == name
    )


def _copied(rule: Resource, variable: str) -> bool:
    """Does a target of a rule with one source copy its variable as it is?"""
    targets = rule.get("target", ())
    return len(rule["source"]) == 1 and any(_copy_of(target, variable) for target in targets)


def _can_hold(rule: Resource, names: Names) -> bool:
    """Can a target hold the id and extensions of a primitive? Logical models cannot."""
    targets = [(str(t.get("context")), str(t.get("element", ""))) for t in rule["target"]]
    owners = [(written_to(names, context), element) for context, element in targets]
    return any(
        owner is None or owner.type is None or owner.type.kind != "logical" or "." in element
        for owner, element in owners
    )


def _copy_of(target: Resource, variable: str) -> bool:
    given = list(target.get("parameter", ()))
    if target.get("transform") == "create":
        return not given and target.get("variable") == variable
    return target.get("transform") == "copy" and given == [{"valueId": variable}]


def written_into(rule: Resource, variable: str, find: Find, unit: Unit) -> bool:
    """Does a rule, or one below it, write into what a variable of a target holds?"""
    waiting = [rule]
    while waiting:
        each = waiting.pop()
        waiting += each.get("rule", ())
        if any(t.get("context") == variable and "element" in t for t in each.get("target", ())):
            return True
        for dependent in each.get("dependent", ()):
            given = [p.get("valueId") for p in dependent.get("parameter") or ()]
            for _, group in find(unit, str(dependent["name"]))[:1]:
                modes = [i.get("mode") for i in group.get("input", ())]
                if (variable, "target") in zip(given, modes, strict=False):
                    return True
    return False
