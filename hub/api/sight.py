"""Every read of a payload by a caller leaves an audit row before the bytes leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool

from hub.access.clients import PUBLIC
from hub.api.call import Call
from hub.evidence.chain import Act
from hub.model import StoredResource

#: What callers say the data is for: https://hl7.org/fhir/R4/v3/PurposeOfUse/cs.html
_PURPOSE = "x-purpose-of-use"


async def saw(this: Call, action: str, shown: Sequence[StoredResource]) -> None:
    """Record who saw which versions, and for which purpose they said.

    Nothing is recorded while the doors are open: nobody is known then.
    """
    seen = [one for one in shown if one.type not in PUBLIC]
    if this.hub.caller is None or not seen:
        return
    purpose = this.headers.get(_PURPOSE, "")[:64]
    now = datetime.now(UTC)
    acts = [
        Act(
            f"client|{this.caller.id}",
            action,
            f"{one.type}/{one.id}",
            now,
            {"version": one.version, "purpose": purpose},
        )
        for one in seen
    ]
    await run_in_threadpool(this.hub.store.record, acts)
