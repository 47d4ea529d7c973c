"""Columns by which people are found, without telling who they are: keyed digests instead of values.

HMAC-SHA-256 under the index key finds what is equal and tells nothing else. Names are found by
their beginning: each beginning has its digest. Source: https://www.rfc-editor.org/rfc/rfc2104
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from hub.model import IndexEntry
from hub.store.keyring import INDEX, Keyring
from hub.store.sealing import Sealed, keyring, tampered

PREFIX = "h1:"
#: Characters of a name's beginning by which it is found; a longer question asks for these.
LONGEST = 32
#: Marks a search parameter whose values are digests.
MARK = "#"

#: Search parameters that tell who somebody is: found when equal, or by their beginning.
_EQUAL = {
    ("Patient", "identifier"),
    ("Patient", "telecom"),
    ("Coverage", "identifier"),
    ("Coverage", "subscriber-id"),
}
_BEGINNING = {
    ("Patient", "name"),
    ("Patient", "family"),
    ("Patient", "given"),
    ("Coverage", "dependent"),
}
#: References to people may name them by a number instead: patient:identifier…
_PEOPLE = ("patient", "beneficiary", "subscriber", "policy-holder")
_BY_NUMBER = {f"{name}:identifier" for name in _PEOPLE}


class Secret(str):
    """A value to be stored or looked for as its digest."""

    __slots__ = ()


class Known(str):
    """A value as it is in the database: a digest, or one from before values were digested."""

    __slots__ = ()


class Blind(TypeDecorator[str]):
    """Text in which a Secret becomes its digest."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, *, strict: bool = False) -> None:
        """`strict`: nothing but Secret and Known is taken."""
        super().__init__()
        self.strict = strict

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if isinstance(value, Secret):
            return digest(keyring(dialect), value)
        if self.strict and value is not None and not isinstance(value, Known):
            raise TypeError("a number of a person is stored as Secret, never as it is")
        return value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return value if value is None else Known(value)


def digest(keys: Keyring, value: str) -> str:
    """The keyed digest of a value.

    Raises:
        KeyMissing: the index key is not there.
    """
    said = value.encode(errors="replace")
    return PREFIX + hmac.digest(keys.secret(keys.active(INDEX)), said, "sha256").hex()


def either(value: str) -> tuple[str, str]:
    """What to look for: the digest, or the value as it was stored before."""
    return Secret(value), Known(value)


def number(row: sa.Row[Any]) -> str:
    """The number in a row whose `value` is its digest and whose `sealed` holds it.

    Raises:
        KeyMissing, Tampered: see Sealed.open; also when digest and number are not of one another.
    """
    sealed: Sealed | None = row.sealed
    if sealed is None:
        return str(row.value)
    found = sealed.of(row._mapping).decode()
    if digest(sealed.keys, found) != row.value:
        raise tampered(sealed.realm)
    return found


def hidden(type: str, param: str) -> str:
    """How values of a search parameter are hidden: equal, beginning; "" when they are not."""
    if (type, param) in _BEGINNING:
        return "beginning"
    return "equal" if (type, param) in _EQUAL or param in _BY_NUMBER else ""


def entries(type: str, entry: IndexEntry) -> Iterator[IndexEntry]:
    """What stands in the index for a value: itself, its digest, or that of each beginning."""
    how = hidden(type, entry.param)
    if not how:
        yield entry
        return
    ends = range(1, min(len(entry.value), LONGEST) + 1) if how == "beginning" else (None,)
    for end in ends:
        yield IndexEntry(f"{entry.param}{MARK}", Secret(entry.value[:end]), entry.system)


def wanted(type: str, param: str, value: str) -> Secret:
    """The digest to look for."""
    return Secret(value[:LONGEST] if hidden(type, param) == "beginning" else value)
