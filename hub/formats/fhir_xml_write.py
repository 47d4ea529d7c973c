"""Trees to XML by type, elements in the order of the definition.

Source: https://hl7.org/fhir/R4/xml.html,
https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.representation
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lxml import etree

from hub import errors
from hub.formats import fhir_xml_cda as cda
from hub.formats.fhir_xml import DEEPEST, FHIR, XHTML, XSI
from hub.formats.fhir_xml_shapes import ElementShape, Shape, Shapes
from hub.model import Tree

etree.register_namespace("sdtc", "urn:hl7-org:sdtc")  # CDA's extensions, by the prefix people know
_PLACES = 30  #: powers of ten up to which a decimal is written without exponent


def dumps(tree: Tree, made: Shape | None, shapes: Shapes) -> bytes:
    """The document of a tree, UTF-8 with its declaration; `made` is None when the type is unknown.

    Raises:
        Refused: a value XML cannot carry.
    """
    try:
        root = Writer(shapes).document(tree, made)
    except ValueError as error:
        raise errors.Refused(
            errors.Issue(
                "value",
                f"Valeur impossible en XML ({error}) ; corrigez la donnée ou la carte",
                f"value impossible in XML ({error}); correct the data or the map",
            )
        ) from error
    _indent(root, "\n  ")
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _indent(node: etree._Element, space: str) -> None:
    """Lines for people, but not where white space is content: in text and in narratives."""
    mixed = (node.text or "").strip() or any((child.tail or "").strip() for child in node)
    if mixed or not len(node) or etree.QName(node).namespace == XHTML:
        return
    node.text = space
    for child in node:
        child.tail = space
        _indent(child, space + "  ")
    node[-1].tail = space[:-2]


class Writer:
    """Writes documents with one set of types."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes

    def document(self, tree: Tree, made: Shape | None) -> etree._Element:
        """The root element of a tree."""
        said = str(tree.get("resourceType", ""))
        if said and (made is None or (made.kind == "resource" and made.name != said)):
            made = self._said(said) or made
        space = made.namespace if made is not None else FHIR
        local = (made.written if made is not None else "") or said or "root"
        root = etree.Element(_tag(space, local), nsmap={None: space} if space else None)
        self._fill(root, tree, made, space, 0)
        return root

    def _fill(
        self, node: etree._Element, tree: Tree, made: Shape | None, space: str, depth: int
    ) -> None:
        if depth > DEEPEST:
            raise ValueError("too deeply nested")
        for key, element, chosen in self._ordered(tree, made):
            values = _listed(tree.get(key))
            beside = _listed(tree.get("_" + key))
            for index in range(max(len(values), len(beside))):
                value = values[index] if index < len(values) else None
                extra = beside[index] if index < len(beside) else None
                if value is not None or extra:
                    self._put(node, key, value, extra, (made, element, chosen), space, depth)

    def _ordered(
        self, tree: Tree, made: Shape | None
    ) -> list[tuple[str, ElementShape | None, str | None]]:
        """The members of a tree in the order of the definition; unknown ones at the end."""
        places = (
            {name: place for place, name in enumerate(made.elements)} if made is not None else {}
        )
        found: list[tuple[int, str, ElementShape | None, str | None]] = []
        keys = dict.fromkeys(k.removeprefix("_") for k in tree if k != "resourceType")
        for key in keys:
            known = made.find(key) if made is not None else None
            if known is None and made is not None:
                known = self.shapes.elsewhere(made.key, key)
            element, chosen = known if known is not None else (None, None)
            place = places.get(element.name, 10_000) if element is not None else 10_000
            found.append((place, key, element, chosen))
        found.sort(key=lambda each: each[0])
        return [each[1:] for each in found]

    def _put(
        self,
        node: etree._Element,
        key: str,
        value: Any,
        extra: Any,
        known: tuple[Shape | None, ElementShape | None, str | None],
        space: str,
        depth: int,
    ) -> None:
        made, element, chosen = known
        if element is not None and element.form == "text":
            _append_text(node, _text(value))
            return
        if is_attribute(made, element, key) and not isinstance(value, dict):
            text = _text(value)
            text = cda.compact(text) if element is not None and element.dates else text
            node.set(_attribute_name(made, element, key), text)
            return
        if element is not None and element.group and isinstance(value, dict):
            self._fill(node, value, self._kind(element, chosen, ""), space, depth + 1)
            return
        space = (element.namespace if element is not None else "") or space
        local = (
            element.written if element is not None and chosen is None and element.written else key
        )
        if isinstance(value, str) and element is not None and element.form == "cda":
            node.append(cda.from_xhtml(_markup(value), _tag(space, local)))
            return
        if isinstance(value, str) and _is_markup(value, element):
            node.append(_markup(value))
            return
        child = etree.SubElement(node, _tag(space, local))
        if not isinstance(value, dict):
            self._primitive(child, value, extra, element, chosen, space, depth)
            return
        said = str(value.get("resourceType", ""))
        kind = self._kind(element, chosen, said)
        if element is not None and element.tagged and kind is not None:
            child.set(f"{{{XSI}}}type", kind.name)
        if said and kind is not None and kind.kind == "resource":
            child.append(self.document(value, kind))
        else:
            self._fill(child, value, kind, space, depth + 1)

    def _primitive(
        self,
        child: etree._Element,
        value: Any,
        extra: Any,
        element: ElementShape | None,
        chosen: str | None,
        space: str,
        depth: int,
    ) -> None:
        kind = self._kind(element, chosen, "")
        texts = [e for e in kind.elements.values() if e.form == "text"] if kind is not None else []
        if isinstance(extra, dict):
            if extra.get("id"):
                child.set("id", str(extra["id"]))
            rest = {k: v for k, v in extra.items() if k != "id"}
            self._fill(child, rest, self.shapes.type("Element"), space, depth + 1)
        if value is not None and texts:
            child.text = _text(value)
        elif value is not None:
            child.set("value", _text(value))

    def _said(self, name: str) -> Shape | None:
        return self.shapes.type(name) or self.shapes.of_any_version(name)

    def _kind(self, element: ElementShape | None, chosen: str | None, said: str) -> Shape | None:
        if said:
            return self._said(said)
        keys = (chosen,) if chosen else element.types if element is not None else ()
        return self.shapes.type(keys[0]) if keys else None


def is_attribute(made: Shape | None, element: ElementShape | None, key: str) -> bool:
    """Is this element written as an attribute?"""
    if element is not None and element.form == "attribute":
        return True
    if made is None or made.kind not in ("complex-type", "primitive-type"):
        return False
    return key == "id" or (key == "url" and made.name == "Extension")


def _attribute_name(made: Shape | None, element: ElementShape | None, key: str) -> str:
    if element is None:
        return key
    foreign = made is not None and element.namespace not in ("", made.namespace)
    return _tag(element.namespace, element.written) if foreign else element.written


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _tag(space: str, local: str) -> str:
    return f"{{{space}}}{local}" if space else local


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal) and -_PLACES <= value.adjusted() <= _PLACES:
        return format(value, "f")
    return str(value)


def _append_text(node: etree._Element, text: str) -> None:
    if len(node):
        node[-1].tail = (node[-1].tail or "") + text
    else:
        node.text = (node.text or "") + text


def _is_markup(value: str, element: ElementShape | None) -> bool:
    marked = element is not None and element.form == "xhtml"
    return value.startswith("<") and (marked or XHTML in value[:200])


def _markup(value: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(value.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"malformed markup: {error}") from error
