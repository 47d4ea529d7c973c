"""What people read when the shape of an object is wrong."""

from __future__ import annotations

from hub.fhir.findings import Finding, Node, fault, shown


def empty_object() -> list[Finding]:
    """An object without content (ele-1)."""
    return fault(
        "invariant",
        "L’élément est vide (ele-1). Donnez-lui un contenu ou retirez-le.",
        "The element is empty (ele-1). Give it content or remove it.",
    )


def empty_array() -> list[Finding]:
    """An array without items: https://hl7.org/fhir/R4/json.html#repeats"""
    return fault(
        "structure",
        "Le tableau est vide. Ajoutez un élément ou retirez le tableau.",
        "The array is empty. Add an item or remove the array.",
    )


def null(path: str = "") -> list[Finding]:
    """A null that nothing justifies."""
    return fault(
        "structure",
        "null n’est pas permis ici. Donnez une valeur ou retirez l’élément.",
        "null is not allowed here. Give a value or remove the element.",
        path,
    )


def unknown(key: str) -> list[Finding]:
    """An element the type does not have."""
    return fault(
        "structure",
        f"L’élément « {shown(key)} » n’existe pas ici en FHIR R4. Corrigez son nom ou retirez-le.",
        f'The element "{shown(key)}" does not exist here in FHIR R4. '
        "Correct its name or remove it.",
        f".{shown(key)}",
    )


def missing(key: str) -> list[Finding]:
    """A required element that is not there."""
    return fault(
        "required",
        f"L’élément obligatoire « {key} » manque. Ajoutez-le.",
        f'The required element "{key}" is missing. Add it.',
        f".{key.removesuffix('[x]')}",
    )


def several(stem: str, keys: set[str]) -> list[Finding]:
    """More than one type of a choice."""
    given = ", ".join(sorted(keys))
    return fault(
        "structure",
        f"« {stem}[x] » est donné plusieurs fois ({given}). N’en gardez qu’un.",
        f'"{stem}[x]" is given more than once ({given}). Keep only one.',
        f".{stem}",
    )


def no_resource_type() -> list[Finding]:
    """A resource that does not say what it is."""
    return fault(
        "required",
        "« resourceType » manque ou n’est pas un texte. Écrivez le type de la ressource.",
        "resourceType is missing or not a string. Write the type of the resource.",
    )


def unknown_resource(name: str) -> list[Finding]:
    """A resource type R4 does not have."""
    return fault(
        "structure",
        f"« {shown(name)} » n’est pas un type de ressource de FHIR R4. Corrigez « resourceType ».",
        f'"{shown(name)}" is not a resource type of FHIR R4. Correct resourceType.',
    )


def unexpected_resource(name: str, expected: str) -> list[Finding]:
    """Another resource than the one this address takes."""
    return fault(
        "value",
        f"Une ressource {expected} est attendue ici, pas {name}. Envoyez-la à /{name} "
        "ou corrigez « resourceType ».",
        f"A {expected} is expected here, not {name}. Send it to /{name} or correct resourceType.",
    )


def unknown_modifier(value: Node) -> list[Finding]:
    """A modifier extension changes the meaning of what holds it; the hub knows none."""
    first = value[0] if isinstance(value, list) and value else {}
    url = shown(first.get("url", "")) if isinstance(first, dict) else ""
    return fault(
        "extension",
        f"La plateforme ne connaît pas l’extension modificatrice {url} et ne peut donc pas "
        "traiter cet élément. Retirez-la, ou demandez à l’administrateur de la prendre en charge.",
        f"The hub does not know the modifier extension {url} and so cannot process this element. "
        "Remove it, or ask the administrator to support it.",
    )


def implicit_rules() -> list[Finding]:
    """Rules the hub would have to know before it may read the resource."""
    return fault(
        "not-supported",
        "La plateforme ne connaît pas de règles implicites. Retirez « implicitRules ».",
        "The hub knows no implicit rules. Remove implicitRules.",
    )


def more() -> list[Finding]:
    """What stands for the issues that are not listed."""
    return fault(
        "too-costly",
        "D’autres erreurs suivent. Corrigez d’abord celles-ci, puis renvoyez la ressource.",
        "There are more errors. Correct these first, then send the resource again.",
    )
