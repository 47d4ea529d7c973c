"""The functions of FHIRPath that work on whole collections.

Source: https://hl7.org/fhirpath/N1/#functions
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from hub.mapping.fhirpath import types, values
from hub.mapping.fhirpath.values import Collection, many, one, same, true
from hub.mapping.findings import Failure

Criterion = Callable[[Any, int], Collection]


class Budget(Protocol):
    """Counts steps, so that no expression runs for ever."""

    def spend(self, steps: int) -> None:
        """Raises Failure when the budget is used up."""


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
    return found


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
    seen: set[int] = set()
    waiting = list(items)
    while waiting:
        new: Collection = []
        for item in waiting:
            for result in test(item, 0):
                run.spend(1 + len(found))
                known = id(result) in seen if type(result) is dict else _in(result, found)
                if not known:
                    seen.add(id(result))
                    found.append(result)
                    new.append(result)
        waiting = new
    return found


def aggregate(
    run: Budget,
    items: Collection,
    step: Callable[[Any, int, Collection], Collection],
    total: Collection,
) -> Collection:
    """The total after every item."""
    for index, item in enumerate(items):
        run.spend(1)
        total = step(item, index, total)
    return total


def sort(run: Budget, items: Collection, key: Criterion | None = None) -> Collection:
    """In ascending order of the key."""
    run.spend(len(items))
    return sorted(items, key=lambda item: one(key(item, 0)) if key else item)


def _in(item: Any, items: Collection) -> bool:
    return any(same(item, other) is True for other in items)


def distinct(items: Collection) -> Collection:
    """Each once, in order of appearance."""
    found: Collection = []
    plain: set[Any] = set()
    for item in items:
        if type(item) is str:
            if item in plain:
                continue
            plain.add(item)
        elif _in(item, found):
            continue
        found.append(item)
    return found


def is_distinct(items: Collection) -> Collection:
    """Does no item appear twice?"""
    return [len(distinct(items)) == len(items)]


def union(left: Collection, right: Collection) -> Collection:
    """`|`"""
    return distinct(left + right)


def intersect(left: Collection, right: Collection) -> Collection:
    """What is in both."""
    return [item for item in distinct(left) if _in(item, right)]


def exclude(left: Collection, right: Collection) -> Collection:
    """What is not in the other."""
    return [item for item in left if not _in(item, right)]


def subset_of(left: Collection, right: Collection) -> Collection:
    """Is every item in the other?"""
    return [all(_in(item, right) for item in left)]


def superset_of(left: Collection, right: Collection) -> Collection:
    """Does it hold every item of the other?"""
    return subset_of(right, left)


def member(left: Collection, right: Collection) -> Collection:
    """`in`"""
    item = one(left)
    return [] if item is None else [_in(item, right)]


def contained(left: Collection, right: Collection) -> Collection:
    """`contains` as an operator."""
    return member(right, left)


def index(items: Collection, where_: Collection) -> Collection:
    """`[n]`"""
    place = one(where_)
    if not isinstance(place, int) or not 0 <= place < len(items):
        return []
    return [items[place]]


def first(items: Collection) -> Collection:
    """The first item."""
    return items[:1]


def last(items: Collection) -> Collection:
    """The last item."""
    return items[-1:]


def tail(items: Collection) -> Collection:
    """All but the first."""
    return items[1:]


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


def count(items: Collection) -> Collection:
    """How many."""
    return [len(items)]


def empty(items: Collection) -> Collection:
    """Is there none?"""
    return [not items]


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


def extension(items: Collection, url: Collection) -> Collection:
    """Extensions with this url."""
    wanted = one(url)
    return [
        e for e in values.child(items, "extension") if type(e) is dict and e.get("url") == wanted
    ]


def of_type(items: Collection, name: str) -> Collection:
    """Items that have this type."""
    return [item for item in items if types.conforms(item, name)]


def is_type(items: Collection, name: str) -> Collection:
    """Has the only item this type?"""
    item = one(items)
    return [] if item is None else [types.conforms(item, name)]


def conforms_to(items: Collection, profile: Collection) -> Collection:
    """conformsTo(): the type a core profile names; other profiles are not known here."""
    item, url = one(items), str(one(profile) or "")
    if item is None:
        return []
    if not url.startswith("http://hl7.org/fhir/StructureDefinition/"):
        raise Failure(
            f"conformsTo: the profile {url} is not known here",
            f"conformsTo : le profil {url} n’est pas connu ici ; testez les éléments un à un",
        )
    return [types.conforms(item, url.rsplit("/", 1)[-1])]


def choice(items: Collection, name: str, wanted: str) -> Collection:
    """`a.value.ofType(T)`: the form of a choice element that has this type."""
    plain = wanted.rpartition(".")[2]
    key = name + plain[:1].upper() + plain[1:]
    found: Collection = []
    for item in items:
        if type(item) is dict and key in item:
            found += many(item[key])
        elif type(item) is dict and name in item:
            found += of_type(many(item[name]), wanted)
    return found


def is_choice(items: Collection, name: str, wanted: str) -> Collection:
    """`a.value is T`"""
    if not values.child(items, name):
        return []
    return [bool(choice(items, name, wanted))]


def root(item: Any, name: str) -> Collection:
    """`Patient.name`: the type's name at the start stands for the item itself."""
    if type(item) is dict and types.inherits(str(item.get("resourceType", "")), name):
        return [item]
    return values.get(item, name)


def iif(items: Collection, choose: Callable[[Any], Collection]) -> Collection:
    """`a.iif(…)`"""
    item = one(items)
    return choose(item) if item is not None else choose({})


def converts(items: Collection, result: Collection) -> Collection:
    """convertsTo…()"""
    return [bool(result)] if items else []


def has_value(items: Collection) -> Collection:
    """hasValue(): a single primitive."""
    return [len(items) == 1 and type(items[0]) is not dict]
