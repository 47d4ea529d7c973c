"""The writer of hub.formats.exact_json: JSON without floats and without white space.

Source: RFC 8259
"""

from __future__ import annotations

from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

_MOST_NAMES = 4096
_NAMES: dict[Any, str] = {}  #: keys as they are written


def written(tree: Any) -> str:
    """The JSON text of a tree.

    Raises:
        TypeError: for a float, or any value a Tree cannot have.
        ValueError: for a Decimal that is not a number.
    """
    out: list[str] = []
    _write(tree, out)
    return "".join(out)


def _write(value: Any, out: list[str]) -> None:
    kind = value.__class__
    if kind is dict:
        _object(value, out)
    elif kind is list:
        comma = "["
        for item in value:
            out.append(comma)
            _write(item, out)
            comma = ","
        out.append("]" if value else "[]")
    else:
        out.append(_scalar(value))


def _object(tree: dict[str, Any], out: list[str]) -> None:
    comma = "{"
    for key, item in tree.items():
        name = _NAMES.get(key) or _name(key)
        kind = item.__class__
        if kind is str:
            out.append(f"{comma}{name}{encode_basestring(item)}")
        elif kind is dict or kind is list:
            out.append(comma + name)
            _write(item, out)
        else:
            out.append(f"{comma}{name}{_scalar(item)}")
        comma = ","
    out.append("}" if tree else "{}")


def _name(key: str) -> str:
    made = encode_basestring(key) + ":"
    if len(_NAMES) < _MOST_NAMES and key.__class__ is str:
        _NAMES[key] = made
    return made


def _scalar(value: Any) -> str:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"not a JSON number: {value}")
        text = str(value)
        if "E" not in text:
            return text
        # A positive exponent written out ("100" for 1E+2) would claim digits nobody gave.
        return text if "E+" in text else format(value, "f")
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(int(value))
    raise TypeError(f"a tree cannot carry a {type(value).__name__}: {value!r}")
