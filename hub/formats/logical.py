"""Logical models: the shape of a partner's messages, read from FHIR StructureDefinitions.

https://hl7.org/fhir/R4/structuredefinition.html#logical
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from hub.model import Tree

#: https://hl7.org/fhir/tools/StructureDefinition-xml-name.html
XML_NAME = "http://hl7.org/fhir/tools/StructureDefinition/xml-name"
#: https://hl7.org/fhir/tools/StructureDefinition-xml-namespace.html
XML_NAMESPACE = "http://hl7.org/fhir/tools/StructureDefinition/xml-namespace"


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a model: what it is called in a tree and how it is written."""

    path: str  #: Feuille.ligne.montant
    name: str  #: key in the tree
    written: str  #: local name in XML
    required: bool
    many: bool  #: a list in the tree
    attribute: bool  #: written as an XML attribute
    type: str  #: FHIR type code; "" when it only has children
    short: str  #: what it means, in the partner's language
    children: Mapping[str, Element] = field(default_factory=dict)  #: by tree key, in order


@dataclass(frozen=True, slots=True)
class Model:
    """A partner's message."""

    url: str
    namespace: str  #: XML namespace of all its elements; "" for none
    root: Element


def load(definition: Tree) -> Model:
    """The model of a StructureDefinition of kind logical that carries a snapshot.

    Raises:
        ValueError: it is not one, or a path has no parent.
    """
    if definition.get("kind") != "logical" or "snapshot" not in definition:
        raise ValueError(f"{definition.get('url')}: not a logical model with a snapshot")
    rows: list[Tree] = definition["snapshot"]["element"]
    children: dict[str, dict[str, Element]] = {row["path"]: {} for row in rows}
    for row in rows[1:]:
        parent, _, name = row["path"].rpartition(".")
        if parent not in children:
            raise ValueError(f"{row['path']}: no element is called {parent}")
        children[parent][name] = _element(row, children[row["path"]])
    return Model(
        url=definition["url"],
        namespace=_extension(definition, XML_NAMESPACE) or "",
        root=_element(rows[0], children[rows[0]["path"]]),
    )


def read(file: Path | Traversable) -> Model:
    """As `load`, from a JSON file."""
    return load(json.loads(file.read_text(encoding="utf-8")))


def _element(row: Tree, children: Mapping[str, Element]) -> Element:
    name = row["path"].rpartition(".")[2]
    types: list[Tree] = row.get("type", [])
    return Element(
        path=row["path"],
        name=name,
        written=_extension(row, XML_NAME) or name,
        required=row.get("min", 0) > 0,
        many=row.get("max", "1") != "1",
        attribute="xmlAttr" in row.get("representation", []),
        type=types[0]["code"] if types else "",
        short=row.get("short", ""),
        children=children,
    )


def _extension(row: Tree, url: str) -> str | None:
    found: list[Any] = [e for e in row.get("extension", []) if e.get("url") == url]
    if not found:
        return None
    return str(found[0].get("valueString") or found[0].get("valueUri"))
