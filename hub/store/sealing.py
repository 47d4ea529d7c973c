"""Payload columns: what is in them is encrypted, and bound to the row it belongs to.

This is the one door: a payload column takes nothing but a `Plain` (bytes with their owner and what
binds them) or a `Sealed` that was read from it, and gives `Sealed`, which opens only for the same
row. AES-256-GCM, 96 random bits of nonce; the key's id and owner and the row's own values are
authenticated with the bytes, so that a payload moved to another row does not open.

Stored form: MAGIC (its last byte is the version), length of the key's id, id, nonce, sealed bytes.
Source: https://doi.org/10.6028/NIST.SP.800-38D
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from hub.errors import Gone, Issue, Tampered
from hub.store.columns import microseconds, words_text
from hub.store.keyring import Keyring

MAGIC = b"\x00BK\x01"
ERASED = b"\x00BK\x00"
NONCE_BYTES = 12

Bound: TypeAlias = tuple[str | int | None, ...]

#: Which keys belong to which database: each engine has a dialect of its own.
_KEYRINGS: WeakKeyDictionary[Dialect, Keyring] = WeakKeyDictionary()


def use(engine: sa.Engine, keys: Keyring) -> None:
    """These keys seal and open what is in this database."""
    _KEYRINGS[engine.dialect] = keys


def keyring(dialect: Dialect) -> Keyring:
    """The keys of a database.

    Raises:
        TypeError: it was opened without keys: payloads can be neither written nor read.
    """
    keys = _KEYRINGS.get(dialect)
    if keys is None:
        raise TypeError("this database was opened without keys")
    return keys


@dataclass(frozen=True, slots=True)
class Plain:
    """Bytes on their way into a payload column."""

    body: bytes
    owner: str  #: the partner whose key seals them; "": the hub
    bound: Bound  #: what of the row they belong to


@dataclass(frozen=True, slots=True)
class Erased:
    """What a payload column holds once its payload is erased: what the audit states of it."""

    digest: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a payload column holds."""

    raw: bytes
    realm: str
    keys: Keyring
    binds: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The id of the key; "" of bytes that were stored before payloads were sealed."""
        return sealer(self.raw)

    @property
    def erased(self) -> str:
        """The digest of what was erased; "" of what is there."""
        gone = self.raw.startswith(ERASED)
        return self.raw[len(ERASED) :].decode(errors="replace") if gone else ""

    def of(self, row: Mapping[Any, Any]) -> bytes:
        """As `open`, with the values of the row it was read from, which has all that bind it."""
        return self.open(*(_plain(row.get(name)) for name in self.binds))

    def open(self, *bound: str | int | None) -> bytes:
        """The bytes of the row that has these values.

        Raises:
            KeyMissing: the key is not there.
            Tampered: these are not the bytes that were stored for this row.
            Gone: they were erased.
        """
        if self.erased:
            raise _gone()
        id = self.key
        if not id:
            if self.keys.reads_plain:
                return self.raw
            raise tampered(self.realm)
        start = len(MAGIC) + 1 + len(id)
        nonce, body = self.raw[start : start + NONCE_BYTES], self.raw[start + NONCE_BYTES :]
        said = _said(self.keys, id, self.realm, bound)
        try:
            return AESGCM(self.keys.secret(id)).decrypt(nonce, body, said)
        except (InvalidTag, ValueError):
            raise tampered(self.realm) from None


def seal(keys: Keyring, realm: str, plain: Plain) -> bytes:
    """The stored form of a payload.

    Raises:
        KeyMissing: the owner has no key.
    """
    id = keys.active(plain.owner)
    nonce, said = secrets.token_bytes(NONCE_BYTES), _said(keys, id, realm, plain.bound)
    body = AESGCM(keys.secret(id)).encrypt(nonce, plain.body, said)
    return MAGIC + bytes([len(id)]) + id.encode("ascii") + nonce + body


class Payload(TypeDecorator[Any]):
    """Bytes that never lie open. `binds`: columns of the row that its payload belongs to."""

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, realm: str, *binds: str) -> None:
        """`realm`: the kind of row; a payload of another realm does not open here."""
        super().__init__()
        self.realm = realm
        self.binds = binds

    def column_expression(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        # What somebody wrote as text behind the hub's back need not be UTF-8; it is read anyway.
        return sa.type_coerce(sa.cast(column, sa.LargeBinary), self)

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        if isinstance(value, Plain):
            return seal(keyring(dialect), self.realm, value)
        if isinstance(value, Erased):
            return ERASED + value.digest.encode()
        if value is None or isinstance(value, Sealed):
            return None if value is None else value.raw
        raise TypeError(f"{self.realm}: a payload is stored as Plain, never as it is")

    def process_result_value(self, value: Any, dialect: Dialect) -> Sealed | None:
        if value is None:
            return None
        return Sealed(bytes(value), self.realm, keyring(dialect), self.binds)


def lay(table: sa.Table, row: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """A row on its way into a table: its payloads are bound to it."""
    laid = dict(row)
    for column in table.c:
        value = row.get(column.name)
        if isinstance(column.type, Payload) and isinstance(value, bytes):
            laid[column.name] = Plain(value, owner, _bound(column.type, row))
    return laid


def opened(column: sa.Column[Any], row: Mapping[Any, Any]) -> bytes:
    """The payload of a row that has all columns which bind it.

    Raises:
        KeyMissing, Tampered: see Sealed.open.
    """
    sealed: Sealed = row[column.name]
    return sealed.of(row)


def sealer(raw: bytes) -> str:
    """The id of the key that sealed a payload; "" of open bytes."""
    if not raw.startswith(MAGIC):
        return ""
    end = len(MAGIC) + 1 + raw[len(MAGIC)]
    return raw[len(MAGIC) + 1 : end].decode("ascii", errors="replace")


def _bound(kind: Payload, row: Mapping[str, Any]) -> Bound:
    return tuple(_plain(row.get(name)) for name in kind.binds)


def _plain(value: Any) -> str | int | None:
    if isinstance(value, datetime):
        return microseconds(value)
    if isinstance(value, str):
        return words_text(value)
    return value  # type: ignore[no-any-return]


def _said(keys: Keyring, id: str, realm: str, bound: Bound) -> bytes:
    """What is authenticated with the bytes: which part is which counts."""
    parts = (MAGIC.hex(), id, keys.owner(id), realm, *bound)
    return json.dumps(parts, separators=(",", ":")).encode()


def _gone() -> Gone:
    return Gone(
        Issue(
            "deleted",
            "Ce contenu a été effacé : sa durée de conservation est écoulée, ou son effacement a "
            "été ordonné. Le journal d’audit en garde la preuve, la date et le motif.",
            "This content was erased: the time to keep it was up, or its erasure was ordered. The "
            "audit keeps the proof, the date and the reason.",
        )
    )


def tampered(realm: str) -> Tampered:
    """What is said of something stored that is not what was written there."""
    return Tampered(
        Issue(
            "security",
            f"Une donnée conservée ({realm}) n’est pas celle que la plateforme a écrite : elle "
            "n’est pas utilisée. Lancez « benkan audit verify » pour savoir laquelle, et prévenez "
            "le responsable de la sécurité.",
            f"Something stored ({realm}) is not what the platform wrote: it is not used. Run "
            "'benkan audit verify' to learn which, and tell the security officer.",
        )
    )
