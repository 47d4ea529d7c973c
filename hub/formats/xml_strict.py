"""XML from outside, parsed strictly, and checked against schemas kept beside us.

https://www.w3.org/TR/xml/ https://www.w3.org/TR/xmlschema-1/
"""

from __future__ import annotations

import re
import threading
from functools import cache
from pathlib import Path

from lxml import etree

from hub import errors

#: UTF-7, UTF-16 and UTF-32 hide markup from people and tools that look at the bytes.
_ENCODINGS = {"UTF-8", "ISO-8859-1", "US-ASCII", "ASCII", "ISO-8859-15", "WINDOWS-1252"}
_BOM = b"\xef\xbb\xbf"


def parse(body: bytes) -> etree._Element:
    """The root of a document that holds nothing but elements, attributes and text.

    A comment or an entity inside an amount silently cuts it for most readers, so neither is
    taken, wherever it stands.

    Raises:
        Unreadable: malformed, or a DOCTYPE, comment, processing instruction, entity, NUL byte or
            unusual encoding.
    """
    if not body.removeprefix(_BOM).startswith(b"<") or b"\x00" in body:
        raise _unreadable("il n'est pas du XML dans un codage admis", "no XML in a usual encoding")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise _unreadable(f"il est mal formé, ligne {error.lineno}", "malformed") from error
    info = root.getroottree().docinfo
    if info.doctype or info.internalDTD is not None:
        raise _unreadable("il porte un DOCTYPE", "it has a DOCTYPE")
    if (info.encoding or "UTF-8").upper() not in _ENCODINGS:
        raise _unreadable(f"son codage est {info.encoding}", f"its encoding is {info.encoding}")
    around = [*root.itersiblings(preceding=True), *root.itersiblings()]
    if any(not isinstance(node.tag, str) for node in [*around, *root.iter()]):
        raise _unreadable(
            "il porte un commentaire, une instruction de traitement ou une entité",
            "it has a comment, a processing instruction or an entity",
        )
    # lxml writes a name as {namespace}local, and cannot read it again with braces or a colon in it
    if any(_is_odd(name) for node in root.iter() for name in (node.tag, *node.attrib)):
        raise _unreadable("il porte un nom impossible", "it has an impossible name")
    return root


def _is_odd(name: object) -> bool:
    namespace, _, local = str(name).rpartition("}")
    return ":" in local or "}" in namespace or "{" in namespace[1:]


class Schema:
    """An XSD and the schemas beside it. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        document = etree.parse(path, parser)
        for node in document.iter("{*}import", "{*}include", "{*}redefine"):
            if "/" in (node.get("schemaLocation") or ""):
                raise ValueError(f"{path.name}: {node.get('schemaLocation')} is not beside it")
        self._schema = etree.XMLSchema(document)
        self._lock = threading.Lock()

    def findings(self, element: etree._Element) -> list[errors.Issue]:
        """What the schema forbids in this document, with line numbers; empty when valid."""
        with self._lock:
            if self._schema.validate(element):
                return []
            log = list(self._schema.error_log)
        return [_finding(entry.line, entry.message) for entry in log]


def _finding(line: int, message: str) -> errors.Issue:
    """libxml2's message without the namespaces, which hide the names."""
    words = re.sub(r"\{https?:[^}]*\}", "", message)
    fr, en = (f"ligne {line} : ", f"line {line}: ") if line else ("", "")
    return errors.Issue(
        "structure",
        f"{fr}le document ne respecte pas le schéma, corrigez cet élément ({words})",
        f"{en}the document does not follow the schema, correct this element ({words})",
    )


@cache
def schema(path: Path) -> Schema:
    """The schema at this path, compiled once.

    Raises:
        ValueError: it imports a schema from elsewhere.
        lxml.etree.XMLSchemaParseError: it is not a schema.
    """
    return Schema(path)


def _unreadable(fr: str, en: str) -> errors.Unreadable:
    return errors.Unreadable(
        errors.Issue(
            "structure",
            f"le document XML est refusé : {fr} ; demandez à l'institution de le corriger.",
            f"the XML document is refused: {en}; ask the partner to correct it.",
        )
    )
