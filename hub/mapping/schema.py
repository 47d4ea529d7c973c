"""Every type a library knows: those of FHIR's versions, and the models given with the maps.

R4 types come from hub.formats.definitions, those of other versions from the tables beside this
file, everything else from StructureDefinitions (https://hl7.org/fhir/R4/structuredefinition.html#logical).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hub.formats import definitions
from hub.mapping import models
from hub.mapping.types import (
    FHIR_PREFIX,
    Element,
    Row,
    Type,
    code_key,
    elements,
    suffix,
    tail,
    version_of,
)

__all__ = ["Element", "Schema", "Type", "suffix"]

_VERSIONED = re.compile(r"http://hl7\.org/fhir/(\d\.\d)\d*(?:\.\d+)?/(?:StructureDefinition/)?(.+)")
_GUIDE = re.compile(r"http://hl7\.org/fhir/[a-z]{2}/[\w.-]+/")
_DEEPEST_BASES = 20


class Schema:
    """All types a library knows; types are built when first asked for."""

    def __init__(self, given: Sequence[Mapping[str, Any]] = ()) -> None:
        self._models: dict[str, Mapping[str, Any]] = {}
        self._types: dict[str, Type | None] = {}
        self._roots: dict[str, list[Mapping[str, Any]]] = {}
        self._below: dict[str, frozenset[str]] = {}
        for model in given:
            self._add(model)

    def _add(self, model: Mapping[str, Any]) -> None:
        url, kind = str(model.get("url", "")), str(model.get("type", ""))
        known = definitions.definition(kind) is not None
        if model.get("derivation") == "constraint" and known:
            self._types[url] = self.type(kind)  # a profile has the elements of its type
            return
        if url.startswith(FHIR_PREFIX) and not models.rows(model)[0]:
            return
        self._models.setdefault(url, model)
        if model.get("derivation") != "constraint":
            self._roots.setdefault(models.root_name(model), []).append(model)
        for name in (model.get("name"), kind, kind.rpartition("/")[2], model.get("id")):
            if name and (not definitions.definition(str(name)) or url == FHIR_PREFIX + str(name)):
                self._models.setdefault(str(name), model)

    def type(self, key: str) -> Type | None:
        """The type of a name (`Claim`), a path (`Claim.item`) or a url; None when unknown."""
        if key not in self._types:
            self._types[key] = None
            self._types[key] = self._build(key)
        return self._types[key]

    def model(self, url: str) -> Mapping[str, Any] | None:
        """The StructureDefinition that was given for a url."""
        return self._models.get(url)

    def given(self) -> list[str]:
        """The urls of the models that were given."""
        return sorted(name for name in self._models if "://" in name)

    def root(self, namespace: str, name: str) -> Type | None:
        """The type of an XML document's root element."""
        found = [self.type(str(model.get("url", ""))) for model in self._roots.get(name, ())]
        found.sort(key=lambda t: t is None or t.namespace != namespace)
        if found and found[0] is not None:
            return found[0]
        return self.type(name) or self.of_any_version(name)

    def is_a(self, made: Type | None, wanted: Type) -> bool:
        """Is a type the wanted one or derived from it?"""
        for _ in range(_DEEPEST_BASES):
            if made is None:
                return False
            if made.key == wanted.key or made.name == wanted.name:
                return True
            made = self.type(made.base) if made.base else None
        return False

    def below(self, wanted: Type) -> frozenset[str]:
        """The names of all given models that are the wanted type or derive from it."""
        if wanted.key not in self._below:
            made = (self.type(url) for url in list(self._models))
            names = {t.name for t in made if t is not None and self.is_a(t, wanted)}
            self._below[wanted.key] = frozenset(names | {wanted.name})
        return self._below[wanted.key]

    def of_any_version(self, name: str) -> Type | None:
        """A type R4 does not have, of the nearest version that has it."""
        return next((t for v in models.TABLES if (t := self._old(v, name)) is not None), None)

    def elsewhere(self, key: str, name: str) -> tuple[Element, str | None] | None:
        """An element an R4 type does not have but another version does: maps seldom say which."""
        for version in () if "/" in key else models.TABLES:
            other = self.type(f"{version}/{key}")
            found = other.find(name) if other is not None else None
            if found is not None:
                element, chosen = found
                keys = tuple(self._plain(key) for key in element.types)
                return replace(element, types=keys), self._plain(chosen) if chosen else None
        return None

    def _plain(self, key: str) -> str:
        """The R4 type of another version's key, where there is one."""
        return tail(key) if self.type(tail(key)) is not None else key

    def _build(self, key: str) -> Type | None:
        plain = key.split("|")[0]
        if plain.startswith("http://hl7.org/fhirpath/System."):
            return self.type(code_key(plain))
        url, _, inner = plain.partition("#")
        model = self._models.get(url)
        if model is not None:
            return self._modelled(model, inner)
        versioned = _VERSIONED.fullmatch(url)
        if versioned is not None:
            return self._of_version(*versioned.groups())
        if version_of(url):
            return self._old(version_of(url), tail(url))
        if url.startswith("http://hl7.org/fhir/"):
            if _GUIDE.match(url):  # a guide's model that is not here: not FHIR's type of that name
                return None
            plain = url.rsplit("/", 1)[-1]
        return self._r4(plain) or (self.of_any_version(plain) if plain != key else None)

    def _of_version(self, version: str, name: str) -> Type | None:
        model = self._models.get(FHIR_PREFIX + name)
        if model is not None and str(model.get("fhirVersion", "")).startswith(version):
            return self._modelled(model, "")
        known = _known(version)
        if known:
            return self._old(known, name) or self._r4(name)
        made = self._r4(name)
        return replace(made, loose=True) if made is not None and version[0] != "4" else made

    def _r4(self, path: str) -> Type | None:
        root = path.split(".")[0]
        table = definitions.definition(root)
        if table is None or (path != root and path not in table["elements"]):
            model = self._models.get(root)
            return self._modelled(model, path) if model is not None and path != root else None
        rows = [
            Row(
                p,
                e.get("max", "*"),
                e.get("min", 0),
                e.get("types", ()),
                e.get("ref", ""),
                binding=e["binding"][1] if e.get("binding", ("",))[0] == "required" else "",
            )
            for p, e in table["elements"].items()
        ]
        found = elements(path, rows, "")
        if path != root:
            base = (table["elements"][path].get("types") or ["Element"])[0]
            return Type(path, path, "complex-type", base, False, found)
        kind = str(table["kind"])
        return Type(root, root, kind, table["base"], bool(table["abstract"]), found, written=root)

    def _old(self, version: str, path: str) -> Type | None:
        """A type of another version than R4."""
        if version not in models.TABLES:
            return None
        root, prefix = path.split(".")[0], version + "/"
        table = models.table(version).get(root)
        if table is None:
            return None
        rows = models.table_rows(version, root)
        if path == root:
            kind, base = str(table["kind"]), str(table["base"])
        else:
            kind = "complex-type"
            base = next((r.types[0] for r in rows if r.path == path and r.types), "")
            if not base:
                return None
        parent = self._old(version, base) if base else None
        found = {**parent.elements} if parent is not None and kind != "primitive-type" else {}
        found |= elements(path, rows, prefix, prefix)
        abstract = path == root and bool(table["abstract"])
        return Type(prefix + path, path, kind, prefix + base, abstract, found, written=root)

    def _modelled(self, model: Mapping[str, Any], inner: str) -> Type | None:
        rows, whole = models.rows(model)
        if not rows:
            return None
        url, base = str(model.get("url", "")), str(model.get("baseDefinition", ""))
        root = rows[0].path.split(".")[0]
        path = inner or root
        here = next((r for r in rows if r.path == inner), None)
        if inner and here is None:
            return None
        if here is not None:
            base = here.types[0] if here.types else ""
        parent = self.type(base) if base and not whole and url != base else None
        merged = {**parent.elements} if parent is not None and parent.kind == "logical" else {}
        space = models.namespace(model)
        for name, element in elements(path, rows, url + "#").items():
            old = merged.get(name)
            if old is not None and not element.types:
                element = replace(old, many=element.many and old.many, least=element.least)
            merged[name] = element if element.namespace else replace(element, namespace=space)
        for row in rows:
            if row.most == "0" and row.path.rpartition(".")[0] == path:
                merged.pop(row.path.rpartition(".")[2].removesuffix("[x]"), None)
        kind = str(model.get("kind", "")) or "logical"
        name = path if inner else self._name(model, root, kind)
        return Type(
            f"{url}#{inner}" if inner else url,
            name,
            "complex-type" if inner and kind != "logical" else kind,
            base,
            bool(model.get("abstract")) and not inner,
            merged,
            space,
            models.root_name(model),
        )

    @staticmethod
    def _name(model: Mapping[str, Any], root: str, kind: str) -> str:
        """FHIR's own types are called by their type, models by their name."""
        kept = str(model.get("type", "")) if kind != "logical" else ""
        return kept.rpartition("/")[2] or str(model.get("name") or root)


def _known(version: str) -> str:
    """The version with a table of its own for a number in a canonical; "" for R4 and unknown."""
    ballots = {"4.1": "4.3", "4.2": "5.0", "4.4": "5.0", "4.5": "5.0", "4.6": "5.0"}
    if version[0] in "56":
        return "5.0"
    if version[0] == "3" or version in ("1.4", "1.6", "1.8"):
        return "3.0"
    return (
        "1.0"
        if version in ("0.5", "1.0")
        else ballots.get(version, version if version == "4.3" else "")
    )
