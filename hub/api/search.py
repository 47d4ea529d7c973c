"""FHIR search by type.

https://hl7.org/fhir/R4/search.html, https://hl7.org/fhir/R4/http.html#search

The specification lets a server ignore parameters it does not know. Here they are refused unless
the client sends Prefer: handling=lenient: a search that silently forgets one of its conditions
answers with other people's claims.
"""

from __future__ import annotations

import base64
import binascii

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.api import answers, body, bundles, call, criteria
from hub.api.call import Call
from hub.api.media import check_form
from hub.api.offer import served
from hub.api.query import Parameters, first, parse, write
from hub.api.sight import saw
from hub.errors import Invalid, Issue
from hub.ports import Page

DEFAULT = 20  #: resources on a page when _count does not say
MOST = 200  #: the largest page

#: Parameters about the answer, not about what is searched.
_RESULT = frozenset({"_count", "_cursor", "_format", "_pretty", "_summary", "_total"})
_ALLOWED = {
    "_summary": ("count", "false"),
    "_total": ("none", "estimate", "accurate"),
    "_pretty": ("true", "false"),
}


async def search(this: Call, type_name: str, given: Parameters) -> Response:
    """One page of the resources that match, in the order in which they were first stored.

    Raises:
        NotFound: the type is not served.
        Invalid: 400, a parameter, modifier or value that is not understood.
    """
    served(type_name)
    this.may("search", type_name)
    page, after = _page(given)
    asked = [(name, value) for name, value in given if name not in _RESULT]
    lenient = this.prefer.handling == "lenient"
    used = criteria.known(type_name, asked) if lenient else asked
    # A page of none still needs the total; the store counts all matches either way.
    found = await run_in_threadpool(_find, this, type_name, used, max(page, 1), after)
    kept = [(n, v) for n, v in given if n in _RESULT and n not in ("_cursor", "_format")]
    address = f"{this.base}/{type_name}"
    mark = first(given, "_cursor")
    here = [*used, *kept, *([("_cursor", mark)] if mark else [])]
    links = [("self", f"{address}?{write(here)}" if here else address)]
    if found.after is not None and page:
        there = [*used, *kept, ("_cursor", _mark(found.after))]
        links.append(("next", f"{address}?{write(there)}"))
    shown = found.resources if page else ()
    await saw(this, "found", shown)
    return answers.fhir(bundles.searchset(this.base, shown, found.total, links))


def _find(this: Call, type_name: str, used: Parameters, count: int, after: int | None) -> Page:
    wanted = criteria.read(type_name, used, this.base, this.hub.store)
    try:
        return this.hub.store.search(type_name, wanted, count, after)
    except ValueError as fault:
        raise criteria.unreadable(str(fault)) from None


def _page(given: Parameters) -> tuple[int, int | None]:
    """(size of the page, where it starts); size 0 asks for the total alone."""
    for name, allowed in _ALLOWED.items():
        value = first(given, name)
        if value is not None and value not in allowed:
            raise _refused(name, value, ", ".join(allowed))
    count = first(given, "_count")
    if count is not None and not (count.isascii() and count.isdigit() and len(count) < 10):
        raise _refused("_count", count, f"0 … {MOST}")
    size = DEFAULT if count is None else min(int(count), MOST)
    if first(given, "_summary") == "count":
        size = 0
    mark = first(given, "_cursor")
    return size, None if mark is None else _place(mark)


def _mark(after: int) -> str:
    return base64.urlsafe_b64encode(str(after).encode()).decode().rstrip("=")


def _place(mark: str) -> int:
    try:
        padded = mark + "=" * (-len(mark) % 4)
        digits = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
        if not digits.isdigit() or len(digits) > 18:
            raise ValueError(digits)
        return int(digits)
    except (ValueError, binascii.Error):
        raise _refused("_cursor", mark, "link.next") from None


def _refused(name: str, value: str, allowed: str) -> Invalid:
    return Invalid(
        Issue(
            "value",
            f"{name} ne peut pas valoir « {value[:40]} ». Valeurs admises : {allowed}.",
            f'{name} cannot be "{value[:40]}". Values allowed: {allowed}.',
        ),
        status=400,
    )


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
