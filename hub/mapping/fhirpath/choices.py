"""Types asked for at run time: choice elements by their JSON names, other values by their form.

Source: https://hl7.org/fhirpath/N1/#types and https://hl7.org/fhir/R4/formats.html#choice
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.mapping.fhirpath import types, values
from hub.mapping.fhirpath.values import Collection, many, one
from hub.mapping.findings import Failure


def form(item: Any, name: str, keys: Sequence[str]) -> Collection:
    """A choice element in the form the item has it; the bare name counts too."""
    if type(item) is not dict:
        return values.get(item, name)
    for key in keys:
        value = item.get(key)
        if value is not None:
            return value if type(value) is list else [value]
    return many(item.get(name))


def chosen(item: Any, name: str, keys: Sequence[str], wanted: str) -> Collection:
    """A choice element, only in these forms."""
    if type(item) is not dict:
        return of_type(values.get(item, name), wanted)
    for key in keys:
        value = item.get(key)
        if value is not None:
            return value if type(value) is list else [value]
    return of_type(many(item.get(name)), wanted)


def settled(items: Collection, verdict: bool) -> Collection:
    """`is`, where the type is known beforehand."""
    return [] if one(items) is None else [verdict]


def is_among(items: Collection, fitting: Collection) -> Collection:
    """`is`, where the fitting forms of a choice were looked up."""
    return [] if one(items) is None else [bool(fitting)]


def types_of(items: Collection, options: Sequence[str]) -> Collection:
    """type(): namespace and name; `options` are the types an element allows."""
    return [types.info(item, options) for item in items]


def of_type(items: Collection, name: str) -> Collection:
    """Items that have this type."""
    return [item for item in items if types.conforms(item, name)]


def is_type(items: Collection, name: str) -> Collection:
    """Has the only item this type?"""
    item = one(items)
    return [] if item is None else [types.conforms(item, name)]


def conforms_to(items: Collection, profile: Collection) -> Collection:
    """conformsTo(): the type a core profile names; other profiles are not known here."""
    item, url = one(items), str(one(profile) or "")
    if item is None:
        return []
    if not url.startswith("http://hl7.org/fhir/StructureDefinition/"):
        raise Failure(
            f"conformsTo: the profile {url} is not known here",
            f"conformsTo : le profil {url} n’est pas connu ici ; testez les éléments un à un",
        )
    return [types.conforms(item, url.rsplit("/", 1)[-1])]


def choice(items: Collection, name: str, wanted: str) -> Collection:
    """`a.value.ofType(T)`: the form of a choice element that has this type."""
    plain = wanted.rpartition(".")[2]
    key = name + plain[:1].upper() + plain[1:]
    found: Collection = []
    for item in items:
        if type(item) is dict and key in item:
            found += many(item[key])
        elif type(item) is dict and name in item:
            found += of_type(many(item[name]), wanted)
    return found


def is_choice(items: Collection, name: str, wanted: str) -> Collection:
    """`a.value is T`"""
    if not values.child(items, name):
        return []
    return [bool(choice(items, name, wanted))]
