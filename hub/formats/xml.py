"""Trees to XML and back, by logical model.

https://www.w3.org/TR/xml/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree

from hub import errors
from hub.formats import primitives
from hub.formats.logical import Element, Model
from hub.formats.xml_strict import parse
from hub.model import Tree


def dumps(tree: Tree, model: Model, encoding: str = "UTF-8") -> bytes:
    """A document with its declaration. `tree` holds the children of the model's root.

    A character the encoding cannot carry becomes a numeric character reference
    (https://www.w3.org/TR/xml/#sec-references), so nothing is lost.

    Raises:
        Refused: every element that is missing, unknown, repeated or of another type.
    """
    return serialize(build(tree, model), encoding)


def serialize(element: etree._Element, encoding: str = "UTF-8") -> bytes:
    """A document with its declaration, the same bytes for the same element."""
    return etree.tostring(element, encoding=encoding, xml_declaration=True)


def build(tree: Tree, model: Model) -> etree._Element:
    """As `dumps`, an element instead of bytes."""
    found: list[errors.Issue] = []
    namespaces = {None: model.namespace} if model.namespace else None
    root = etree.Element(_tag(model, model.root), nsmap=namespaces)
    _fill(root, tree, model, model.root, model.root.name, found)
    if found:
        raise errors.Refused(*found)
    return root


def loads(body: bytes, model: Model) -> Tree:
    """The tree of a document: amounts Decimal, repeated elements lists.

    Raises:
        Unreadable: the document is not strictly of this model, or carries a DOCTYPE, a comment,
            a processing instruction, an entity or an encoding other than the usual ones.
    """
    return tree(parse(body), model)


def tree(element: etree._Element, model: Model) -> Tree:
    """As `loads`, from an element that `parse` gave."""
    if element.tag != _tag(model, model.root):
        raise _unreadable(model.root.written, f"« {_local(element)} » au lieu de cet élément")
    return _collect(element, model, model.root, model.root.written)


def _tag(model: Model, element: Element) -> str:
    return f"{{{model.namespace}}}{element.written}" if model.namespace else element.written


def _fill(
    node: etree._Element,
    values: Tree,
    model: Model,
    definition: Element,
    path: str,
    found: list[errors.Issue],
) -> None:
    unknown = [k for k in values if k not in definition.children]
    found.extend(
        errors.Issue(
            "structure",
            "cet élément n'existe pas dans le modèle de l'institution : corrigez le mapping.",
            "this element does not exist in the partner's model: correct the map.",
            f"{path}.{name}",
        )
        for name in unknown
    )
    for child in definition.children.values():
        for place, value in _values(values, child, path, found):
            _put(node, value, model, child, place, found)


def _values(
    values: Tree, child: Element, path: str, found: list[errors.Issue]
) -> Iterator[tuple[str, Any]]:
    """Each value of one child with its path; a single value is a list of one."""
    value = values.get(child.name)
    items: Sequence[Any] = value if isinstance(value, list) else [] if value is None else [value]
    place = f"{path}.{child.name}"
    if child.required and not items:
        found.append(
            errors.Issue(
                "required",
                f"il manque « {child.short} » : complétez la demande ou le mapping.",
                f"“{child.name}” is missing: complete the claim or the map.",
                place,
            )
        )
    if not child.many and len(items) > 1:
        found.append(
            errors.Issue(
                "structure",
                "une seule valeur est possible : corrigez le mapping.",
                "only one value is possible: correct the map.",
                place,
            )
        )
    for index, item in enumerate(items):
        yield (f"{place}[{index}]" if child.many else place), item


def _put(
    node: etree._Element,
    value: Any,
    model: Model,
    child: Element,
    path: str,
    found: list[errors.Issue],
) -> None:
    if child.children and isinstance(value, dict):
        _fill(etree.SubElement(node, _tag(model, child)), value, model, child, path, found)
        return
    try:
        text = primitives.write(value, child)
        if child.attribute:
            node.set(child.written, text)
        else:
            # lxml refuses control characters, which XML cannot carry: ValueError
            etree.SubElement(node, _tag(model, child)).text = text
    except ValueError:
        found.append(
            errors.Issue(
                "value",
                f"« {child.short} » : valeur impossible (type {child.type}) ; corrigez la demande"
                " ou le mapping.",
                f"“{child.name}”: impossible value (type {child.type}); correct the claim"
                " or the map.",
                path,
            )
        )


def _collect(node: etree._Element, model: Model, definition: Element, path: str) -> Tree:
    _no_stray_text(node, path)
    result: Tree = {}
    attributes = {c.written: c for c in definition.children.values() if c.attribute}
    for name, text in node.attrib.items():
        if name not in attributes:
            raise _unreadable(f"{path}/@{name}", "attribut inconnu")
        result[attributes[str(name)].name] = _value(str(text), attributes[str(name)], path)
    elements = {_tag(model, c): c for c in definition.children.values() if not c.attribute}
    order = list(elements)
    last = 0
    for item in node:
        tag = str(item.tag)
        child = elements.get(tag)
        place = f"{path}/{_local(item)}"
        if child is None:
            raise _unreadable(place, "élément inconnu")
        if order.index(tag) < last:
            raise _unreadable(place, "élément hors de sa place")
        last = order.index(tag)
        _add(result, child, _content(item, model, child, place), place)
    missing = [c.written for c in definition.children.values() if c.required]
    missing = [n for n in missing if n not in {definition.children[k].written for k in result}]
    if missing:
        raise _unreadable(path, f"il manque {', '.join(missing)}")
    return {name: result[name] for name in definition.children if name in result}


def _content(item: etree._Element, model: Model, child: Element, path: str) -> Any:
    if child.children:
        return _collect(item, model, child, path)
    if len(item) or item.attrib:
        raise _unreadable(path, "cet élément ne porte qu'une valeur")
    return _value(item.text or "", child, path)


def _add(result: Tree, child: Element, value: Any, path: str) -> None:
    if child.many:
        result.setdefault(child.name, []).append(value)
    elif child.name in result:
        raise _unreadable(path, "élément répété")
    else:
        result[child.name] = value


def _value(text: str, child: Element, path: str) -> Any:
    try:
        return primitives.read(text, child)
    except ValueError:
        raise _unreadable(path, f"« {child.short} » n'est pas de type {child.type}") from None


def _no_stray_text(node: etree._Element, path: str) -> None:
    if any((text or "").strip() for text in (node.text, *(child.tail for child in node))):
        raise _unreadable(path, "texte entre les éléments")


def _local(node: etree._Element) -> str:
    return etree.QName(node).localname


def _unreadable(path: str, why: str) -> errors.Unreadable:
    return errors.Unreadable(
        errors.Issue(
            "structure",
            f"le document reçu ne suit pas son modèle ({why}) ; demandez à l'institution de le"
            " corriger.",
            f"the document received does not follow its model ({why}); ask the partner to"
            " correct it.",
            path,
        )
    )
