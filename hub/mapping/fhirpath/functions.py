"""The functions of FHIRPath that work on whole collections.

Source: https://hl7.org/fhirpath/N1/#functions
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cmp_to_key
from typing import Any, Protocol

from hub.mapping.fhirpath import limits, types, values
from hub.mapping.fhirpath.sets import Seen
from hub.mapping.fhirpath.values import Collection, many, one, true

Criterion = Callable[[Any, int], Collection]


class Budget(Protocol):
    """Counts steps, so that no expression runs for ever."""

    def spend(self, steps: int) -> None:
        """Raises Failure when the budget is used up."""


class Holder(Budget, Protocol):
    """Keeps what defineVariable() names, during one run."""

    defined: dict[str, Collection]


def where(run: Budget, items: Collection, test: Criterion) -> Collection:
    """Items for which the criterion holds."""
    run.spend(len(items))
    return [item for index, item in enumerate(items) if true(test(item, index))]


def select(run: Budget, items: Collection, test: Criterion) -> Collection:
    """The projections of all items, one after another."""
    found: Collection = []
    for index, item in enumerate(items):
        part = test(item, index)
        run.spend(1 + len(part))
        found += part
    return limits.items(found)


def all_(run: Budget, items: Collection, test: Criterion) -> Collection:
    """Does the criterion hold for every item?"""
    run.spend(len(items))
    return [all(true(test(item, index)) for index, item in enumerate(items))]


def exists(run: Budget, items: Collection, test: Criterion | None = None) -> Collection:
    """Is there an item (for which the criterion holds)?"""
    run.spend(len(items))
    if test is None:
        return [bool(items)]
    return [any(true(test(item, index)) for index, item in enumerate(items))]


def repeat(run: Budget, items: Collection, test: Criterion) -> Collection:
    """The projection of the items, of what came out, and so on; each once."""
    found: Collection = []
    seen = Seen()
    waiting = list(items)
    while waiting:
        new: Collection = []
        for item in waiting:
            for result in test(item, 0):
                run.spend(1)
                if seen.add(result):
                    found.append(result)
                    new.append(result)
        limits.items(found)
        waiting = new
    return found


def repeat_all(run: Budget, items: Collection, test: Criterion) -> Collection:
    """As repeat(), what comes twice stays twice."""
    found: Collection = []
    waiting = list(items)
    while waiting:
        waiting = select(run, waiting, test)
        found += waiting
        limits.items(found)
    return found


def coalesce(items: Collection, *options: Collection) -> Collection:
    """The first collection that holds anything."""
    return next((option for option in options if option), [])


def aggregate(
    run: Budget,
    items: Collection,
    step: Callable[[Any, int, Collection], Collection],
    total: Collection,
) -> Collection:
    """The total after every item."""
    for index, item in enumerate(items):
        run.spend(1)
        total = limits.items(step(item, index, total))
    return total


def index(items: Collection, where_: Collection) -> Collection:
    """`[n]`"""
    place = one(where_)
    if not isinstance(place, int) or not 0 <= place < len(items):
        return []
    return [items[place]]


def skip(items: Collection, count: Collection) -> Collection:
    """All but the first few."""
    return items[max(one(count) or 0, 0) :]


def take(items: Collection, count: Collection) -> Collection:
    """The first few."""
    return items[: max(one(count) or 0, 0)]


def single(items: Collection) -> Collection:
    """The only item; an error when there are more."""
    one(items)
    return items


def children(items: Collection) -> Collection:
    """All children of all items."""
    found: Collection = []
    for item in items:
        if type(item) is dict:
            for key, value in item.items():
                if key != "resourceType" and not key.startswith("_"):
                    found += many(value)
    return found


def descendants(run: Budget, items: Collection) -> Collection:
    """All children, their children, and so on."""
    found: Collection = []
    level = children(items)
    while level:
        run.spend(len(level))
        found += level
        level = children(level)
    return found


def sort(
    run: Budget, items: Collection, descending: Sequence[bool], *keys: Criterion
) -> Collection:
    """By the first key, then the next; an item without a value comes last, or first if descending.

    Source: https://build.fhir.org/ig/HL7/FHIRPath/#sortkeyselector-asc--desc-keyselector-asc--desc--collection
    """
    run.spend(len(items))
    found = list(items)
    for key, down in reversed(list(zip(keys or (_itself,), descending, strict=True))):
        values_ = [(one(key(item, index)), item) for index, item in enumerate(found)]
        values_.sort(key=cmp_to_key(_by_value), reverse=down)
        found = [item for _, item in values_]
    return found


def _itself(item: Any, _: int) -> Collection:
    return [item]


def _by_value(left: tuple[Any, Any], right: tuple[Any, Any]) -> int:
    a, b = left[0], right[0]
    if a is None or b is None:
        return int(a is None) - int(b is None)
    return values.compared(a, b) or 0


def define(
    run: Holder, key: str, items: Collection, compute: Criterion | None = None
) -> Collection:
    """defineVariable(): the items go on, the value is held for what follows in the chain."""
    run.defined[key] = items if compute is None else select(run, items, compute)
    return items


def resolve(root: Any, items: Collection) -> Collection:
    """resolve(): in the contained resources and the Bundle at hand, never over a network."""
    wanted = [i.get("reference") if type(i) is dict else i for i in items]
    known: dict[str, Any] = {}
    for entry in values.get(root, "entry") if wanted else ():
        resource = entry.get("resource") if type(entry) is dict else None
        if type(resource) is dict:
            known[f"{resource.get('resourceType')}/{resource.get('id')}"] = resource
            known[str(entry.get("fullUrl"))] = resource
    for resource in values.get(root, "contained"):
        if type(resource) is dict:
            known[f"#{resource.get('id')}"] = resource
    if "#" in wanted:
        known["#"] = root
    return [known[str(w)] for w in wanted if str(w) in known]


def extension(items: Collection, url: Collection) -> Collection:
    """Extensions with this url."""
    wanted = one(url)
    return [
        e for e in values.child(items, "extension") if type(e) is dict and e.get("url") == wanted
    ]


def root(item: Any, name: str) -> Collection:
    """`Patient.name`: the type's name at the start stands for the item itself."""
    if type(item) is dict and types.inherits(str(item.get("resourceType", "")), name):
        return [item]
    return values.get(item, name)


def iif(items: Collection, choose: Callable[[Any], Collection]) -> Collection:
    """`a.iif(…)`"""
    item = one(items)
    return choose(item) if item is not None else choose({})


def converts(items: Collection, convert: Callable[[Collection], Collection]) -> Collection:
    """convertsTo…()"""
    return [bool(convert(items))] if items else []


def has_value(items: Collection) -> Collection:
    """hasValue(): a single primitive."""
    return [len(items) == 1 and type(items[0]) is not dict]
