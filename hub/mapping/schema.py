"""What a map may read and write: types, their elements, cardinalities and choices.

FHIR R4 types come from hub.formats.definitions, everything else from logical models
(StructureDefinition, https://hl7.org/fhir/R4/structuredefinition.html#logical).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.formats import definitions

_PREFIX = "http://hl7.org/fhir/StructureDefinition/"
_OPEN = frozenset({"Resource", "DomainResource", "Element", "BackboneElement", "Base", "*"})


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a type."""

    name: str  #: without [x]
    many: bool
    types: tuple[str, ...]  #: type keys, see Schema.type
    least: int = 0
    choice: bool = False


@dataclass(frozen=True, slots=True)
class Type:
    """One type; `key` finds it again, `name` is what a map calls it."""

    key: str
    name: str
    kind: str  #: primitive-type | complex-type | resource | logical
    base: str
    abstract: bool = False
    elements: dict[str, Element] = field(default_factory=dict)

    @property
    def primitive(self) -> bool:
        """Is a value of this type a leaf?"""
        return self.kind == "primitive-type"

    @property
    def open(self) -> bool:
        """Does it leave to the value what type it has?"""
        return self.name in _OPEN

    def find(self, name: str) -> tuple[Element, str | None] | None:
        """(element, chosen type) for `value`, `value[x]` or `valueQuantity`."""
        element = self.elements.get(name.removesuffix("[x]"))
        if element is not None:
            return element, None
        for candidate in self.elements.values():
            if candidate.choice and name.startswith(candidate.name):
                for type_key in candidate.types:
                    if candidate.name + suffix(type_key) == name:
                        return candidate, type_key
        return None

    def keys(self, element: Element) -> list[tuple[str, str]]:
        """(JSON name, type) for every form a choice can take."""
        return [(element.name + suffix(t), t) for t in element.types]


def suffix(type_key: str) -> str:
    """What a choice's name takes for this type: `string` → `String`."""
    name = type_key.rsplit("/", 1)[-1]
    return name[:1].upper() + name[1:]


class Schema:
    """All types a library knows; types are built when first asked for."""

    def __init__(self, models: Sequence[Mapping[str, Any]] = ()) -> None:
        self._models: dict[str, Mapping[str, Any]] = {}
        self._types: dict[str, Type | None] = {}
        for model in models:
            url = str(model.get("url", ""))
            if model.get("derivation") == "constraint" and definitions.definition(
                str(model.get("type", ""))
            ):
                self._types[url] = self.type(str(model["type"]))
                continue
            if url.startswith(_PREFIX) and definitions.definition(url.removeprefix(_PREFIX)):
                continue
            self._models[url] = model
            for name in (model.get("name"), model.get("type"), model.get("id")):
                if name and not definitions.definition(str(name)):
                    self._models.setdefault(str(name), model)

    def type(self, key: str) -> Type | None:
        """The type of a name (`Claim`), a path (`Claim.item`) or a url; None when unknown."""
        if key not in self._types:
            self._types[key] = None
            self._types[key] = self._build(key)
        return self._types[key]

    def _build(self, key: str) -> Type | None:
        plain = key.split("|")[0]
        if plain.startswith("http://hl7.org/fhirpath/System."):
            name = plain.rsplit(".", 1)[-1]
            return self.type(name[:1].lower() + name[1:])
        url, _, inner = plain.partition("#")
        model = self._models.get(url)
        if model is not None:
            return self._logical(model, inner)
        if url.startswith("http://hl7.org/fhir/"):
            plain = url.rsplit("/", 1)[-1]
        return self._fhir(plain)

    def _fhir(self, path: str) -> Type | None:
        root = path.split(".")[0]
        table = definitions.definition(root)
        if table is None or (path != root and path not in table["elements"]):
            model = self._models.get(root)
            return self._logical(model, path) if model is not None and path != root else None
        elements = _elements(
            path,
            [
                (p, e.get("max", "*"), e.get("min", 0), e.get("types", ()), e.get("ref"))
                for p, e in table["elements"].items()
            ],
            "",
        )
        if path != root:
            base = (table["elements"][path].get("types") or ["Element"])[0]
            return Type(path, path, "complex-type", base, False, elements)
        kind = str(table["kind"])
        return Type(root, root, kind, table["base"], bool(table["abstract"]), elements)

    def _logical(self, model: Mapping[str, Any], inner: str) -> Type | None:
        rows = (model.get("snapshot") or model.get("differential") or {}).get("element", [])
        if not rows:
            return None
        url = str(model.get("url", ""))
        root = str(rows[0]["path"]).split(".")[0]
        path = inner or root
        if inner and not any(r["path"] == inner for r in rows):
            return None
        listed = [
            (
                str(r["path"]),
                r.get("max", r.get("base", {}).get("max", "1")),
                int(r.get("min", 0)),
                [t["code"] for t in r.get("type", ())],
                str(r["contentReference"]).rpartition("#")[2] if "contentReference" in r else None,
            )
            for r in rows
        ]
        elements: dict[str, Element] = {}
        base = str(model.get("baseDefinition", ""))
        parent = self.type(base) if base and not inner else None
        if parent is not None and parent.kind == "logical":
            elements.update(parent.elements)
        for name, element in _elements(path, listed, url + "#").items():
            old = elements.get(name)
            if old is not None and not element.types:
                element = Element(name, element.many, old.types, element.least, old.choice)
            elements[name] = element
        primitive = str(model.get("kind", "")) == "primitive-type"
        name = path if inner else str(model.get("name") or root)
        kind = "primitive-type" if primitive else "logical"
        return Type(f"{url}#{inner}" if inner else url, name, kind, base, False, elements)


def _elements(
    path: str, rows: Sequence[tuple[str, str, int, Sequence[str], str | None]], prefix: str
) -> dict[str, Element]:
    """The elements directly below a path."""
    parents = {row[0].rpartition(".")[0] for row in rows}
    found: dict[str, Element] = {}
    for where, most, least, types, reference in rows:
        parent, _, name = where.rpartition(".")
        if parent != path:
            continue
        choice = name.endswith("[x]")
        name = name.removesuffix("[x]")
        if reference:
            keys: tuple[str, ...] = (prefix + reference,)
        elif where in parents and not (types and types[0][:1].islower()):
            keys = (prefix + where,)
        else:
            keys = tuple(dict.fromkeys(_key(t) for t in types))
        many = most not in ("0", "1")
        found.setdefault(name, Element(name, many, keys, least, choice or len(keys) > 1))
    return found


def _key(code: str) -> str:
    if code.startswith("http://hl7.org/fhirpath/System."):
        name = code.rsplit(".", 1)[-1]
        return name[:1].lower() + name[1:]
    return code.removeprefix(_PREFIX)
