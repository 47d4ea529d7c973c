"""Search criteria as SQL conditions. https://hl7.org/fhir/R4/search.html"""

from __future__ import annotations

import sqlalchemy as sa

from hub.fhir.search_parameters import PARAMETERS
from hub.ports import Criterion
from hub.store import blind
from hub.store.dates import compare, interval
from hub.store.tables import resource_index, resources


def condition(type: str, criterion: Criterion) -> sa.ColumnElement[bool]:
    """What a criterion asks of a row of `resources`.

    Raises:
        ValueError: a date that is none, or an unknown prefix or kind.
    """
    if criterion.kind == "id":
        return resources.c.id.in_([value for _, _, value in criterion.values])
    one_of = {"token": _token, "reference": _reference, "date": _date, "string": _string}
    if criterion.kind not in one_of:
        raise ValueError(f"not a kind of search parameter: {criterion.kind}")
    matches = sa.or_(sa.false(), *(one_of[criterion.kind](*value) for value in criterion.values))
    entry = resource_index.c
    found = sa.and_(entry.param == criterion.param, matches)
    if blind.hidden(type, criterion.param):  # rows from before stand open until they are rotated
        digests = (_digest(type, criterion.param, *value) for value in criterion.values)
        alike = sa.or_(sa.false(), *digests)
        found = sa.or_(sa.and_(entry.param == criterion.param + blind.MARK, alike), found)
    entries = sa.select(entry.resource).where(entry.type == type, found)
    return resources.c.seq.in_(entries)


def _digest(type: str, param: str, prefix: str, system: str, value: str) -> sa.ColumnElement[bool]:
    # The same condition on a system; a value is looked for as its digest.
    return _token(prefix, system, blind.wanted(type, param, value))


def _token(_prefix: str, system: str, value: str) -> sa.ColumnElement[bool]:
    entry = resource_index.c
    wanted = []
    if system:
        wanted.append(entry.system == ("" if system == "|" else system))
    if value or not system:
        wanted.append(entry.value == value)
    return sa.and_(*wanted)


def _reference(_prefix: str, _system: str, value: str) -> sa.ColumnElement[bool]:
    # A bare id means a resource of this hub, of whatever type it serves.
    local = () if "/" in value else (f"{type}/{value}" for type in PARAMETERS)
    return resource_index.c.value.in_([value, *local])


def _date(prefix: str, _system: str, value: str) -> sa.ColumnElement[bool]:
    wanted = interval(value)
    if wanted is None:
        raise ValueError(value)
    return compare(prefix or "eq", wanted, resource_index.c.low, resource_index.c.high)


def _string(_prefix: str, _system: str, value: str) -> sa.ColumnElement[bool]:
    # https://hl7.org/fhir/R4/search.html#string: the text begins with it; both are normalized.
    return resource_index.c.value.startswith(value, autoescape=True)
