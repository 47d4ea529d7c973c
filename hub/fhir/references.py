"""Follows references inside a Bundle, and rewrites them when resources get new addresses.

Source: https://hl7.org/fhir/R4/bundle.html#references, https://hl7.org/fhir/R4/http.html#trules
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from hub.fhir.findings import Node
from hub.formats.definitions import definition
from hub.model import Tree

#: Types whose text is an address, and so is rewritten.
ADDRESSES = frozenset({"uri", "url", "oid", "uuid"})
#: [base/]Type/id at the end of an address
REST = re.compile(r"(.*?/)?([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})")
LINK = re.compile(r"""(\b(?:href|src)\s*=\s*)(?:"([^"]*)"|'([^']*)')""")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a Bundle."""

    position: int
    full_url: str  #: "" when it has none
    resource: Tree | None
    method: str = ""  #: of its request: POST, PUT…
    url: str = ""  #: of its request


def entries(bundle: Tree) -> tuple[Entry, ...]:
    """The entries of a valid Bundle, in order."""
    return tuple(
        Entry(
            position,
            row.get("fullUrl", ""),
            row.get("resource"),
            row.get("request", {}).get("method", ""),
            row.get("request", {}).get("url", ""),
        )
        for position, row in enumerate(bundle.get("entry", []))
    )


def resolve(
    reference: str, container: Tree, bundle: Tree | None = None, full_url: str = ""
) -> Tree | None:
    """The resource a literal reference points to, None when it is not at hand.

    Args:
        reference: Reference.reference; "#" is the container itself.
        container: the resource (not a contained one) in which the reference stands.
        bundle: the Bundle that holds the container.
        full_url: the container's fullUrl; a relative reference is read against its base.
    """
    if reference.startswith("#"):
        return _contained(reference[1:], container)
    if bundle is None:
        return None
    plain = reference.partition("/_history/")[0]
    rows = entries(bundle)
    wanted = {plain}
    if REST.fullmatch(plain) and ":" not in plain:
        found = REST.fullmatch(full_url)
        if found and found[1]:
            wanted = {found[1] + plain}
    for row in rows:
        if row.full_url in wanted and row.resource is not None:
            return row.resource
    return _by_id(plain, rows) if ":" not in plain else None


def rewrite(tree: Tree, mapping: Mapping[str, str]) -> Tree:
    """A copy of a resource in which every address that is a key of `mapping` is replaced.

    Changed are Reference.reference, elements of type uri, url, oid and uuid (Attachment.url and
    extensions too) and links of the narrative. Text, codes, Identifier.value, canonical addresses
    and Bundle.entry.fullUrl stay. The input is never changed.
    """
    return _Rewriter(mapping).resource(tree)


def _contained(id: str, container: Tree) -> Tree | None:
    if not id:
        return container
    for inner in container.get("contained", []):
        if inner.get("id") == id:
            found: Tree = inner
            return found
    return None


def _by_id(reference: str, rows: tuple[Entry, ...]) -> Tree | None:
    """Senders often give urn:uuid fullUrls and still write Type/id: accept it when it is clear."""
    kind, _, id = reference.partition("/")
    found = [
        row.resource
        for row in rows
        if row.resource
        and row.resource.get("resourceType") == kind
        and row.resource.get("id") == id
    ]
    return found[0] if len(found) == 1 else None


@cache
def _elements(path: str) -> Mapping[str, str]:
    """JSON name → its type, or the path of its children, below a type or element."""
    table = definition(path.partition(".")[0])
    found: dict[str, str] = {}
    for child, row in (table or {"elements": {}})["elements"].items():
        stem, _, name = child.rpartition(".")
        if stem != path:
            continue
        kinds = row.get("types", [])
        if "ref" in row:
            found[name] = row["ref"]
        elif name.endswith("[x]"):
            found |= {name[:-3] + kind[0].upper() + kind[1:]: kind for kind in kinds}
        else:
            backbone = kinds[0] in ("BackboneElement", "Element")
            found[name] = child if backbone else kinds[0]
    return found


class _Rewriter:
    """Walks a resource by the types of its elements."""

    def __init__(self, mapping: Mapping[str, str]) -> None:
        self.mapping = mapping

    def resource(self, tree: Tree) -> Tree:
        return self.members(tree, tree.get("resourceType", ""))

    def members(self, tree: Tree, path: str) -> Tree:
        kinds = _elements(path)
        out: Tree = {}
        for name, value in tree.items():
            kind = kinds.get(name, "Element" if name.startswith("_") else "")
            if (path, name) == ("Reference", "reference"):
                kind = "uri"
            elif (path, name) == ("Bundle.entry", "fullUrl"):
                kind = "string"
            out[name] = self.value(value, kind)
        return out

    def value(self, value: Node, kind: str) -> Node:
        if isinstance(value, list):
            return [self.value(item, kind) for item in value]
        if isinstance(value, dict):
            return self.resource(value) if kind == "Resource" else self.members(value, kind)
        if isinstance(value, str):
            if kind in ADDRESSES:
                return self.mapping.get(value, value)
            if kind == "xhtml":
                return "".join(self.narrative(value))
        return value

    def narrative(self, div: str) -> Iterator[str]:
        last = 0
        for link in LINK.finditer(div):
            address = link[2] if link[2] is not None else link[3]
            if address in self.mapping:
                yield div[last : link.start()]
                yield f'{link[1]}"{self.mapping[address]}"'
                last = link.end()
        yield div[last:]
