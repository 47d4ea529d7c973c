"""POST /fhir/$reference-import: a reference list from a spreadsheet, tried first, then written.

The body is the file (XLSX or CSV). Without `reason` nothing is written: the answer tells what would
change. The same service as the console's (hub/authoring/references.py).
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.access.matrix import matrix
from hub.api import body, call
from hub.api.call import Call
from hub.authoring import references
from hub.authoring.references import Preview, Wanted
from hub.errors import Invalid, Issue
from hub.formats import exact_json
from hub.ports.amendments import HERE

#: What may stand in the address.
PARAMETERS = ("list", "from", "owner", "whole", "currency", "reason", "file", "_format")


def bring_in(this: Call, raw: bytes) -> dict[str, Any]:
    """What changes, and the number under which it was written (null: it was not).

    Raises:
        Forbidden: no right to import lists.
        Invalid: a parameter or the file cannot be read, or it is wrong and was to be written.
        Conflict: somebody changed the list at the same moment.
    """
    matrix().require(this.caller.roles, "reference.import")
    given = _given(this)
    shown = references.preview(this.hub.store, _wanted(given), raw, given.get("file", "")[:200])
    number = 0
    if "reason" in given:
        number = references.apply(this.hub.store, shown, this.caller.id, given["reason"])
    return _told(shown, number)


def _given(this: Call) -> dict[str, str]:
    given = {}
    for name, value in this.query:
        if name not in PARAMETERS or name in given:
            raise _wrong(
                f"Paramètre inconnu ou répété : {name[:40]}. Admis : {', '.join(PARAMETERS)}.",
                f"Unknown or repeated parameter: {name[:40]}. Allowed: {', '.join(PARAMETERS)}.",
            )
        given[name] = value
    return given


def _wanted(given: dict[str, str]) -> Wanted:
    try:
        start = date.fromisoformat(given.get("from", ""))
    except ValueError:
        raise _wrong(
            "Donnez « from » : la date AAAA-MM-JJ à partir de laquelle la liste vaut.",
            "Give “from”: the day YYYY-MM-DD from which the list counts.",
        ) from None
    whole = given.get("whole", "false")
    if whole not in ("true", "false"):
        raise _wrong("« whole » vaut true ou false.", "“whole” is true or false.")
    owner, currency = given.get("owner", HERE), given.get("currency", "").upper()
    return Wanted(given.get("list", ""), start, owner, whole == "true", currency)


def _told(shown: Preview, number: int) -> dict[str, Any]:
    plan = shown.plan
    return {
        "list": shown.wanted.list,
        "from": shown.wanted.start.isoformat(),
        "written": number or None,
        "same": plan.same,
        "steps": [asdict(step) for step in plan.steps],
        "findings": [asdict(one) for one in plan.findings],
        "notes": [asdict(one) for one in plan.notes],
    }


def _wrong(fr: str, en: str) -> Invalid:
    return Invalid(Issue("value", fr, en), status=400)


async def _endpoint(request: Request) -> Response:
    this = call.of(request)
    raw = await body.received(request)
    told = await run_in_threadpool(bring_in, this, raw)
    return Response(exact_json.dumps(told), media_type="application/json")


ROUTES = [Route("/fhir/$reference-import", _endpoint, methods=["POST"])]
