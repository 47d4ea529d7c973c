"""Has a StructureMap resource the form that the compiler counts on?

Source: https://hl7.org/fhir/R5/structuremap.html
"""

from __future__ import annotations

from typing import Any

_DEEPEST = 60  #: nested rules
_PARAMETER = {"": "value"}
#: Codes of required bindings, of R4 and R5 together: a set for one, a tuple for several.
_LIST_MODE = frozenset({"first", "not_first", "last", "not_last", "only_one"})
_LIST_MODES = ("first", "share", "last", "collate", "single")
_TYPE_MODE = frozenset({"none", "types", "type-and-types"})
_MODEL_MODE = frozenset({"source", "queried", "target", "produced"})
_SOURCE = {
    "context!": "text",
    "element": "text",
    "type": "text",
    "variable": "text",
    "condition": "text",
    "check": "text",
    "logMessage": "text",
    "listMode": _LIST_MODE,
    "defaultValue": "text",
    "max": "text",
    "min": "number",
}
_TARGET: dict[str, Any] = {
    "context": "text",
    "element": "text",
    "variable": "text",
    "transform": "text",
    "listRuleId": "text",
    "listMode": _LIST_MODES,
    "parameter": [_PARAMETER],
}
_DEPENDENT: dict[str, Any] = {"name!": "text", "parameter": [_PARAMETER], "variable": "texts"}
_RULE: dict[str, Any] = {
    "name": "text",
    "source!": [_SOURCE],
    "target": [_TARGET],
    "dependent": [_DEPENDENT],
}
_RULE["rule"] = [_RULE]
_INPUT = {"name!": "text", "mode!": frozenset({"source", "target"}), "type": "text"}
_GROUP: dict[str, Any] = {
    "name!": "text",
    "input": [_INPUT],
    "rule": [_RULE],
    "extends": "text",
    "typeMode": _TYPE_MODE,
}
_MAP: dict[str, Any] = {
    "url": "text",
    "version": "text",
    "name": "text",
    "structure": [{"url!": "text", "mode!": _MODEL_MODE, "alias": "text"}],
    "import": "texts",
    "const": [{"name!": "text", "value!": "text"}],
    "contained": [{"resourceType!": "text", "id": "text"}],
    "group": [_GROUP],
}


def misshapen(resource: dict[str, Any]) -> str:
    """The first place where something required is missing or has another form; "" for none."""
    return _object(resource, _MAP, "", 0).lstrip(".")


def _object(value: Any, form: dict[str, Any], place: str, depth: int) -> str:
    if not isinstance(value, dict) or depth > _DEEPEST:
        return place
    if form is _PARAMETER:
        given = [each for key, each in value.items() if key.startswith("value")]
        plain = len(given) == 1 and not isinstance(given[0], dict | list | type(None))
        return "" if plain else place
    for key, wanted in form.items():
        name = key.rstrip("!")
        here = f"{place}.{name}"
        if name not in value:
            if key.endswith("!"):
                return here
            continue
        wrong = _member(value[name], wanted, here, depth, key.endswith("!"))
        if wrong:
            return wrong
    return ""


def _member(value: Any, wanted: Any, place: str, depth: int, needed: bool) -> str:
    if wanted == "text":
        return "" if isinstance(value, str) and (value or not needed) else place
    if wanted == "number":
        return "" if type(value) is int else place
    if isinstance(wanted, frozenset):
        return "" if isinstance(value, str) and value in wanted else f"{place} ({str(value)[:40]})"
    if not isinstance(value, list) or (needed and not value):
        return place
    if isinstance(wanted, tuple):
        odd = next((each for each in value if each not in wanted), None)
        return "" if odd is None else f"{place} ({str(odd)[:40]})"
    if wanted == "texts":
        return "" if all(isinstance(each, str) for each in value) else place
    for index, each in enumerate(value):
        wrong = _object(each, wanted[0], f"{place}[{index}]", depth + 1)
        if wrong:
            return wrong
    return ""
