"""The audit as FHIR AuditEvents: read and searched, each caller what concerns them.

https://hl7.org/fhir/R4/auditevent.html#search

A provider sees what was done to its own data and what its clients did, a supervisor what concerns
its institution, an auditor everything. Events are made anew from the chain each time, newest first;
how many match is not counted. What was asked for is itself a row of the audit.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from hub import access_wiring
from hub.access.matrix import matrix
from hub.access_wiring import Wanted
from hub.api import answers, bundles, paging
from hub.api.call import Call
from hub.api.query import Parameters
from hub.errors import Invalid, Issue, NotFound
from hub.evidence.chain import Act, Entry
from hub.fhir.audit_event import ACTIONS, audit_event
from hub.formats import exact_json
from hub.model import StoredResource

TYPE = "AuditEvent"
#: What it can be searched by, and the kind of each: https://hl7.org/fhir/R4/auditevent.html#search
PARAMETERS = {
    "_id": "token",
    "action": "token",
    "altid": "token",
    "date": "date",
    "entity": "reference",
    "subtype": "token",
}
_ID = re.compile(r"audit-([1-9][0-9]{0,17})")
_DATE = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb)?([0-9].*)", re.DOTALL)


async def read(this: Call, id: str) -> Response:
    """One event; what is none of the caller's business is as if it were not there.

    Raises:
        Forbidden: no right to the audit, or no scope for it.
        NotFound
    """
    this.may("read", TYPE)
    named = _ID.fullmatch(id)
    wanted = Wanted(rows=[int(named[1])]) if named else None
    found = await run_in_threadpool(_find, this, wanted, 1, None) if wanted else []
    if not found:
        shown = f"{TYPE}/{id[:64]}"
        raise NotFound(
            Issue(
                "not-found",
                f"{shown} n’existe pas ici : vérifiez l’identifiant, ou cherchez par « entity ».",
                f'{shown} does not exist here: check the id, or search by "entity".',
            )
        )
    await _saw(this, {"row": found[0].seq})
    event = _event(found[0])
    return answers.fhir(event.body, 200, answers.versioned(event))


async def search(this: Call, given: Parameters) -> Response:
    """One page, newest first, without a total.

    Raises:
        Forbidden: no right to the audit, or no scope for it.
        Invalid: 400, a parameter or value that is not understood.
    """
    this.may("search", TYPE)
    count, before = paging.asked(given)
    used = [(name, value) for name, value in given if name not in paging.RESULT]
    if this.prefer.handling == "lenient":
        used = [(name, value) for name, value in used if name in PARAMETERS]
    wanted = _wanted(used, this.base)
    found = await run_in_threadpool(_find, this, wanted, count + 1, before)
    shown = [_event(entry) for entry in found[:count]]
    more = len(found) > count and bool(shown)
    links = paging.links(f"{this.base}/{TYPE}", used, given, shown[-1].seq if more else None)
    await _saw(this, {name: value[:200] for name, value in used})
    return answers.fhir(bundles.searchset(this.base, shown, None, links))


def _find(this: Call, wanted: Wanted, count: int, before: int | None) -> list[Entry]:
    reach = matrix().granted(this.caller.roles, "audit.search")
    sight = access_wiring.audit_sight(this.hub.store, this.hub.table, this.caller, reach)
    try:
        return sight.find(wanted, count, before)
    except ValueError as fault:
        raise _unreadable("date", str(fault)) from None


async def _saw(this: Call, asked: dict[str, object]) -> None:
    if this.hub.caller is None:
        return
    act = Act(f"client|{this.caller.id}", "audit-searched", "Audit", datetime.now(UTC), asked)
    await run_in_threadpool(this.hub.store.record, [act])


def _event(entry: Entry) -> StoredResource:
    content = exact_json.loads(entry.content.encode())
    event = audit_event(content, entry.prev, entry.digest)
    at = datetime.fromisoformat(content["at"])
    return StoredResource(TYPE, event["id"], 1, exact_json.dumps(event), at, entry.seq)


def _wanted(used: Parameters, base: str) -> Wanted:
    dates: list[tuple[str, str]] = []
    lists: dict[str, list[str]] = {}
    for name, value in used:
        if name not in PARAMETERS:
            raise _unknown(name)
        if name == "date":
            dates.append(_date(value))
            continue
        values = [_plain(name, one, base) for one in value.split(",") if one]
        # The same parameter twice would ask for rows that are both; a row has one of each.
        if not values or len(values) > paging.MOST or name in lists:
            raise _unreadable(name, value)
        lists[name] = values
    named = [_ID.fullmatch(one) for one in lists.get("_id", [])]
    return Wanted(
        # What is no number of ours is none of the rows: there is no row 0.
        rows=[int(found[1]) if found else 0 for found in named],
        objects=lists.get("entity", []),
        actors=lists.get("altid", []),
        actions=lists.get("subtype", []),
        crude=lists.get("action", []),
        dates=dates,
    )


def _plain(name: str, value: str, base: str) -> str:
    if name == "entity":
        return value.removeprefix(f"{base}/")
    if name == "subtype":
        return value.removeprefix(f"{ACTIONS}|")
    # A system of tokens is not said for actions of FHIR; ours has no bar before the account.
    return value.rpartition("|")[2].upper() if name == "action" else value.removeprefix("|")


def _date(value: str) -> tuple[str, str]:
    found = _DATE.fullmatch(value)
    if found is None:
        raise _unreadable("date", value)
    return found[1] or "eq", found[2]


def _unreadable(name: str, value: str) -> Invalid:
    return Invalid(
        Issue(
            "value",
            f"{name} ne se lit pas : « {value[:80]} ». Voyez "
            "https://hl7.org/fhir/R4/search.html pour la forme attendue.",
            f'{name} cannot be read: "{value[:80]}". See https://hl7.org/fhir/R4/search.html for '
            "the expected form.",
        ),
        status=400,
    )


def _unknown(name: str) -> Invalid:
    offered = ", ".join(sorted(PARAMETERS))
    return Invalid(
        Issue(
            "not-supported",
            f"« {name[:64]} » n’est pas un paramètre de recherche d’{TYPE} ici. Paramètres "
            f"offerts : {offered}, _count.",
            f'"{name[:64]}" is not a search parameter of {TYPE} here. Parameters offered: '
            f"{offered}, _count.",
        ),
        status=400,
    )
