"""Sentences and small documents that may tell of a person: sealed and opened by their columns.

They are sealed under the hub's own key and bound to their column. That a text stands in the row it
was written for, the audit chain proves (stories, tasks, files).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from hub.errors import Tampered
from hub.store.columns import json_text, words_text
from hub.store.keyring import Keyring
from hub.store.sealing import ERASED, Plain, Sealed, keyring, seal, sealer

TEXT = "sealed:1:"
#: What is shown where a stored text does not open; its digest then differs from the audit's.
UNREADABLE = "\N{REPLACEMENT CHARACTER} texte illisible : clé absente, ou texte changé"


class SealedText(TypeDecorator[str]):
    """Free text that may tell of a person, under the hub's key; empty stays empty."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, realm: str) -> None:
        """`realm`: the table and column; a text of another does not open here."""
        super().__init__()
        self.realm = realm

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if not value:
            return value  # type: ignore[no-any-return]
        plain = Plain(words_text(value).encode(), "", ())
        return TEXT + base64.b64encode(seal(keyring(dialect), self.realm, plain)).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return value and text_of(value, self.realm, keyring(dialect))


class SealedJson(TypeDecorator[Mapping[str, Any]]):
    """A mapping as JSON text, sealed as SealedText; an empty one stays empty."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, realm: str) -> None:
        """`realm`: as in SealedText."""
        super().__init__()
        self.realm = realm

    def process_bind_param(self, value: Mapping[str, Any] | None, dialect: Dialect) -> str:
        plain = Plain(json_text(value).encode(), "", ())
        if not value:
            return json_text(value)
        return TEXT + base64.b64encode(seal(keyring(dialect), self.realm, plain)).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, Any]:
        text = text_of(value or "{}", self.realm, keyring(dialect))
        try:
            return dict(json.loads(text, parse_float=Decimal))
        except ValueError:
            return {"text": UNREADABLE}


class SealedBytes(TypeDecorator[bytes]):
    """A small document under the hub's key."""

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, realm: str) -> None:
        """`realm`: as in SealedText."""
        super().__init__()
        self.realm = realm

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else seal(keyring(dialect), self.realm, Plain(value, "", ()))

    def process_result_value(self, value: Any, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return Sealed(bytes(value), self.realm, keyring(dialect)).open()


def key_of(raw: bytes | str | None) -> str | None:
    """The id of the key that sealed a stored value, "" of an open one; None: nothing to seal."""
    if isinstance(raw, str):
        if raw in ("", "{}"):
            return None
        if not raw.startswith(TEXT):
            return ""
        try:
            return sealer(base64.b64decode(raw.removeprefix(TEXT)))
        except binascii.Error:
            return None
    if raw is None or bytes(raw).startswith(ERASED):
        return None
    return sealer(bytes(raw))


def raw_text(column: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """A SealedJson column as the text it was written as: reading and writing may change it."""
    return sa.type_coerce(column, SealedText(getattr(column.type, "realm", "")))


def text_of(value: str, realm: str, keys: Keyring) -> str:
    """The text of a stored one; UNREADABLE when it does not open."""
    if not value.startswith(TEXT):
        return value if keys.reads_plain or value in ("", "{}") else UNREADABLE
    try:
        raw = base64.b64decode(value.removeprefix(TEXT), validate=True)
        return Sealed(raw, realm, keys).open().decode()
    except (Tampered, binascii.Error, UnicodeDecodeError):
        return UNREADABLE
