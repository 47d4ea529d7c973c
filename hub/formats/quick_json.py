"""The quick way through hub.formats.exact_json: a C reader, for texts it reads exactly alike.

Whatever is in doubt is left to the careful reader, which also says what is wrong and where.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

_ESCAPES = (b"\\u", b"\\b", b"\\f")  #: need a look
_MINUS = (b":-", b",-", b"[-")  #: -0 is read otherwise by the C reader
_DIGITS = bytes.maketrans(b"123456789.", b"0000000000")
_SPACE = b" \t\r\n"
_write = msgspec.json.Encoder(decimal_format="number").encode


class Quick:
    """Reads objects; None for what the careful reader must see."""

    def __init__(self, number: Callable[[str], Decimal], deepest: int, longest: int) -> None:
        def exact(digits: str) -> Decimal:
            plain = "e" not in digits and "E" not in digits  # its length is known to be fine
            return Decimal(digits) if plain else number(digits)

        self._read = msgspec.json.Decoder(float_hook=exact).decode
        self._deep = b"\n" + b" " * (deepest + 1)
        self._long = b"0" * (longest + 1)
        self._shallow = deepest

    def loads(self, body: bytes) -> Any:
        """The tree, or None when the text is in doubt."""
        text = body.translate(_DIGITS, _SPACE)
        if text[:1] != b"{" or self._long in text or any(sign in text for sign in _MINUS):
            return None
        if b"\\" in text and any(escape in text for escape in _ESCAPES):
            return None
        try:
            tree = self._read(body)
            written = _write(tree)
        except (ValueError, RecursionError):
            return None
        # A key twice in one object is read once: fewer `":` are written than were given. Texts
        # that begin with a colon are counted on both sides.
        if text.count(b'":') != written.count(b'":'):
            return None
        if body.count(b"{") + body.count(b"[") > self._shallow:
            return None if self._deep in msgspec.json.format(written, indent=1) else tree
        return tree
