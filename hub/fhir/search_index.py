"""The values under which a resource is found: https://hl7.org/fhir/R4/search.html"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from hub.fhir.findings import Node
from hub.fhir.search_parameters import EXPRESSIONS, PARAMETERS
from hub.model import IndexEntry, Tree

__all__ = ["PARAMETERS", "index", "normalize"]

#: Characters of a string that are compared; PostgreSQL indexes no value above 2 700 bytes.
LONGEST = 250


def index(resource: Tree, base: str = "") -> tuple[IndexEntry, ...]:
    """Every index entry of a valid resource; none for a type the hub does not search.

    Args:
        base: the hub's own FHIR base; absolute references below it become `Type/id`.

    References are stored without their version, others' absolute addresses as they are, logical
    references under `<param>:identifier`. A token carries its system; strings are normalized.
    """
    found: dict[IndexEntry, None] = {}
    table = EXPRESSIONS.get(resource.get("resourceType", ""), {})
    for param, (kind, paths) in table.items():
        for path in paths:
            for node in _nodes(resource, path):
                for entry in _entries(param, kind, node, base):
                    found[entry] = None
    return tuple(found)


def normalize(text: str) -> str:
    """Text as strings are indexed; found by its beginning, so beyond LONGEST characters it is cut.

    Source: https://hl7.org/fhir/R4/search.html#string (case, accents and punctuation ignored).
    """
    return folded(text)[:LONGEST]


def folded(text: str) -> str:
    """Text as people look for it: lower case, without accents, one space between words."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def _nodes(resource: Node, path: str) -> Iterator[Node]:
    nodes: list[Node] = [resource]
    for name in path.split("."):
        nodes = [
            item
            for node in nodes
            if isinstance(node, dict) and name in node
            for item in (node[name] if isinstance(node[name], list) else [node[name]])
        ]
    yield from (node for node in nodes if node is not None)


def _entries(param: str, kind: str, node: Node, base: str) -> Iterator[IndexEntry]:
    if kind == "reference":
        yield from _reference(param, node, base)
    elif kind == "token":
        yield from _token(param, node)
    elif kind == "string":
        yield IndexEntry(param, normalize(node))
    else:
        yield IndexEntry(param, node)


def _reference(param: str, node: Node, base: str) -> Iterator[IndexEntry]:
    text = node.get("reference", "")
    if text and not text.startswith("#"):
        own = f"{base.rstrip('/')}/"
        local = text.removeprefix(own) if base else text
        yield IndexEntry(param, local.partition("/_history/")[0])
    yield from _token(f"{param}:identifier", node.get("identifier", {}))


def _token(param: str, node: Node) -> Iterator[IndexEntry]:
    if isinstance(node, bool):
        yield IndexEntry(param, "true" if node else "false")
    elif isinstance(node, str):
        yield IndexEntry(param, node)
    else:
        for coding in node.get("coding", [node]):
            # A Coding has a code; an Identifier and a ContactPoint have a value.
            value = coding.get("code") or coding.get("value")
            if value:
                yield IndexEntry(param, value, coding.get("system", ""))
