"""Versions of resources: as they were received, as the hub emits them, as the hub changes them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from hub.fhir import emit, search_index, splice
from hub.formats import exact_json
from hub.model import NewResource, StoredResource, Tree

#: Names made of other names: the same piece of news always gives the same id.
_NAMES = uuid.UUID("6f6c0f0e-6b1f-5a0c-9d52-6a1f3a8f4b7d")


def new_id() -> str:
    """An id nobody else has."""
    return str(uuid.uuid4())


def id_of(*names: str) -> str:
    """The id that these names always give, for what must not be made twice."""
    return str(uuid.uuid5(_NAMES, "\n".join(names)))


def received(resource: Tree, raw: bytes, id: str, now: datetime) -> NewResource:
    """The bytes received, with only id and meta put in; the bytes themselves are kept beside."""
    body = splice.with_meta(raw, id, 1, now)
    index = search_index.index(resource | {"id": id})
    return NewResource(resource["resourceType"], id, body, index, raw, now)


def emitted(
    resource: Tree, id: str, now: datetime, version: int = 1, *, once: bool = False
) -> NewResource:
    """What the hub made itself, checked twice: its first version, or a later one.

    With `once`, the first one stored stays whatever comes later.

    Raises:
        Problem: a defect of the hub or of a map (hub/fhir/emit.py).
    """
    body = splice.with_meta(emit.finish(resource), id, version, now)
    index = search_index.index(resource)
    follows = 0 if once else version - 1 or None
    return NewResource(resource["resourceType"], id, body, index, None, now, follows)


def revised(stored: StoredResource, now: datetime, **changes: Any) -> NewResource:
    """The next version of what is stored, with these elements; every digit is kept.

    Storing it fails with Conflict when another version has come between.
    """
    tree = exact_json.loads(stored.body) | changes
    body = splice.with_meta(exact_json.dumps(tree), stored.id, stored.version + 1, now)
    index = search_index.index(tree)
    return NewResource(stored.type, stored.id, body, index, None, now, stored.version)
