"""Secrets of settings: given themselves, or as a reference to where they are.

`env:NAME` is the value of another environment variable, `file:/path` the first line of a file.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, SecretStr


def resolved(value: Any) -> Any:
    """The secret a reference leads to; anything else as it is.

    Raises:
        ValueError: the reference leads nowhere; it is named, the secret never.
    """
    if not isinstance(value, str):
        return value
    kind, _, name = value.partition(":")
    if kind == "env":
        found = os.environ.get(name, "")
    elif kind == "file":
        found = _first_line(Path(name))
    else:
        return value
    if not found:
        raise ValueError(f"{value} leads to no secret")
    return found


def _first_line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError):
        return ""


#: A SecretStr that may be written as a reference.
Secret = Annotated[SecretStr, BeforeValidator(resolved)]
