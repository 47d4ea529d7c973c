"""What generated code calls `P`: how values are put into target trees.

Source: https://hl7.org/fhir/R5/mapping-language.html#rules
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.formats import definitions
from hub.mapping.fhirpath.temporal import Temporal
from hub.mapping.fhirpath.types import conforms, name_of
from hub.mapping.findings import Failure
from hub.mapping.transforms import copy
from hub.mapping.types import suffix

#: What a bare value becomes in a complex element: type → member that takes it
HOLDER = {
    "Reference": "reference",
    "CodeableConcept": "text",
    "Coding": "code",
    "Identifier": "value",
    "Quantity": "value",
    "ContactPoint": "value",
    "HumanName": "text",
    "Address": "text",
    "Annotation": "text",
    "Money": "value",
    "Narrative": "div",
    "Attachment": "data",
}
#: The form a choice takes a primitive in when it has no form of exactly its type
_NEAR = {
    "date": ("dateTime",),
    "instant": ("dateTime",),
    "code": ("string",),
    "id": ("string",),
    "markdown": ("string",),
    "url": ("uri", "string"),
    "uri": ("url", "canonical", "string"),
    "canonical": ("uri", "url", "string"),
    "oid": ("uri", "string"),
    "uuid": ("uri", "string"),
    "positiveInt": ("integer",),
    "unsignedInt": ("integer",),
    "integer": ("positiveInt", "unsignedInt", "decimal"),
}
_SAYS = {"code", "system"}
_CODING = {*_SAYS, "version", "display", "userSelected", "id", "extension"}
_CODING |= {"_" + name for name in _CODING}
_HELD = ("value", "data", "dataString", "xmlText")


def wrapped(value: Any, type_name: str, text: str) -> Any:
    """A bare value in a complex element; `text` is the member its model writes as XML text."""
    if isinstance(value, dict) or value is None:
        return codeable(value) if type_name == "CodeableConcept" else value
    holder = text or HOLDER.get(type_name, "")
    if type_name == "Narrative":
        return {"status": "generated", "div": value}
    if not holder and type_name:
        raise Failure(
            f"{type_name} has elements of its own, '{str(value)[:60]}' has none: name the element",
            f"{type_name} a ses éléments, « {str(value)[:60]} » n’en a pas : nommez l’élément visé",
        )
    return {holder: value} if holder else value


def codeable(value: Any) -> Any:
    """A Coding that goes where only a CodeableConcept may stand; anything else as it is."""
    if type(value) is not dict or not value.keys() & _SAYS or not value.keys() <= _CODING:
        return value
    return {"coding": [copy(value)]}


def coded(value: Any, type_name: str) -> Any:
    """A code in a complex element: that of a coding, where it has codings."""
    if type_name == "CodeableConcept" and not isinstance(value, dict) and value is not None:
        return {"coding": [{"code": value}]}
    return wrapped(value, type_name, "")


def unwrapped(value: Any) -> Any:
    """The bare value of a complex one that has to fit a primitive: CDA's ST, TS, INT …"""
    if not isinstance(value, dict):
        return value
    return next((value[key] for key in _HELD if key in value), value)


def beside(parent: dict[str, Any], key: str, many: bool, extra: Any) -> None:
    """Keep the id and extensions of a primitive that was just copied into an element."""
    if not isinstance(extra, dict):
        return
    if not many:
        parent["_" + key] = copy(extra)
        return
    others = parent.setdefault("_" + key, [])
    others += [None] * (len(parent.get(key, ())) - 1 - len(others))
    others.append(copy(extra))


def _defined(parent: dict[str, Any], key: str, value: Any) -> tuple[str, bool | None]:
    """(name, does it repeat?) of an element whose type only the run knows: a copied resource."""
    kind = parent.get("resourceType")
    table = definitions.definition(kind) if type(kind) is str else None
    elements = table["elements"] if table is not None else {}
    element = elements.get(f"{kind}.{key}")
    if element is not None:
        return key, element.get("max", "*") not in ("0", "1")
    choice = elements.get(f"{kind}.{key}[x]")
    if choice is None:
        return key, None
    keys = {name: key + suffix(name) for name in choice.get("types", ())}
    return chosen(keys, value, "") if value not in (None, {}) else key, False


def grow(parent: dict[str, Any], key: str, value: Any) -> Any:
    """One more value under a name nothing defines: the second makes it a list."""
    key, many = _defined(parent, key, value)
    if many is False and isinstance(value, dict) and not value:
        return parent.setdefault(key, value)
    if many is False:
        parent[key] = value
    elif many and key not in parent:
        parent[key] = [value]
    elif key not in parent:
        parent[key] = value
    elif isinstance(parent[key], list):
        parent[key].append(value)
    else:
        parent[key] = [parent[key], value]
    return value


class Leaf:
    """A primitive target that a rule created before it has a value."""

    __slots__ = ("key", "many", "parent", "place")

    def __init__(self, parent: dict[str, Any], key: str, many: bool) -> None:
        self.parent, self.key, self.many, self.place = parent, key, many, -1

    def value(self) -> Any:
        """What it holds now."""
        held = self.parent.get(self.key)
        if self.many:
            return held[self.place] if held and self.place >= 0 else None
        return held

    def beside(self) -> dict[str, Any]:
        """Its id and extensions; a value that never comes leaves its place empty."""
        made: dict[str, Any] = {}
        if not self.many:
            held: dict[str, Any] = self.parent.setdefault("_" + self.key, made)
            return held
        if self.place < 0:
            self.put(None)
        others = self.parent.setdefault("_" + self.key, [])
        others += [None] * (self.place + 1 - len(others))
        if others[self.place] is None:
            others[self.place] = made
        found: dict[str, Any] = others[self.place]
        return found

    def put(self, value: Any) -> None:
        """Give it its value."""
        if not self.many:
            self.parent[self.key] = value
            return
        values = self.parent.setdefault(self.key, [])
        if self.place < 0:
            self.place = len(values)
            values.append(value)
        else:
            values[self.place] = value


def at(parent: dict[str, Any], key: str) -> Leaf:
    """The primitive that was just put there, so that rules can add an id and extensions to it."""
    held = parent.get(key)
    leaf = Leaf(parent, key, type(held) is list)
    if isinstance(held, list):
        leaf.place = len(held) - 1
    return leaf


def inner(parent: dict[str, Any], key: str, many: bool) -> dict[str, Any]:
    """The existing item of a path in the middle of `a.b.c`, or a new one."""
    if not many:
        made: dict[str, Any] = parent.setdefault(key, {})
        return made
    items = parent.setdefault(key, [])
    if not items:
        items.append({})
    last: dict[str, Any] = items[-1]
    return last


def single(parent: dict[str, Any], key: str) -> dict[str, Any]:
    """The first item of a list, to which content is added, or a new one: `single` of R5.

    Source: https://hl7.org/fhir/R5/valueset-map-target-list-mode.html
    """
    items = parent.setdefault(key, [])
    if not items:
        items.append({})
    first: dict[str, Any] = items[0]
    return first


def replace(target: Any, value: Any) -> Any:
    """`tgt = value`: the children of a complex target, or the value of a primitive one."""
    if isinstance(target, Leaf):
        target.put(value)
    elif isinstance(value, dict):
        kept = target.get("resourceType")
        target.clear()
        if kept is not None:
            target["resourceType"] = kept
        target.update(value)
    return target


def chosen(keys: Mapping[str, str], value: Any, tag: str) -> str:
    """The JSON name under which a choice element takes this value.

    Raises:
        Failure: the element takes no value of this type.
    """
    for name in (tag, *_NEAR.get(tag, ())):
        if name in keys:
            return keys[name]
    if (name := name_of(value)) in keys:
        return keys[name]
    if isinstance(value, Temporal) and value.kind == "date" and "dateTime" in keys:
        return keys["dateTime"]
    for name, key in keys.items():
        if conforms(value, name):
            return key
    if len(keys) == 1:
        return next(iter(keys.values()))
    forms = list(keys.values())
    listed = ", ".join(forms[:5]) + (", …" if len(forms) > 5 else "")
    said = name_of(value) or (value.get("resourceType") if isinstance(value, dict) else "")
    raise Failure(
        f"none of {listed} takes this value{f' ({said})' if said else ''}",
        f"Ni {listed.replace(', ', ' ni ')} n’accepte cette valeur"
        f"{f' ({said})' if said else ''} : précisez le type par create() ou par un filtre",
    )
