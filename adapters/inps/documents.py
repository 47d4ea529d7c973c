"""INPS's JSON messages, checked both ways against their logical models (mappings/inps/models).

Exact: amounts keep their digits, no key twice, nothing the model does not know.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from hub import errors
from hub.formats import exact_json, logical, primitives
from hub.formats.logical import Element
from hub.model import Tree

_MOVEMENTS = "mouvements"


@cache
def model(name: str) -> logical.Model:
    """The logical model inps-<name>."""
    folder = files("mappings") / "inps" / "models"
    if name != _MOVEMENTS:
        return logical.read(folder / f"inps-{name}.json")
    text = (folder / "inps-mouvement.json").read_text(encoding="utf-8")
    return logical.load(_batch(json.loads(text, parse_float=Decimal)))


def write(tree: Tree, name: str) -> bytes:
    """The message of a tree.

    Raises:
        Refused: everything that is missing, unknown, too many or of another type.
    """
    found = list(_findings(tree, model(name).root, model(name).root.name))
    if found:
        raise errors.Refused(*found)
    return exact_json.dumps(tree)


def read(body: bytes, name: str) -> Tree:
    """The tree of a message.

    Raises:
        Unreadable: not exact JSON, or not by its model.
    """
    try:
        tree = exact_json.loads(body)
    except errors.Invalid as error:
        raise errors.Unreadable(*error.issues) from None
    found = list(_findings(tree, model(name).root, model(name).root.name))
    if found or not isinstance(tree, dict):
        raise errors.Unreadable(*found)
    return tree


def _batch(movement: Tree) -> Tree:
    """The model of a batch: its heading, and the movements below it."""
    rows: list[Tree] = movement["snapshot"]["element"]
    heading = [
        ("Lot", 0, "1", ""),
        ("Lot.lot", 1, "1", "string"),
        ("Lot.emission", 1, "1", "date"),
        ("Lot.nombre", 1, "1", "unsignedInt"),
        ("Lot.mouvement", 0, "*", ""),
    ]
    top = [
        {"path": path, "short": path, "min": low, "max": high, "type": [{"code": kind}]}
        for path, low, high, kind in heading
    ]
    below = [{**row, "path": f"Lot.mouvement.{row['path'].partition('.')[2]}"} for row in rows[1:]]
    return {**movement, "snapshot": {"element": [*top, *below]}}


def _findings(tree: Any, element: Element, path: str) -> Iterator[errors.Issue]:
    if not isinstance(tree, dict):
        yield _issue("un objet est attendu", "an object is expected", path)
        return
    for name in tree.keys() - element.children.keys():
        yield _issue("élément inconnu", "unknown element", f"{path}.{name}")
    for name, child in element.children.items():
        value, place = tree.get(name), f"{path}.{name}"
        if value is None or value == []:
            if child.required:
                what = child.short or name
                yield _issue(f"il manque « {what} »", f"“{name}” is missing", place)
        elif child.many:
            yield from _each(value, child, place)
        else:
            yield from _one(value, child, place)


def _each(value: Any, child: Element, place: str) -> Iterator[errors.Issue]:
    if not isinstance(value, list):
        yield _issue("une liste est attendue", "a list is expected", place)
        return
    for number, item in enumerate(value):
        yield from _one(item, child, f"{place}[{number}]")


def _one(value: Any, child: Element, place: str) -> Iterator[errors.Issue]:
    if child.children:
        yield from _findings(value, child, place)
        return
    try:
        fits = _TYPES.get(child.type, _is_text)(value) and primitives.write(value, child) != ""
    except ValueError:
        fits = False
    if not fits:
        yield _issue("la valeur ne convient pas", "the value is not right", place)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "decimal": _is_number,
    "integer": _is_whole,
    "unsignedInt": _is_whole,
    "positiveInt": _is_whole,
    "boolean": lambda value: isinstance(value, bool),
}


def _issue(fr: str, en: str, path: str) -> errors.Issue:
    return errors.Issue(
        "structure",
        f"{fr} : corrigez la demande ou le mapping, ou signalez-le à l'INPS.",
        f"{en}: correct the request or the map, or tell INPS.",
        path,
    )
