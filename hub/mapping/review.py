"""What is suspicious in a map though each rule alone is right.

Unreachable groups, two groups of one name, two default groups for the same types, and required
target elements that no rule fills. Source: https://hl7.org/fhir/R5/mapping-language.html#groups
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from hub.mapping.emit import Module, Resource, Unit, Writer
from hub.mapping.types import Type

Pair = Callable[[Unit, Resource], tuple[str, ...]]
Find = Callable[[Unit, str], list[tuple[Unit, Resource]]]
_DEEPEST = 8  #: groups followed to see what they fill


def review(
    module: Module, unit: Unit, pair: Pair, find: Find, reached: Callable[[Resource], bool]
) -> None:
    """Record the findings of a map that was compiled as a whole."""
    groups: Sequence[Resource] = unit.parsed.resource.get("group", ())
    _twice(module, unit, groups)
    _defaults(module, unit, groups, pair)
    called = {str(group.get("extends", "")) for group in groups}
    library = unit.parsed.library or bool(groups and groups[0].get("typeMode"))
    for index, group in enumerate(groups):
        writer = Writer(module, unit, group)
        alone = not reached(group) and not group.get("typeMode") and not _in(called, group)
        if index and alone and not library:
            writer.warn(
                group,
                f"group {group['name']} is never called from {groups[0]['name']}",
                f"Le groupe {group['name']} n’est jamais appelé depuis {groups[0]['name']}",
            )
        if (not index and not library) or group.get("typeMode"):
            _required(writer, group, find)


def _in(names: set[str], group: Resource) -> bool:
    return str(group["name"]) in names


def _twice(module: Module, unit: Unit, groups: Sequence[Resource]) -> None:
    seen: set[str] = set()
    for group in groups:
        name = str(group["name"])
        if name in seen:
            Writer(module, unit, group).wrong(
                group,
                f"two groups are called {name}; rename one",
                f"Deux groupes s’appellent {name} ; renommez-en un",
            )
        seen.add(name)


def _defaults(module: Module, unit: Unit, groups: Sequence[Resource], pair: Pair) -> None:
    seen: dict[tuple[str, ...], str] = {}
    for group in groups:
        if not group.get("typeMode") or group["typeMode"] == "none":
            continue
        types = pair(unit, group)
        first = seen.setdefault(types, str(group["name"]))
        if first != group["name"] and len(types) == 2:
            Writer(module, unit, group).wrong(
                group,
                f"{first} and {group['name']} are both the default group from {types[0]} to "
                f"{types[1]}; keep one",
                f"{first} et {group['name']} sont tous deux le groupe par défaut de {types[0]} "
                f"vers {types[1]} ; n’en gardez qu’un",
            )


def _required(writer: Writer, group: Resource, find: Find) -> None:
    """The target of an entry or default group, with all that the groups it calls fill."""
    for given in group.get("input", ()):
        if given["mode"] != "target" or not given.get("type"):
            continue
        made = writer.module.schema.type(writer.unit.named(given["type"], "target"))
        filled = _filled(writer.unit, group, str(given["name"]), find, _DEEPEST)
        if made is None or filled is None:
            continue
        missing = [
            f"{made.name}.{element.name}"
            for element in made.elements.values()
            if element.least and not any(_names(made, each, element.name) for each in filled)
        ]
        if missing:
            listed = ", ".join(missing)
            writer.warn(
                group,
                f"no rule fills {listed}; the definition requires it",
                f"Aucune règle ne remplit {listed}, que la définition exige",
            )


def _filled(unit: Unit, group: Resource, name: str, find: Find, depth: int) -> set[str] | None:
    """The elements of a target that a group fills, None when nobody can say."""
    rules = list(_all(group.get("rule", ())))
    targets = [t for rule in rules for t in rule.get("target", ()) if t.get("context") == name]
    if not depth or any("element" not in target for target in targets):
        return None
    filled = {str(target.get("element", "")).split(".")[0] for target in targets}
    calls = [
        (str(dependent["name"]), place)
        for rule in rules
        for dependent in rule.get("dependent", ())
        for place, given in enumerate(dependent.get("parameter", ()))
        if given.get("valueId") == name
    ]
    if group.get("extends"):
        names = [str(given["name"]) for given in group.get("input", ())]
        calls.append((str(group["extends"]), names.index(name)))
    for called, place in calls:
        found = find(unit, called)
        if len(found) != 1 or len(found[0][1].get("input", ())) <= place:
            return None
        inner = found[0][1]["input"][place]
        more = _filled(*found[0], str(inner["name"]), find, depth - 1)
        if more is None:
            return None
        filled |= more
    return filled


def _names(made: Type, written: str, name: str) -> bool:
    found = made.find(written)
    return found is not None and found[0].name == name


def _all(rules: Sequence[Resource]) -> Iterator[Resource]:
    for rule in rules:
        yield rule
        yield from _all(rule.get("rule", ()))
