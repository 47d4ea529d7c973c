"""First versions of resources: as they were received, or as the hub emits them."""

from __future__ import annotations

import uuid
from datetime import datetime

from hub.fhir import emit, search_index, splice
from hub.model import NewResource, Tree


def new_id() -> str:
    """An id nobody else has."""
    return str(uuid.uuid4())


def received(resource: Tree, raw: bytes, id: str, now: datetime) -> NewResource:
    """The bytes received, with only id and meta put in; the bytes themselves are kept beside."""
    body = splice.with_meta(raw, id, 1, now)
    index = search_index.index(resource | {"id": id})
    return NewResource(resource["resourceType"], id, body, index, raw, now)


def emitted(resource: Tree, id: str, now: datetime) -> NewResource:
    """What the hub made itself, checked twice.

    Raises:
        Problem: a defect of the hub or of a map (hub/fhir/emit.py).
    """
    body = splice.with_meta(emit.finish(resource), id, 1, now)
    return NewResource(resource["resourceType"], id, body, search_index.index(resource), None, now)
