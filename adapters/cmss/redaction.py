"""Masks identities and diagnoses in a CMSS document; structure and amounts stay."""

from __future__ import annotations

from lxml import etree

from adapters.cmss.documents import Element
from hub import errors
from hub.formats import xml, xml_strict

MASK = "***"
#: local names whose text identifies somebody, whoever they belong to
_ALWAYS = {
    *("numeroAMO", "NINA", "prenoms", "dateNaissance", "reference", "numeroOrdre"),
    *("numeroProvisoire", "nina", "matricule", "nomMarital", "naissance", "deces"),
}
#: local names that identify or tell an illness only inside these
_INSIDE = {
    "beneficiaire": {"nom", "sexe"},
    "prescripteur": {"nom"},
    "diagnostic": {"code", "libelle"},
    "Mouvement": {"nom", "sexe", "assure"},
    "Annulation": {"motif"},
}


def mask(body: bytes) -> bytes:
    """The document with those texts masked; a document that cannot be read is left out whole."""
    try:
        root = xml_strict.parse(body)
    except errors.Unreadable:
        return f"(document illisible de {len(body)} octets, masqué en entier)".encode()
    for node in root.iter():
        if _secret(node):
            node.text = MASK
    return xml.serialize(root, root.getroottree().docinfo.encoding or "UTF-8")


def _secret(node: Element) -> bool:
    name = etree.QName(node).localname
    parent = node.getparent()
    inside = etree.QName(parent).localname if parent is not None else ""
    return name in _ALWAYS or name in _INSIDE.get(inside, set())
