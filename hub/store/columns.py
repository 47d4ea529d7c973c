"""Column types that hold the same value on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(at: datetime) -> int:
    """An aware instant as microseconds since 1970 UTC.

    Raises:
        ValueError: the instant has no zone.
    """
    if at.tzinfo is None:
        raise ValueError("an instant without a zone cannot be stored")
    return (at - EPOCH) // timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An instant as integer microseconds: the same order and arithmetic on both back ends."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + timedelta(microseconds=value)


def json_text(value: Mapping[str, Any] | None) -> str:
    """A mapping as it is stored."""
    return json.dumps(dict(value or {}), default=str)


def words_text(value: str) -> str:
    """Free text as it is stored."""
    return value.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


class Json(TypeDecorator[Mapping[str, Any]]):
    """A mapping as JSON text. Text and not jsonb, which rewrites numbers and refuses NUL."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, Any] | None, dialect: Dialect) -> str:
        return json_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, Any]:
        return dict(json.loads(value or "{}", parse_float=Decimal))


class Words(TypeDecorator[str]):
    """Free text, perhaps a partner's: PostgreSQL refuses NUL and lone surrogates."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else words_text(value)
