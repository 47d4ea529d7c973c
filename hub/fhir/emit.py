"""What we emit is checked twice, by our validator and by fhir.resources, then written exactly.

fhir.resources never writes it: its decimals become floats.
"""

from __future__ import annotations

from importlib import import_module

from pydantic import BaseModel, ValidationError

from hub.errors import Issue, Problem
from hub.fhir.findings import shown
from hub.fhir.validate import validate
from hub.formats.exact_json import dumps
from hub.model import Tree


def finish(resource: Tree) -> bytes:
    """The JSON bytes of a resource we made ourselves.

    Raises:
        Problem: one of the two validators finds a fault: a defect of the hub or of a map.
    """
    issues = validate(resource)
    if issues:
        raise Problem(*issues)
    body = dumps(resource)
    issues = second_opinion(resource["resourceType"], body)
    if issues:
        raise Problem(*issues)
    return body


def second_opinion(type_name: str, body: bytes) -> list[Issue]:
    """What fhir.resources.R4B finds wrong with a resource; types it does not have pass."""
    model = _model(type_name)
    if model is None:
        return []
    try:
        model.model_validate_json(body)
    except ValidationError as error:
        return [_issue(type_name, row["loc"], row["msg"]) for row in error.errors()]
    except KeyError as error:
        return [_issue(type_name, (), f"unknown type {error}")]
    return []


def _model(type_name: str) -> type[BaseModel] | None:
    """The class of a type. fhir.resources takes a third of a second to import: only when used."""
    try:
        module = import_module(f"fhir.resources.R4B.{type_name.lower()}")
    except ModuleNotFoundError:
        return None
    model: type[BaseModel] = getattr(module, type_name)
    return model


def _issue(type_name: str, location: tuple[int | str, ...], message: str) -> Issue:
    path = type_name
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    return Issue(
        "structure",
        f"La seconde vérification (fhir.resources) refuse la ressource : {shown(message)}. "
        "Corrigez la carte qui l’a produite.",
        f"The second check (fhir.resources) refuses the resource: {shown(message)}. "
        "Correct the map that made it.",
        path,
    )
