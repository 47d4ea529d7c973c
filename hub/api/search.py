"""FHIR search by type.

https://hl7.org/fhir/R4/search.html, https://hl7.org/fhir/R4/http.html#search

The specification lets a server ignore parameters it does not know. Here they are refused unless
the client sends Prefer: handling=lenient: a search that silently forgets one of its conditions
answers with other people's claims.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.api import answers, audit_events, body, bundles, call, criteria, paging
from hub.api.call import Call
from hub.api.media import check_form
from hub.api.offer import served
from hub.api.query import Parameters, parse
from hub.api.sight import shown
from hub.ports import Page


async def search(this: Call, type_name: str, given: Parameters) -> Response:
    """One page of the resources that match, in the order in which they were first stored.

    Raises:
        NotFound: the type is not served.
        Invalid: 400, a parameter, modifier or value that is not understood.
    """
    if type_name == audit_events.TYPE:
        return await audit_events.search(this, given)
    served(type_name)
    this.may("search", type_name)
    page, after = paging.asked(given)
    asked = [(name, value) for name, value in given if name not in paging.RESULT]
    lenient = this.prefer.handling == "lenient"
    used = criteria.known(type_name, asked) if lenient else asked
    # A page of none still needs the total; the store counts all matches either way.
    found = await run_in_threadpool(_find, this, type_name, used, max(page, 1), after)
    links = paging.links(f"{this.base}/{type_name}", used, given, found.after if page else None)
    told = await shown(this, "found", found.resources if page else ())
    return answers.fhir(bundles.searchset(this.base, told, found.total, links))


def _find(this: Call, type_name: str, used: Parameters, count: int, after: int | None) -> Page:
    wanted = criteria.read(type_name, used, this.base, this.hub.store)
    try:
        return this.hub.store.search(type_name, wanted, count, after)
    except ValueError as fault:
        raise criteria.unreadable(str(fault)) from None


async def _get(request: Request) -> Response:
    this = call.of(request)
    return await search(this, request.path_params["type"], this.query)


async def _post(request: Request) -> Response:
    """The parameters of the form and of the address together, as the specification says."""
    this = call.of(request)
    check_form(request.headers.get("content-type"))
    form = parse(await body.received(request))
    return await search(this, request.path_params["type"], [*this.query, *form])


ROUTES = [
    Route("/fhir/{type}", _get, methods=["GET"]),
    Route("/fhir/{type}/_search", _post, methods=["POST"]),
]
