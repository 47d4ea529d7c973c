"""CANAM's SOAP bodies: models, schema, and the inquiry that has no model of its own.

Illustrative reference profile: describes no official interface.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from lxml import etree

from hub import errors
from hub.formats import logical, xml, xml_strict
from hub.model import Tree

NAMESPACE = "https://benkan.example/canam/amo/2026"
SCHEMA = Path(__file__).parent / "schema"
#: SOAP operation → logical models of the question and of the answer
MODELS = {
    "ConsulterDroits": ("canam-consulter-droits", "canam-droits"),
    "DemanderAccordPrealable": ("canam-demander-accord", "canam-accord"),
    "DeclarerPrestation": ("canam-declarer-prestation", "canam-recu"),
    "DeclarerLiquidation": ("canam-declarer-liquidation", "canam-recu-liquidation"),
    "AnnulerDeclaration": ("canam-annuler", "canam-annulation"),
    "ConsulterReferentiel": ("canam-consulter-referentiel", "canam-referentiel"),
    "ConsulterEtat": ("canam-consulter-etat", "canam-etat"),
}


@cache
def model(name: str) -> logical.Model:
    """The logical model of this name (``canam-droits``)."""
    return logical.read(files("mappings") / "canam" / "models" / f"{name}.json")


def movement() -> logical.Model:
    """The model of a piece of news; it answers no question."""
    return model("canam-mouvement")


def question(operation: str, tree: Tree) -> bytes:
    """The exact body of a question.

    Raises:
        Refused: what the model or the schema forbids, all at once.
    """
    return _bytes(xml.build(tree, model(MODELS[operation][0])))


def answer(operation: str, tree: Tree) -> bytes:
    """The exact body of an answer; raises as `question`."""
    return _bytes(xml.build(tree, model(MODELS[operation][1])))


def plain(name: str, values: Tree) -> etree._Element:
    """An element of the schema without a logical model; repeated rows are lists of trees."""
    root = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap={None: NAMESPACE})
    for key, value in values.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                child = plain(key, item)
            else:
                child = etree.Element(f"{{{NAMESPACE}}}{key}")
                child.text = str(item)
            root.append(child)
    return root


def name_of(element: etree._Element) -> str:
    """Local name of an element of CANAM's namespace, "" for another one."""
    tag = etree.QName(element)
    return tag.localname if tag.namespace == NAMESPACE else ""


def number_of(element: etree._Element) -> str:
    """The number of a piece of news."""
    return element.findtext(f"{{{NAMESPACE}}}numero") or ""


def findings(element: etree._Element) -> list[errors.Issue]:
    """What CANAM's schema forbids in this element."""
    return xml_strict.schema(SCHEMA / "canam.xsd").findings(element)


def read(operation: str, body: bytes) -> Tree:
    """The tree of the answer to a SOAP operation.

    Raises:
        Unreadable: not the answer to this operation, or not by its schema.
    """
    element = xml_strict.parse(body)
    found = findings(element)
    if found:
        raise errors.Unreadable(*found)
    return xml.tree(element, model(MODELS[operation][1]))


def _bytes(element: etree._Element) -> bytes:
    body: bytes = etree.tostring(element, encoding="utf-8", xml_declaration=False)
    found = findings(xml_strict.parse(body))
    if found:
        raise errors.Refused(*found)
    return body
