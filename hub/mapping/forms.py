"""How primitives are held in trees, and written in generated code."""

from __future__ import annotations

from typing import Any

from hub.mapping.types import Type

#: Python types that need no conversion, by form
HELD = {"text": "str", "integer": "int"}


def constant(value: Any) -> str:
    """A literal of a map in Python."""
    return repr(value) if isinstance(value, (str, bool, int)) else repr(str(value))


def form(kind: Type) -> str:
    """How a primitive is held in a tree."""
    if kind.name in ("integer", "integer64", "positiveInt", "unsignedInt"):
        return "integer"
    return kind.name if kind.name in ("boolean", "decimal") else "text"


def lenient(wanted: Type) -> str:
    """Assigning converts the form only; cast() checks the content."""
    return "string" if form(wanted) == "text" else form(wanted)
