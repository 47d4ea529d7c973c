"""A source document without identities: letters become X, digits 9, all else stays.

Codes, amounts and dates of care stay, so that a map does with it what it does with the original;
whatever is not known to be harmless is masked.
"""

from __future__ import annotations

import re
from typing import Any

#: Texts that name no person: codes, vocabularies, states, units, what the hub itself gave.
_KEPT = {
    *("resourceType", "system", "code", "currency", "unit", "use", "status", "version"),
    *("language", "contentType", "gender", "outcome", "mode", "disposition", "comparator"),
    *("submission", "exchange", "body", "copyOf", "agreement", "received", "list", "day", "month"),
    *("valueCode", "valueUri", "valueCanonical", "profile", "instantiates", "criticality"),
}
_DATED = re.compile(r"\d{4}(-\d\d(-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?)?)?\Z")
_TYPED = re.compile(r"(#|[A-Z][A-Za-z]+/)?(.*)", re.DOTALL)


def masked(tree: Any, key: str = "", beside: Any = None) -> Any:
    """The same tree with nobody in it.

    Args:
        tree: any part of a source document.
        key: the member it stands in.
        beside: the object that member belongs to.
    """
    if isinstance(tree, dict):
        return {name: masked(value, name, tree) for name, value in tree.items()}
    if isinstance(tree, list):
        return [masked(item, key, beside) for item in tree]
    return _masked(tree, key, beside) if isinstance(tree, str) else tree


def _masked(text: str, key: str, beside: Any) -> str:
    if key == "birthDate":
        return text[:4] + "-01-01"[: len(text) - 4]
    coded = isinstance(beside, dict) and "code" in beside
    if key in _KEPT or (key == "display" and coded):
        return text
    if key == "url" and text.startswith(("http:", "https:")):
        return text
    if _DATED.match(text):
        return text
    found = _TYPED.fullmatch(text) if key == "reference" else None
    kind, rest = (found[1] or "", found[2]) if found is not None else ("", text)
    return kind + "".join(map(_sign, rest))


def _sign(sign: str) -> str:
    if sign.isdigit():
        return "9"
    if sign.isalpha():
        return "X" if sign.isupper() else "x"
    return sign
