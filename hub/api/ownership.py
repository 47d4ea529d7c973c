"""What a caller stores is theirs, in the name of their providers, and about what they can see.

A claim that names somebody else's Patient would have the hub send that person's data on: a
reference that leads to nothing the caller sees is refused, whether or not something is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hub.access.clients import Caller
from hub.errors import Forbidden, Invalid, Issue
from hub.formats import exact_json
from hub.model import IndexEntry
from hub.ports import Acceptance
from hub.wiring import Hub

_TYPES = "Patient|Coverage|Claim|ClaimResponse"
_LOCAL = re.compile(rf"(({_TYPES})/[A-Za-z0-9.\-]{{1,64}})(/_history/[0-9]+)?")
_MOST_TOLD = 10


def owned(hub: Hub, acceptance: Acceptance, caller: Caller) -> Acceptance:
    """The acceptance as the caller's own; `hub` is the hub as the caller sees it.

    Raises:
        Forbidden: a claim in the name of a provider the caller does not speak for.
        Invalid: 422, a reference to what does not exist for the caller.
    """
    for exchange in acceptance.exchanges:
        if not caller.speaks_for(exchange.provider):
            raise Forbidden(
                Issue(
                    "forbidden",
                    "Votre compte ne peut pas envoyer au nom de ce prestataire. Corrigez "
                    "Claim.provider, ou demandez ce droit à l'administrateur de sécurité.",
                    "Your account cannot send in the name of this provider. Correct "
                    "Claim.provider, or ask the security administrator for that right.",
                    "Claim.provider",
                )
            )
    _check_references(hub, acceptance)
    mark = IndexEntry("_tenant", caller.tenant)
    kept = [replace(new, index=(*new.index, mark)) for new in acceptance.resources]
    return replace(acceptance, resources=kept)


def _check_references(hub: Hub, acceptance: Acceptance) -> None:
    known = {f"{one.type}/{one.id}" for one in acceptance.resources}
    absent: list[Issue] = []
    for one in acceptance.resources:
        for path, name in _references(exact_json.loads(one.body), one.type, hub.settings.base):
            type_name, _, id = name.partition("/")
            if name not in known and hub.store.read(type_name, id) is None:
                absent.append(_absent(path, name))
            else:
                known.add(name)
    if absent:
        raise Invalid(*absent[:_MOST_TOLD])


def _references(node: Any, path: str, base: str) -> Iterator[tuple[str, str]]:
    """(where, Type/id) of each reference to a resource of this hub."""
    if isinstance(node, list):
        for position, one in enumerate(node):
            yield from _references(one, f"{path}[{position}]", base)
    elif isinstance(node, dict):
        said = node.get("reference")
        local = _LOCAL.fullmatch(said.removeprefix(f"{base}/")) if isinstance(said, str) else None
        if local:
            yield path, local[1]
        for name, value in node.items():
            yield from _references(value, f"{path}.{name}", base)


def _absent(path: str, name: str) -> Issue:
    return Issue(
        "not-found",
        f"{name} n'existe pas ici. Envoyez cette ressource d'abord ou avec la feuille, ou désignez "
        "la personne par son numéro (identifier).",
        f"{name} does not exist here. Send that resource first or along with the claim, or name "
        "the person by their number (identifier).",
        path,
    )
