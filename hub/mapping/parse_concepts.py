"""The embedded ConceptMaps of an FML text.

Source: https://hl7.org/fhir/R5/mapping-language.html#conceptmaps
"""

from __future__ import annotations

from typing import Any

from hub.mapping.fhirpath.parse import Cursor

RELATIONSHIPS = {
    "-": "related-to",
    "=": "equivalent",
    "==": "equivalent",
    "!=": "not-related-to",
    "<=": "source-is-narrower-than-target",
    ">=": "source-is-broader-than-target",
}
#: signs of STU3 that say less or more: subsumes, specializes, inexact
_OLD = {
    "<-": "source-is-narrower-than-target",
    ">-": "source-is-broader-than-target",
    "~": "related-to",
}
UNMATCHED = "--"  #: STU3: a code without target


# 'conceptmap' "#id" '{' prefix+ ('unmapped' 'for' p '=' mode)* (p:code REL p:code)* '}'
def concept_map(cursor: Cursor) -> dict[str, Any]:
    """One contained ConceptMap; rows grouped by source and target system.

    Raises:
        Wrong: at the first token that does not fit.
    """
    cursor.need("conceptmap")
    name = _text(cursor).lstrip("#")
    cursor.need("{")
    prefixes: dict[str, str] = {}
    unmapped: dict[str, str] = {}
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    while not cursor.skip("}"):
        if cursor.at("prefix") and cursor.ahead(1).kind == "id":
            cursor.take()
            prefix = cursor.take().value
            cursor.need("=")
            prefixes[prefix] = _text(cursor)
            cursor.skip(";")
        elif cursor.at("unmapped") and cursor.ahead(1).text == "for":
            cursor.take()
            cursor.take()
            prefix = cursor.take().value
            cursor.need("=")
            unmapped[prefix] = _text(cursor)
        else:
            _row(cursor, prefixes, groups)
    for (source, _), group in groups.items():
        for prefix, mode in unmapped.items():
            if prefixes.get(prefix) == source:
                group["unmapped"] = {"mode": _MODES.get(mode, mode)}
    result: dict[str, Any] = {"resourceType": "ConceptMap", "id": name, "status": "draft"}
    result["group"] = list(groups.values())
    return result


_MODES = {"provided": "use-source-code"}


def _row(
    cursor: Cursor, prefixes: dict[str, str], groups: dict[tuple[str, str], dict[str, Any]]
) -> None:
    source, code = _coded(cursor, prefixes)
    sign, relationship = _sign(cursor)
    if sign == UNMATCHED:
        empty = {"source": source, "element": []}
        groups.setdefault((source, ""), empty)["element"].append({"code": code, "noMap": True})
        cursor.skip(";")
        return
    target, translation = _coded(cursor, prefixes)
    cursor.skip(";")
    empty = {"source": source, "target": target, "element": []}
    elements = groups.setdefault((source, target), empty)["element"]
    row = {"code": translation, "relationship": relationship}
    for element in elements:
        if element["code"] == code:
            element["target"].append(row)
            return
    elements.append({"code": code, "target": [row]})


def _sign(cursor: Cursor) -> tuple[str, str]:
    """The relation at the cursor, as written (STU3 has some of two tokens) and as R5 says it."""
    first, second = cursor.token, cursor.ahead(1)
    both = first.text + second.text if second.start == first.end else ""
    if both == UNMATCHED or both in _OLD:
        cursor.take()
        cursor.take()
        return both, _OLD.get(both, "")
    if first.text not in RELATIONSHIPS and first.text not in _OLD:
        raise cursor.wrong("one of - == != <= >=", "L’un de - == != <= >=")
    cursor.take()
    return first.text, RELATIONSHIPS.get(first.text) or _OLD[first.text]


def _coded(cursor: Cursor, prefixes: dict[str, str]) -> tuple[str, str]:
    prefix = cursor.token
    if prefix.kind != "id" or prefix.value not in prefixes:
        raise cursor.wrong("a declared prefix", "Un préfixe déclaré")
    cursor.take()
    cursor.need(":")
    return prefixes[prefix.value], _code(cursor)


def _code(cursor: Cursor) -> str:
    """A code, quoted or not: what stands together without a space (`1a-b`) is one code."""
    first = cursor.token
    value, end = _text(cursor), first.end
    while first.kind in ("id", "number") and cursor.token.start == end:
        token = cursor.token
        if token.kind not in ("id", "number") and not cursor.at("-", ".", "/"):
            break
        value, end = value + cursor.take().text, token.end
    return value


def _text(cursor: Cursor) -> str:
    if cursor.token.kind not in ("id", "string", "double", "number", "delimited"):
        raise cursor.wrong("a code or a quoted text", "Un code ou un texte entre guillemets")
    return cursor.take().value
