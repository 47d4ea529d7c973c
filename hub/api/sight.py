"""What a caller is shown: without diagnoses unless they are theirs to see, and written down.

Every read of a payload leaves an audit row before the bytes leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool

from hub.access.clients import PUBLIC
from hub.access.matrix import matrix
from hub.access.redaction import without_diagnoses
from hub.api.call import Call
from hub.evidence.chain import Act
from hub.model import StoredResource


async def shown(this: Call, action: str, found: Sequence[StoredResource]) -> list[StoredResource]:
    """What of these versions the caller may see; who saw which, and for what purpose, is recorded.

    Nothing is recorded while the doors are open: nobody is known then.
    """
    given = list(found)
    if matrix().granted(this.caller.roles, "diagnosis.read") is None:
        given = [replace(one, body=without_diagnoses(one.type, one.body)) for one in found]
    pairs = [(one, whole) for one, whole in zip(given, found, strict=True)]
    acts = [_act(this, action, *pair) for pair in pairs if pair[0].type not in PUBLIC]
    if this.hub.caller is not None and acts:
        await run_in_threadpool(this.hub.store.record, acts)
    return given


def _act(this: Call, action: str, given: StoredResource, whole: StoredResource) -> Act:
    detail: dict[str, Any] = {"version": given.version, "purpose": this.caller.purpose}
    if given.body != whole.body:
        detail["redacted"] = "diagnosis"
    name = f"{given.type}/{given.id}"
    return Act(f"client|{this.caller.id}", action, name, datetime.now(UTC), detail)
