"""What FHIRPath computes with: children, types, equality, order, arithmetic.

A collection is a list; its items are dict, str, bool, int, Decimal, Temporal or Quantity.
Source: https://hl7.org/fhirpath/N1/#operations
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation, localcontext
from functools import cache
from typing import Any

from hub.formats import definitions
from hub.mapping.fhirpath.temporal import Quantity, Temporal, compare, shift, temporal
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


def quantity(item: Any) -> Quantity | None:
    """A literal quantity or a FHIR Quantity; a bare number has the unit 1."""
    if isinstance(item, Quantity):
        return item
    if type(item) is dict and "value" in item:
        unit = str(item.get("code") or item.get("unit") or "1")
        return Quantity(Decimal(str(item["value"])), unit)
    if number(item):
        return Quantity(Decimal(item), "1")
    return None


def number(item: Any) -> bool:
    """An integer or a decimal; true and false are not."""
    return isinstance(item, (int, Decimal)) and not isinstance(item, bool)


_TIME_UNITS = {"weeks": "wk", "week": "wk", "days": "d", "day": "d", "hours": "h", "hour": "h"}
_TIME_UNITS |= {"minutes": "min", "minute": "min", "seconds": "s", "second": "s"}
_TIME_UNITS |= {"milliseconds": "ms", "millisecond": "ms"}
_SCALE: dict[str, tuple[str, Decimal | int]] = {
    "kg": ("g", 1000),
    "mg": ("g", Decimal("0.001")),
    "ug": ("g", Decimal("0.000001")),
}
_SCALE |= {"cm": ("m", Decimal("0.01")), "mm": ("m", Decimal("0.001")), "km": ("m", 1000)}
_SCALE |= {"wk": ("s", 604800), "d": ("s", 86400), "h": ("s", 3600), "min": ("s", 60)}
_SCALE |= {"ms": ("s", Decimal("0.001")), "[lb_av]": ("g", Decimal("453.59237"))}
_SCALE |= {"[in_i]": ("m", Decimal("0.0254")), "L": ("L", 1), "mL": ("L", Decimal("0.001"))}


def scaled(value: Quantity) -> tuple[Decimal, str]:
    """The number in the unit that others of its kind are compared in."""
    unit = _TIME_UNITS.get(value.unit, value.unit)
    root, factor = _SCALE.get(unit, (unit, 1))
    return value.value * factor, root


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
        order = compare(mine, theirs)
        return None if order is None else order == 0
    if isinstance(left, Quantity) or isinstance(right, Quantity):
        a, b = quantity(left), quantity(right)
        return a is not None and b is not None and scaled(a) == scaled(b)
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
    return same(left, right) is True


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
    sign = _order(a, b)
    if sign is None:
        return []
    return [
        {"<": sign < 0, ">": sign > 0, "<=": sign <= 0, ">=": sign >= 0}[operator],
    ]


def _order(a: Any, b: Any) -> int | None:
    if number(a) and number(b):
        return int(a > b) - int(a < b)
    if isinstance(a, str) and isinstance(b, str):
        mine, theirs = temporal(a), temporal(b)
        if mine is not None and theirs is not None:
            return compare(mine, theirs)
        if isinstance(a, Temporal) or isinstance(b, Temporal):
            raise _unlike(a, b)
        return (a > b) - (a < b)
    if not isinstance(a, (bool, str)) and not isinstance(b, (bool, str)):
        left, right = quantity(a), quantity(b)
        if left is not None and right is not None:
            (x, unit), (y, other) = scaled(left), scaled(right)
            return (x > y) - (x < y) if unit == other else None
    raise _unlike(a, b)


def _unlike(a: Any, b: Any) -> Failure:
    kinds = f"{type(a).__name__}, {type(b).__name__}"
    return Failure(
        f"values of these types do not go together: {kinds}",
        f"Ces types ne vont pas ensemble : {kinds} ; convertissez l’un des deux",
    )


def arithmetic(left: Collection, right: Collection, operator: str) -> Collection:
    """`+ - * / div mod`; decimals stay exact to 28 digits, division by zero gives nothing."""
    a, b = one(left), one(right)
    if a is None or b is None:
        return []
    if number(a) and number(b):
        return _numbers(a, b, operator)
    if operator in "+-" and isinstance(a, str) and isinstance(b, (Quantity, dict)):
        moment, amount = temporal(a), quantity(b)
        moved = shift(moment, amount, 1 if operator == "+" else -1) if moment and amount else None
        return [] if moved is None else [moved]
    if operator == "+" and isinstance(a, str) and isinstance(b, str):
        return [str(a) + str(b)]
    return _quantities(a, b, operator)


def _numbers(a: Any, b: Any, operator: str) -> Collection:
    if operator in ("/", "div", "mod") and b == 0:
        return []
    try:
        with localcontext() as context:
            context.prec = 28
            if operator == "/":
                return [Decimal(a) / Decimal(b)]
            if operator == "div":
                return [int(Decimal(a) // Decimal(b))]
            if operator == "mod":
                result = Decimal(a) % Decimal(b)
                return [int(result) if isinstance(a, int) and isinstance(b, int) else result]
            result = a + b if operator == "+" else a - b if operator == "-" else a * b
    except InvalidOperation:
        return []
    return [result] if isinstance(result, Decimal) or abs(result) < 1 << 256 else []


def _quantities(a: Any, b: Any, operator: str) -> Collection:
    left, right = quantity(a), quantity(b)
    if left is None or right is None or isinstance(a, (str, bool)) or isinstance(b, (str, bool)):
        raise _unlike(a, b)
    if operator in ("+", "-") and left.unit == right.unit:
        return [Quantity(_numbers(left.value, right.value, operator)[0], left.unit, left.calendar)]
    if operator in ("*", "/"):
        result = _numbers(left.value, right.value, operator)
        if not result:
            return []
        unit = left.unit if right.unit == "1" else right.unit if left.unit == "1" else ""
        unit = unit or ("1" if operator == "/" and left.unit == right.unit else "")
        unit = unit or f"{left.unit}{'/' if operator == '/' else '.'}{right.unit}"
        return [Quantity(result[0], unit)]
    return []
