"""Query strings and search forms, read strictly.

https://hl7.org/fhir/R4/search.html#escaping
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias
from urllib.parse import parse_qsl, urlencode

from hub.errors import Invalid, Issue

#: Names and values in the order of the request; a name may come more than once.
Parameters: TypeAlias = Sequence[tuple[str, str]]

_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_MOST = 100  #: parameters in one request; a search of the specification has a handful


def parse(raw: bytes) -> Parameters:
    """The parameters of a query string or of an application/x-www-form-urlencoded body.

    Raises:
        Invalid: 400; broken percent-encoding, text that is not UTF-8, a NUL, too many.
    """
    try:
        text = raw.decode("utf-8")
        if _BROKEN_PERCENT.search(text):
            raise ValueError("broken percent-encoding")
        found = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST)
    except ValueError:
        raise _unreadable() from None
    if any("\0" in name or "\0" in value for name, value in found):
        raise _unreadable()
    return found


def first(parameters: Parameters, name: str) -> str | None:
    """The first value of a parameter, None when it is absent."""
    return next((value for key, value in parameters if key == name), None)


def write(parameters: Parameters) -> str:
    """The query string for these parameters; search punctuation stays readable."""
    return urlencode(list(parameters), safe="|:/,$")


def _unreadable() -> Invalid:
    return Invalid(
        Issue(
            "invalid",
            "Les paramètres de la requête sont illisibles : encodez-les en UTF-8 avec des "
            f"séquences %XX complètes, sans caractère nul, {_MOST} au plus.",
            "The request parameters cannot be read: encode them in UTF-8 with complete %XX "
            f"sequences, without NUL characters, {_MOST} at most.",
        ),
        status=400,
    )
