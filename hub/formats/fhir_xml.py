"""XML to trees by type: FHIR resources, and instances of logical models such as CDA.

A tree is what FHIR's JSON would hold; text an element holds stands under the element its model
calls xmlText. Source: https://hl7.org/fhir/R4/xml.html,
https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.representation
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from lxml import etree

from hub import errors
from hub.formats import fhir_xml_cda as cda
from hub.formats.fhir_xml_shapes import ElementShape, Shape, Shapes
from hub.model import Tree

FHIR = "http://hl7.org/fhir"
XHTML = "http://www.w3.org/1999/xhtml"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
DEEPEST = 200
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")
_BETWEEN_TAGS = re.compile(r">[^<]+")  #: where the reference tools write &quot; for a quote
_WHOLE = ("integer", "integer64", "positiveInt", "unsignedInt")


def loads(body: bytes, shapes: Shapes) -> Tree:
    """The tree of a document; its root decides the type, an unknown one is read without.

    Raises:
        Unreadable: not well-formed, or with a DOCTYPE.
    """
    return Reader(shapes).document(parse(body))


def parse(body: bytes) -> etree._Element:
    """The root of a document, comments and processing instructions left out.

    Raises:
        Unreadable: not well-formed, or with a DOCTYPE.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        said = str(error.msg).partition(", line")[0]
        raise _unreadable(
            f"XML mal formé, ligne {line}, colonne {column} (« {said} »)",
            f"malformed XML, line {line}, column {column} ({said})",
        ) from error
    except ValueError as error:
        raise _unreadable(f"XML mal formé ({error})", f"malformed XML ({error})") from error
    if root.getroottree().docinfo.doctype:
        raise _unreadable("un DOCTYPE n’est pas admis", "a DOCTYPE is not accepted")
    return root


def _unreadable(fr: str, en: str) -> errors.Unreadable:
    return errors.Unreadable(
        errors.Issue(
            "structure", f"{fr} ; corrigez le fichier source", f"{en}; correct the source file"
        )
    )


class Reader:
    """Reads documents with one set of types."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes

    def document(self, root: etree._Element) -> Tree:
        """The tree of a document's root."""
        name = etree.QName(root)
        made = self.shapes.root(name.namespace or "", name.localname)
        tree: Tree = {}
        if made is None or made.kind == "resource":
            tree["resourceType"] = name.localname
        self._fill(tree, root, made, 0)
        return tree

    def _fill(self, tree: Tree, node: etree._Element, made: Shape | None, depth: int) -> None:
        if depth > DEEPEST:
            raise _unreadable("des éléments trop imbriqués", "too deeply nested elements")
        for name, value in node.attrib.items():
            self._attribute(tree, etree.QName(name), str(value), made)
        texts = [e for e in made.elements.values() if e.form == "text"] if made is not None else []
        text = "".join([node.text or "", *(child.tail or "" for child in node)]).strip()
        if text and (texts or made is None):
            element = texts[0] if texts else None
            self._put(
                tree, element.name if element else "value", element, self._typed(text, element)
            )
        for child in node:
            if isinstance(child.tag, str):
                self._child(tree, child, made, depth)

    def _attribute(self, tree: Tree, name: etree.QName, text: str, made: Shape | None) -> None:
        if name.namespace == XSI:
            return
        element = made.elements.get(name.localname) if made is not None else None
        if made is not None and (element is None or element.written != name.localname):
            attributes = [e for e in made.elements.values() if e.form == "attribute"]
            element = next((e for e in attributes if e.written == name.localname), element)
        key = element.name if element is not None else name.localname
        self._put(tree, key, element, self._typed(text, element))

    def _child(self, tree: Tree, node: etree._Element, made: Shape | None, depth: int) -> None:
        name = etree.QName(node)
        element, chosen = self._element(name, made)
        group = self._group(name, made) if element is None else None
        if group is not None:
            item: Tree = {}
            self._child(item, node, self.shapes.type(group.types[0]), depth)
            self._put(tree, group.name, group, item)
            return
        key = element.name if element is not None else name.localname
        if element is not None and chosen is not None:
            key = name.localname
        kind = self._kind(node, element, chosen)
        if element is not None and element.form == "cda":
            self._put(tree, key, element, cda.to_xhtml(node))
        elif name.namespace == XHTML or (element is not None and element.form == "xhtml"):
            self._put(tree, key, element, _markup(node))
        elif kind is not None and kind.kind == "primitive-type":
            self._primitive(tree, key, node, kind, element, depth)
        elif kind is None and _plain(node):
            self._put(tree, key, element, node.get("value") or (node.text or "").strip())
        else:
            self._put(tree, key, element, self._complex(node, kind, element, depth))

    def _element(
        self, name: etree.QName, made: Shape | None
    ) -> tuple[ElementShape | None, str | None]:
        if made is None:
            return None, None
        for each in made.elements.values():
            here = not each.namespace or each.namespace == name.namespace
            if here and each.written == name.localname and each.form not in ("attribute", "text"):
                return each, None
        found = made.find(name.localname)
        found = found or self.shapes.elsewhere(made.key, name.localname)
        return found or (None, None)

    def _group(self, name: etree.QName, made: Shape | None) -> ElementShape | None:
        """The element without a tag of its own (xml-choice-group) that holds this one."""
        for each in made.elements.values() if made is not None else ():
            inner = self.shapes.type(each.types[0]) if each.group and each.types else None
            if inner is not None and self._element(name, inner)[0] is not None:
                return each
        return None

    def _kind(
        self, node: etree._Element, element: ElementShape | None, chosen: str | None
    ) -> Shape | None:
        said = str(node.get(f"{{{XSI}}}type", "")).rpartition(":")[2]
        named = self.shapes.type(said) if said else None
        if named is not None:
            return named
        if chosen is not None:
            return self.shapes.type(chosen)
        keys = element.types if element is not None else ()
        return self.shapes.type(keys[0]) if len(keys) == 1 or (keys and not said) else None

    def _complex(
        self, node: etree._Element, kind: Shape | None, element: ElementShape | None, depth: int
    ) -> Tree:
        inner: Tree = {}
        if kind is not None and kind.kind == "resource" and len(node) == 1 and not node.attrib:
            return self.document(node[0])
        if (
            element is not None
            and element.tagged
            and kind is not None
            and node.get(f"{{{XSI}}}type")
        ):
            inner["resourceType"] = kind.name
        self._fill(inner, node, kind, depth + 1)
        return inner

    def _primitive(
        self,
        tree: Tree,
        key: str,
        node: etree._Element,
        kind: Shape,
        element: ElementShape | None,
        depth: int,
    ) -> None:
        text = node.get("value")
        if text is None and (node.text or "").strip():
            text = (node.text or "").strip()
        value = None if text is None else lexical(str(text), self._root(kind))
        extra: Tree = {}
        if node.get("id"):
            extra["id"] = str(node.get("id"))
        for child in node:
            if isinstance(child.tag, str):
                self._child(extra, child, self.shapes.type("Element"), depth + 1)
        self._put(tree, key, element, value, extra)

    def _typed(self, text: str, element: ElementShape | None) -> Any:
        kind = self.shapes.type(element.types[0]) if element is not None and element.types else None
        text = cda.moment(text) if element is not None and element.dates else text
        return lexical(text, self._root(kind)) if kind is not None else text

    def _root(self, kind: Shape) -> str:
        """The FHIR primitive a primitive type is or derives from."""
        base = self.shapes.type(kind.base) if kind.base and "/" in kind.base else None
        return base.name if base is not None and base.kind == "primitive-type" else kind.name

    @staticmethod
    def _put(
        tree: Tree, key: str, element: ElementShape | None, value: Any, extra: Tree | None = None
    ) -> None:
        if element is not None and element.many:
            values = tree.setdefault(key, [])
            values.append(value)
            if extra or "_" + key in tree:
                beside = tree.setdefault("_" + key, [])
                beside += [None] * (len(values) - 1 - len(beside))
                beside.append(extra or None)
            return
        if extra:
            tree["_" + key] = extra
        if value is None:
            return
        if key not in tree:
            tree[key] = value
        elif isinstance(tree[key], list):
            tree[key].append(value)
        else:
            tree[key] = [tree[key], value]


def lexical(text: str, kind: str) -> Any:
    """A primitive's text as JSON holds it; text that has not the form of its type stays text."""
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    if kind in _WHOLE and _INTEGER.fullmatch(text):
        return int(text)
    if kind == "decimal" and _DECIMAL.fullmatch(text):
        return Decimal(text)
    return text


def _plain(node: etree._Element) -> bool:
    """Is an element of unknown type a single value?"""
    if len(node):
        return False
    return set(node.attrib) == {"value"} or (not node.attrib and bool((node.text or "").strip()))


def _markup(node: etree._Element) -> str:
    """An element with all it holds, as text."""
    etree.cleanup_namespaces(node)
    text = str(etree.tostring(node, encoding="unicode", with_tail=False))
    return _BETWEEN_TAGS.sub(lambda match: match[0].replace('"', "&quot;"), text)
