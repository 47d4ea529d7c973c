"""FHIR batch: every entry on its own; one that fails does not touch the others.

https://hl7.org/fhir/R4/http.html#brules
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from hub.api import answers, bundles, failures
from hub.api.call import Call
from hub.api.create import create
from hub.api.query import parse
from hub.api.read import read
from hub.api.search import search
from hub.errors import Invalid, Issue, Problem, Unsupported
from hub.formats import exact_json
from hub.model import Tree

_MOST = 1000  #: entries of one batch
_LARGEST = 20_000_000  #: bytes of answers; what is asked for after them is not done


async def process(this: Call, bundle: Tree) -> Response:
    """The batch-response: one entry for each entry, in the same order.

    Raises:
        Invalid: 400, the entries cannot be told apart.
    """
    entries = bundle.get("entry", [])
    if not isinstance(entries, list) or len(entries) > _MOST:
        raise Invalid(
            Issue(
                "structure",
                f"Bundle.entry doit être une liste de {_MOST} entrées au plus.",
                f"Bundle.entry must be a list of {_MOST} entries at most.",
                "Bundle.entry",
            ),
            status=400,
        )
    given: list[bundles.EntryAnswer] = []
    size = 0
    for position, entry in enumerate(entries):
        path = f"Bundle.entry[{position}]"
        answer = await _answer(this, entry, path) if size < _LARGEST else _left_out(this, path)
        size += len(answer.resource) + len(answer.outcome)
        given.append(answer)
    return answers.fhir(bundles.responses("batch-response", given))


async def _answer(this: Call, entry: Any, path: str) -> bundles.EntryAnswer:
    try:
        method, url, request = _request(entry, path)
        response = await _perform(this, method, url, request, entry.get("resource"), path)
        wanted = method == "GET" or this.prefer.returns == "representation"
    except Problem as problem:
        response, wanted = failures.answer(problem, this.lang), False
    except Exception as error:  # a defect met in one entry must not undo the others' answers
        response, wanted = failures.unexpected(error, this.lang), False
    return bundles.of_response(response, wanted)


def _left_out(this: Call, path: str) -> bundles.EntryAnswer:
    issue = Issue(
        "too-costly",
        f"Les réponses à ce batch dépassent {_LARGEST} octets : cette entrée n'a pas été traitée. "
        "Envoyez-la dans un autre batch.",
        f"The answers to this batch exceed {_LARGEST} bytes: this entry was not processed. Send it "
        "in another batch.",
        path,
    )
    return bundles.of_response(answers.issues((issue,), this.lang, 413), resource_wanted=False)


def _request(entry: Any, path: str) -> tuple[str, str, Mapping[str, Any]]:
    request = entry.get("request") if isinstance(entry, dict) else None
    if isinstance(request, dict):
        method, url = request.get("method"), request.get("url")
        if isinstance(method, str) and isinstance(url, str):
            return method, url, request
    raise Invalid(
        Issue(
            "required",
            "Chaque entrée d’un batch doit porter request.method et request.url.",
            "Every entry of a batch must have request.method and request.url.",
            f"{path}.request",
        ),
        status=400,
    )


async def _perform(
    this: Call, method: str, url: str, request: Mapping[str, Any], resource: Any, path: str
) -> Response:
    address, _, query = url.removeprefix(f"{this.base}/").partition("?")
    parts = address.split("/")
    conditions = {
        header: str(request[name])
        for name, header in (("ifNoneExist", "if-none-exist"), ("ifNoneMatch", "if-none-match"))
        if request.get(name)
    }
    own = replace(this, headers=conditions, query=parse(query.encode("utf-8")))
    if method == "POST" and len(parts) == 1 and not query:
        return await create(own, parts[0], exact_json.dumps(resource))
    if method == "GET" and len(parts) == 1:
        return await search(own, parts[0], own.query)
    if method == "GET" and len(parts) == 2 and not query:
        return await read(own, parts[0], parts[1])
    if method == "GET" and len(parts) == 4 and parts[2] == "_history" and not query:
        return await read(own, parts[0], parts[1], parts[3])
    raise Unsupported(
        Issue(
            "not-supported",
            "Dans un batch, ce serveur accepte : POST Type, GET Type/id, "
            "GET Type/id/_history/version et GET Type?critères.",
            "In a batch this server takes: POST Type, GET Type/id, GET Type/id/_history/version "
            "and GET Type?criteria.",
            f"{path}.request",
        ),
        status=405,
    )
