"""Control totals of a file of records: what they count, found in its tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from hub.formats.records_model import Field, Record, RecordModel, exact_sum
from hub.model import Tree


def value(field: Field, chain: Sequence[Tree], model: RecordModel) -> Any:
    """What a total must be.

    Args:
        field: the total.
        chain: the trees that hold it, from the root down to its own.
        model: the layout.

    Returns:
        An int for a count; for a sum a Decimal, or an int where the field is a whole number.

    Raises:
        ValueError: the sum of fractions is asked for in a field for whole numbers.
    """
    total = field.total
    if total is None:
        raise ValueError(f"{field.element.path} is not a total")
    values = list(_walk(chain[total.depth - 1], total.names))
    number: int | Decimal
    if total.kind == "count":
        number = len(values)
    elif total.kind == "records":
        number = sum(_physical(model.by_path[total.path], one) for one in values)
    else:
        number = exact_sum(values)
    if field.element.type == "decimal":
        return Decimal(number)
    if number != int(number):
        raise ValueError(f"{number} is not a whole number")
    return int(number)


def _walk(tree: Any, names: tuple[str, ...]) -> Iterator[Any]:
    if not names:
        yield tree
        return
    inner = tree.get(names[0]) if isinstance(tree, dict) else None
    for item in inner if isinstance(inner, list) else [] if inner is None else [inner]:
        yield from _walk(item, names[1:])


def _physical(record: Record, tree: Tree) -> int:
    """How many lines an element takes."""
    count = 1 if record.code is not None else 0
    for child in record.records:
        count += sum(_physical(child, one) for one in _walk(tree, (child.element.name,)))
    return count
