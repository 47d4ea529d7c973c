"""Source and target documents of a map: JSON, XML, and files of records where a layout says how.

Source: docs/record-formats.md, https://hl7.org/fhir/R4/xml.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.errors import Invalid, Issue
from hub.formats import delimited, fhir_xml, fixed_width, records_load
from hub.formats.records_model import FILE, RecordModel
from hub.mapping.library import Library
from hub.mapping.schema import Schema
from hub.mapping.types import Element, Type
from hub.model import Tree

#: How documents begin; a text in UTF-16 is told by the reader of JSON.
_DOCUMENT = (b"<", b"{", b"[", b"\xff", b"\xfe", b"\x00")


@dataclass(frozen=True, slots=True)
class _Rooted:
    """The types of a schema, with the one that a map names for the root of its document."""

    schema: Schema
    made: Type

    def type(self, key: str) -> Type | None:
        return self.schema.type(key)

    def root(self, namespace: str, name: str) -> Type | None:
        named = name in (self.made.written, self.made.name)
        return self.made if named else self.schema.root(namespace, name)

    def elsewhere(self, key: str, name: str) -> tuple[Element, str | None] | None:
        return self.schema.elsewhere(key, name)

    def of_any_version(self, name: str) -> Type | None:
        return self.schema.of_any_version(name)


def read(library: Library, canonical: str, body: bytes) -> Tree:
    """The tree of a map's source document.

    A root that has the name of the map's source type is read as that type: of its FHIR version.

    Raises:
        Invalid, Unreadable: it is neither JSON nor XML, nor records of the map's source model.
    """
    made = _side(library, canonical, "source")
    bare = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if made is not None and bare.startswith(b"<"):
        return fhir_xml.loads(bare, _Rooted(library.schema, made))
    layout = _layout(library, made)
    if layout is None or bare.startswith(b"{"):
        if bare[:1] not in _DOCUMENT:
            raise _no_document(bare)
        return _one(library.read(body))
    tree: Tree = _form(layout).loads(body, layout)
    return tree


def _no_document(bare: bytes) -> Invalid:
    fr = "La source n’est ni un objet JSON ni du XML ; pour un CSV ou des colonnes fixes, donnez"
    en = "the source is neither a JSON object nor XML; for CSV or fixed-width records, give the map"
    return Invalid(
        Issue("structure", "La source est vide : donnez un document", "the source is empty")
        if not bare
        else Issue(
            "structure",
            f"{fr} à la carte un modèle d’enregistrements (docs/record-formats.md)",
            f"{en} a record layout as its source (docs/record-formats.md)",
        )
    )


def _one(tree: Any) -> Tree:
    if isinstance(tree, dict):
        return tree
    raise Invalid(
        Issue(
            "structure",
            "La source n’est pas un objet JSON : donnez un seul document { … } par fichier, sans "
            "liste autour",
            "the source is no JSON object: give one document { … } a file, without a list around",
        )
    )


def records(library: Library, canonical: str, tree: Tree) -> bytes | None:
    """The file of records of a target tree; None when its model is no record layout.

    Raises:
        Refused: with every value that the layout cannot carry.
        Invalid: the layout contradicts itself.
    """
    layout = _layout(library, _side(library, canonical, "target"))
    return None if layout is None else _form(layout).dumps(tree, layout)[0]


def _side(library: Library, canonical: str, mode: str) -> Type | None:
    return next((made for given, made in library.inputs(canonical) if given == mode), None)


def _form(layout: RecordModel) -> Any:
    return fixed_width if layout.file.form == "fixed" else delimited


def _layout(library: Library, made: Type | None) -> RecordModel | None:
    """The record layout of a type."""
    model: Mapping[str, Any] | None = library.schema.model(made.key) if made is not None else None
    extensions = model.get("extension", ()) if model is not None else ()
    if model is None or not any(each.get("url") == FILE for each in extensions):
        return None
    try:
        return records_load.load(dict(model))
    except (ValueError, KeyError) as error:
        raise Invalid(
            Issue(
                "structure",
                f"Le modèle d’enregistrements {model.get('url')} se contredit ({error}) : "
                "corrigez-le, voir docs/record-formats.md",
                f"the record layout {model.get('url')} contradicts itself ({error})",
            )
        ) from None
