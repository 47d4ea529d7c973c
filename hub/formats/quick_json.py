"""The quick way through hub.formats.exact_json: C code, for what it treats exactly alike.

What is read is written again and compared with what came: equal texts leave no key given twice, no
digit lost, no -0, no other spelling of a number or a text. Whatever is in doubt is left to the
careful reader, which also says what is wrong and where, and to the careful writer.
"""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import Any

import msgspec

#: More digits than a double or an int of 64 bits has are left to the careful reader.
_DIGITS = 18
_ESCAPES = (b"\\u", b"\\b", b"\\f")  #: may be a control character, or half of one
_FIGURES = bytes.maketrans(b"123456789", b"000000000")
_STRIDE = 8
_BRACKETS = bytes.maketrans(b"[]", b"{}")
_OTHERS = bytes(set(range(256)) - set(b'"{}[]'))
_SHORT = 2048  #: bytes; in longer texts counting the brackets seldom settles their depth
_MOST_KEYS = 4096

_write = msgspec.json.Encoder(decimal_format="number").encode


class QuickReader:
    """Reads texts of objects."""

    def __init__(self, deepest: int, longest: int, largest: int) -> None:
        """Levels, characters of a number, and its largest exponent."""
        exact = decimal.Context(_DIGITS, Emin=-largest, Emax=largest)
        for signal in exact.traps:
            exact.traps[signal] = signal is not decimal.FloatOperation
        self._read = msgspec.json.Decoder(float_hook=exact.create_decimal).decode
        self._deepest = deepest
        self._deep = b"\n" + b" " * (deepest + 1)
        self._long = b"0" * (longest + 1)
        self._sampled = b"0" * (longest // _STRIDE)

    def loads(self, body: bytes) -> Any:
        """The tree, or None when the text is in doubt."""
        try:
            tree = self._read(body)
            text = _write(tree)
        except (ValueError, ArithmeticError, RecursionError):
            return None
        if text != body and text != msgspec.json.format(body, indent=-1):
            return None
        escaped = b"\\" in text
        if escaped and any(escape in text for escape in _ESCAPES):
            return None
        if tree.__class__ is not dict or self._too_long(text) or self._too_deep(text, escaped):
            return None
        return tree

    def _too_long(self, text: bytes) -> bool:
        """May there be a number so long? Every eighth byte of its digits is a digit."""
        sampled = text[::_STRIDE].translate(_FIGURES)
        return self._sampled in sampled and self._long in text.translate(_FIGURES)

    def _too_deep(self, text: bytes, escaped: bool) -> bool:
        """Is the nesting too deep? The innermost brackets are taken away, level by level."""
        if len(text) < _SHORT and text.count(b"{") + text.count(b"[") <= self._deepest:
            return False
        left = text.translate(_BRACKETS, _OTHERS).replace(b'""', b"")
        if escaped or b'"' in left:  # brackets inside a text say nothing
            return self._deep in msgspec.json.format(text, indent=1)
        for _ in range(self._deepest):
            if not left:
                return False
            left = left.replace(b"{}", b"")
        return left != b""


_SIMPLE = frozenset({int, bool, type(None)})
_KEYS: set[str] = set()  #: keys known to be texts


def quickly_written(tree: Any) -> bytes | None:
    """The JSON text of a tree, or None for what the careful writer must see."""
    decimals: list[Decimal] = []
    try:
        if not _plain([tree], decimals):
            return None
        text = _write(tree)
    except (ValueError, RecursionError):
        return None
    if decimals:  # NaN, Infinity, 1E-7: the careful writer refuses them or writes them out
        figures = _write(decimals)
        if b"E" in figures or b"N" in figures or b"I" in figures:
            return None
    return text


def _plain(tree: Any, decimals: list[Decimal]) -> bool:
    """Does it hold only what JSON holds? The C writer would take floats, sets and bytes as well."""
    if tree.__class__ is dict:
        if not _KEYS.issuperset(tree) and not _keys(tree):
            return False
        tree = tree.values()
    for value in tree:
        kind = value.__class__
        if kind is str:
            continue
        if kind is Decimal:
            decimals.append(value)
        elif kind is dict or kind is list:
            if not _plain(value, decimals):
                return False
        elif kind not in _SIMPLE:
            return False
    return True


def _keys(tree: dict[Any, Any]) -> bool:
    if any(key.__class__ is not str for key in tree):
        return False
    if len(_KEYS) < _MOST_KEYS:
        _KEYS.update(tree)
    return True
