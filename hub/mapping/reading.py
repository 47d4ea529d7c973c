"""How generated code reads source trees: children, choices, list modes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.mapping.fhirpath.types import conforms
from hub.mapping.fhirpath.values import get, many, one
from hub.mapping.findings import Failure

#: What a look among known codes raises for any other value
UNKNOWN = (AttributeError, KeyError, TypeError)


def items(context: Any, name: str) -> list[Any]:
    """All children of a name."""
    if type(context) is dict:
        value = context.get(name)
        if type(value) is list:
            return value
        if value is not None:
            return [value]
    return get(context, name) if context is not None else []


def around(item: Any, context: Any, name: str) -> Any:
    """What stands beside a value without elements, of trees nothing defines."""
    return None if type(item) is dict or type(context) is not dict else context.get(name)


def head(found: list[Any]) -> Any:
    """The first child there is of an element that may repeat."""
    return next((item for item in found if item is not None), None)


def sole(value: Any, context: Any, name: str) -> Any:
    """The value of a choice element when it is given in a list, or under the bare name.

    Raises:
        Failure: there are several.
    """
    return one([item for item in many(value) or many(context.get(name)) if item is not None])


def numbered(context: Any, name: str) -> list[tuple[Any, Any]]:
    """Children of a primitive element that repeats, each with its id and extensions."""
    found = context.get(name)
    values = found if type(found) is list else [] if found is None else [found]
    extras = context.get("_" + name)
    if extras is None:
        return [(value, None) for value in values if value is not None]
    extras = extras if type(extras) is list else [extras]
    count = max(len(values), len(extras) if any(extras) else 0)
    pairs = [
        (values[n] if n < len(values) else None, extras[n] if n < len(extras) else None)
        for n in range(count)
    ]
    return [pair for pair in pairs if pair != (None, None)]


def named(value: Any, names: frozenset[str]) -> bool:
    """A source's type filter where a model says what derives from what."""
    if type(value) is dict and "resourceType" in value:
        return value["resourceType"] in names
    return any(conforms(value, name) for name in names)


def choices(context: Any, name: str, keys: Sequence[tuple[str, str]]) -> list[tuple[str, Any]]:
    """(type, value) for the forms of a choice element; "" for a value under the bare name."""
    if type(context) is not dict:
        return []
    found = [(kind, value) for key, kind in keys if key in context for value in many(context[key])]
    if not found and name in context:
        found = [("", value) for value in many(context[name])]
    return found


def forms(context: Any, name: str, keys: Sequence[tuple[str, str]]) -> list[tuple[str, Any, Any]]:
    """As `choices`, each with its id and extensions; what has only these counts too."""
    found: list[tuple[str, Any, Any]] = []
    for key, kind in keys if type(context) is dict else ():
        if key in context or "_" + key in context:
            found += [(kind, value, extra) for value, extra in numbered(context, key)]
    return found or [(kind, value, None) for kind, value in choices(context, name, keys)]


def typed(value: Any, name: str) -> bool:
    """A source's type filter."""
    return conforms(value, name)


def pick(found: list[Any], mode: str) -> list[Any]:
    """first, last, not_first, not_last, only_one.

    Raises:
        Failure: only_one, and there are more.
    """
    if mode == "only_one" and len(found) > 1:
        raise Failure(
            f"only_one: {len(found)} values found",
            f"only_one : {len(found)} valeurs trouvées alors qu’une seule est permise",
        )
    if mode in ("first", "last"):
        return found[:1] if mode == "first" else found[-1:]
    return {"not_first": found[1:], "not_last": found[:-1]}.get(mode, found)


def cardinality(found: list[Any], least: int, most: str) -> None:
    """The `min..max` of a source.

    Raises:
        Failure: too few or too many.
    """
    if len(found) < least or (most != "*" and len(found) > int(most)):
        raise Failure(
            f"{len(found)} values found where the rule wants {least}..{most}",
            f"{len(found)} valeur(s) trouvée(s), la règle en demande {least}..{most}",
        )


def broken(en: str, fr: str) -> None:
    """A rule with a mistake was reached."""
    raise Failure(en, fr)


def refuse(text: str) -> None:
    """A check that does not hold."""
    raise Failure(
        f"check failed: {text}", f"Contrôle non satisfait : {text} ; corrigez la donnée d’entrée"
    )
