"""What FHIRPath computes with: children, types, equality, order.

A collection is a list; its items are dict, str, bool, int, Decimal, Temporal or Quantity.
Source: https://hl7.org/fhirpath/N1/#operations
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

from hub.formats import definitions
from hub.mapping.fhirpath.quantities import definite, number, quantity, scaled, unlike
from hub.mapping.fhirpath.temporal import Quantity, Temporal, compare, temporal
from hub.mapping.findings import Failure

Collection = list[Any]


@cache
def _chosen(key: str, name: str) -> bool:
    """Is `key` the JSON name of a choice element `name`: valueQuantity of value?"""
    rest = key[len(name) :]
    if not rest or not key.startswith(name):
        return False
    return definitions.definition(rest) is not None or (
        definitions.definition(rest[:1].lower() + rest[1:]) is not None
    )


def get(item: Any, name: str) -> Collection:
    """The children of one item by name; `value` finds valueQuantity too."""
    if type(item) is dict:
        value = item.get(name)
        if value is None:
            for key in item:
                if key.startswith(name) and _chosen(key, name):
                    value = item[key]
                    break
            else:
                return []
        return value if isinstance(value, list) else [value]
    return [item] if name == "value" and not isinstance(item, Quantity) else []


def child(items: Collection, name: str) -> Collection:
    """The children of all items by name."""
    if len(items) == 1:
        return get(items[0], name)
    return [value for item in items for value in get(item, name) if value is not None]


def nodes(item: Any, name: str) -> Collection:
    """The primitives of a name; one that only has an extension is a tree of its own."""
    found = item.get(name) if type(item) is dict else None
    if found is not None and type(found) is not list:
        return [found]
    beside_ = many(item.get("_" + name)) if type(item) is dict else []
    count = max(len(found or ()), len(beside_))
    listed = [*(found or ()), *[None] * (count - len(found or ()))]
    return [
        value if value is not None else extra
        for value, extra in zip(listed, [*beside_, *[None] * count], strict=False)
        if value is not None or extra is not None
    ]


def beside(items: Collection, name: str) -> Collection:
    """The ids and extensions of the primitives of a name. https://hl7.org/fhir/R4/json.html"""
    return [
        extra
        for item in items
        if type(item) is dict
        for extra in many(item.get("_" + name))
        if extra is not None
    ]


class Misshapen(TypeError):
    """A list where the type has one value: the tree must be read with more care."""


def misshapen() -> bool:
    """Raises Misshapen; a condition the Python of an expression calls."""
    raise Misshapen("a list stands where one value belongs")


def moments(items: Collection, kind: str = "") -> Collection:
    """Texts of a tree that are dates, as dates; `kind` when the element's type says which."""
    found = [(temporal(i) or i) if type(i) is str else i for i in items]
    return [Temporal(i, kind) if kind and isinstance(i, Temporal) else i for i in found]


def many(value: Any) -> Collection:
    """A variable's value as a collection."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def one(items: Collection) -> Any:
    """The only item, None when there is none.

    Raises:
        Failure: more than one item.
    """
    if not items:
        return None
    if len(items) > 1:
        raise Failure(
            f"one value expected, {len(items)} found",
            f"Une seule valeur est attendue, {len(items)} trouvées : "
            "ajoutez first() ou une condition where",
        )
    return items[0]


def true(items: Collection) -> bool:
    """A criterion: empty is false, a single item that is no boolean is true."""
    value = one(items)
    return value is not None and value is not False


def truth(items: Collection) -> bool | None:
    """A three-valued operand of and, or, xor, implies."""
    value = one(items)
    return None if value is None else value is not False


def same(left: Any, right: Any) -> bool | None:
    """Equality of two items; None when precisions do not allow to say."""
    if number(left) and number(right):
        return bool(left == right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, Temporal) or isinstance(right, Temporal):
        mine = temporal(left) if isinstance(left, str) else None
        theirs = temporal(right) if isinstance(right, str) else None
        if mine is None or theirs is None:
            return False
        if mine.kind == theirs.kind and str(mine) == str(theirs):
            return True
        if (mine.kind == "time") != (theirs.kind == "time"):
            return False
        order = compare(mine, theirs)
        return None if order is None else order == 0
    if isinstance(left, Quantity) or isinstance(right, Quantity):
        a, b = quantity(left), quantity(right)
        if a is None or b is None:
            return False
        (x, unit), (y, other) = scaled(a), scaled(b)
        return x == y if unit == other else None if "month" in (unit, other) else False
    return bool(left == right)


def equal(left: Collection, right: Collection) -> Collection:
    """`=`"""
    if not left or not right:
        return []
    if len(left) != len(right):
        return [False]
    for a, b in zip(left, right, strict=True):
        verdict = same(a, b)
        if verdict is not True:
            return [] if verdict is None else [False]
    return [True]


def unequal(left: Collection, right: Collection) -> Collection:
    """`!=`"""
    verdict = equal(left, right)
    return [not verdict[0]] if verdict else []


def _alike(left: Any, right: Any) -> bool:
    if isinstance(left, Temporal) or isinstance(right, Temporal):
        return same(left, right) is True
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold().split() == right.casefold().split()
    if number(left) and number(right):
        places = min(-int(Decimal(v).as_tuple().exponent) for v in (left, right))
        step = Decimal(1).scaleb(-max(places, 0))
        return Decimal(left).quantize(step) == Decimal(right).quantize(step)
    if type(left) is dict and type(right) is dict:
        return left.keys() == right.keys() and all(
            equivalent(many(left[k]), many(right[k]))[0] for k in left
        )
    a, b = quantity(left), quantity(right)
    if a is not None and b is not None:
        return _alike_quantities(definite(a), definite(b))
    return same(left, right) is True


def _alike_quantities(left: Quantity, right: Quantity) -> bool:
    """Equal when both are rounded to the digits of the less precise one."""
    (x, unit), (y, other) = scaled(left), scaled(right)
    if unit != other:
        return False
    steps = [
        scaled(Quantity(Decimal(1).scaleb(int(q.value.as_tuple().exponent)), q.unit, q.calendar))
        for q in (left, right)
    ]
    step = max(steps[0][0], steps[1][0])
    return (x / step).to_integral_value() == (y / step).to_integral_value()


def equivalent(left: Collection, right: Collection) -> Collection:
    """`~`: case, spaces and order do not count."""
    if len(left) != len(right):
        return [False]
    rest = list(right)
    for item in left:
        for index, other in enumerate(rest):
            if _alike(item, other):
                del rest[index]
                break
        else:
            return [False]
    return [True]


def inequivalent(left: Collection, right: Collection) -> Collection:
    """`!~`"""
    return [not equivalent(left, right)[0]]


def order(left: Collection, right: Collection, operator: str) -> Collection:
    """`<`, `>`, `<=`, `>=`"""
    a, b = one(left), one(right)
    if a is None or b is None:
        return []
    sign = compared(a, b)
    if sign is None:
        return []
    return [
        {"<": sign < 0, ">": sign > 0, "<=": sign <= 0, ">=": sign >= 0}[operator],
    ]


def compared(a: Any, b: Any) -> int | None:
    """-1, 0, 1; None when precisions or units do not allow to say."""
    if number(a) and number(b):
        return int(a > b) - int(a < b)
    if isinstance(a, str) and isinstance(b, str):
        mine, theirs = temporal(a), temporal(b)
        if mine is not None and theirs is not None:
            return compare(mine, theirs)
        if isinstance(a, Temporal) or isinstance(b, Temporal):
            raise unlike(a, b)
        return (a > b) - (a < b)
    if not isinstance(a, (bool, str)) and not isinstance(b, (bool, str)):
        left, right = quantity(a), quantity(b)
        if left is not None and right is not None:
            (x, unit), (y, other) = scaled(left), scaled(right)
            return (x > y) - (x < y) if unit == other else None
    raise unlike(a, b)


def comparable(left: Collection, right: Collection) -> Collection:
    """comparable(): do the units measure the same?"""
    a, b = quantity(one(left)), quantity(one(right))
    if a is None or b is None:
        return []
    return [scaled(a)[1] == scaled(b)[1]]
