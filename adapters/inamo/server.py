"""The sandbox's openIMIS over HTTP: login, claims, questions, lists by pages, exported files."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from adapters.inamo import counters, responses
from adapters.inamo.intake import Rejected
from adapters.inamo.office import Office, Record
from adapters.inamo.outputs import Outputs
from adapters.inamo.tokens import Tokens
from adapters.sandbox.behaviour import KINDS, Behaviour, Misbehaviour
from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.ledger import Ledger
from adapters.sandbox.world import World
from hub import errors
from hub.formats import exact_json
from hub.model import Tree

PATH = "/api_fhir_r4"
_LARGEST = 20_000_000
#: `refuse` closes the door itself: see sandbox.py
_HERE = KINDS.keys() - {"refuse"}
_log = logging.getLogger(__name__)

_Work: TypeAlias = Callable[[Request, bytes, Misbehaviour | None], tuple[int, Tree]]


class Counter:
    """The HTTP application of one sandbox."""

    def __init__(
        self,
        office: Office,
        outputs: Outputs,
        tokens: Tokens,
        behaviour: Behaviour,
        clock: SandboxClock,
        world: World,
        ledger: Ledger,
        page: int,
    ) -> None:
        self._office, self._outputs, self._tokens = office, outputs, tokens
        self._behaviour, self._clock = behaviour, clock
        self._world, self._ledger, self._page = world, ledger, page

    def app(self) -> Starlette:
        """Everything below /api_fhir_r4."""
        routes = [
            Route("/login/", self._login, methods=["POST"]),
            Route("/Claim/", self._serve("Claim", self._submit), methods=["POST"]),
            Route("/Claim/", self._serve("Claim-list", self._claims), methods=["GET"]),
            Route("/ClaimResponse/", self._serve("ClaimResponse", self._answers)),
            Route(
                "/CoverageEligibilityRequest/",
                self._serve("CoverageEligibilityRequest", self._rights),
                methods=["POST"],
            ),
            Route("/Task/", self._serve("Task", self._cancel), methods=["POST"]),
            Route("/Task/", self._serve("Task-list", self._tasks), methods=["GET"]),
            Route("/exports/", self._serve("exports", self._exports)),
            Route("/exports/{name}/lu", self._serve("lu", self._fetched), methods=["POST"]),
            Route("/exports/{name}", self._file),
        ]
        return Starlette(routes=[Mount(PATH, routes=routes)])

    async def _login(self, request: Request) -> Response:
        """Un jeton contre un compte et son mot de passe."""
        try:
            asked = exact_json.loads(await request.body())
            given = self._tokens.give(str(asked["username"]), str(asked["password"]))
        except (errors.Invalid, KeyError, TypeError):
            given = None
        if given is None:
            return _outcome(401, "Identifiant ou mot de passe refusé.")
        return _json(200, {"token": given[0], "exp": given[1]})

    def _serve(self, name: str, work: _Work) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            if not self._tokens.admits(request.headers.get("authorization", "")):
                return _outcome(401, "Le jeton manque ou n'est plus valable.")
            body = await request.body()
            wrong = self._behaviour.take(name, _HERE)
            if wrong and wrong.kind in ("error", "fault"):
                return Response("panne demandée\n", 500)
            try:
                status, tree = await run_in_threadpool(work, request, body[:_LARGEST], wrong)
            except Rejected as rejected:
                return _outcome(rejected.status, str(rejected))
            except errors.Invalid as invalid:
                return _outcome(400, invalid.text)
            except Exception:
                _log.exception("panne du bac à sable")
                return _outcome(500, "Panne interne du bac à sable : réessayez.")
            return await _finish(request, wrong, _json(status, tree))

        return serve

    def _submit(
        self, request: Request, body: bytes, wrong: Misbehaviour | None
    ) -> tuple[int, Tree]:
        claim = _object(body)
        record = self._office.submit(claim, late=bool(wrong and wrong.kind == "late"))
        if wrong and wrong.kind == "duplicate":
            record = self._office.submit(claim)
        return 201, self._office.shown(record)

    def _answers(
        self, request: Request, body: bytes, wrong: Misbehaviour | None
    ) -> tuple[int, Tree]:
        contrary = bool(wrong and wrong.kind == "contradictory")
        found = [self._office.shown(r, contrary) for r in self._chosen(request)]
        return 200, self._bundle(request, found)

    def _claims(
        self, request: Request, body: bytes, wrong: Misbehaviour | None
    ) -> tuple[int, Tree]:
        found = [
            responses.claim_read(r.claim, r.number, r.cancelled) for r in self._chosen(request)
        ]
        return 200, self._bundle(request, found)

    def _chosen(self, request: Request) -> list[Record]:
        query = request.query_params
        if "identifier" in query:
            one = self._office.find(query["identifier"])
            return [one] if one else []
        start, end = query.get("billable-start", ""), query.get("billable-end", "9999")
        return [
            r
            for r in self._office.records()
            if start <= r.sheet.care_date.isoformat() <= end and not r.authorization
        ]

    def _rights(
        self, request: Request, body: bytes, wrong: Misbehaviour | None
    ) -> tuple[int, Tree]:
        today = self._clock.today()
        return 200, counters.eligibility(_object(body), self._office, self._world, today)

    def _cancel(
        self, request: Request, body: bytes, wrong: Misbehaviour | None
    ) -> tuple[int, Tree]:
        return 201, counters.cancellation(_object(body), self._office, self._ledger)

    def _tasks(self, request: Request, body: bytes, wrong: Misbehaviour | None) -> tuple[int, Tree]:
        found = self._ledger.events("task", request.query_params.get("identifier", ""))
        return 200, self._bundle(request, [exact_json.loads(e.body) for e in found])

    def _exports(
        self, request: Request, body: bytes, wrong: Misbehaviour | None
    ) -> tuple[int, Tree]:
        if wrong and wrong.kind in ("duplicate", "contradictory"):
            self._outputs.again(contrary=wrong.kind == "contradictory")
        if wrong and wrong.kind == "reordered":
            self._outputs.early()
        return 200, {"files": [{"name": name} for name in self._outputs.waiting()]}

    def _fetched(
        self, request: Request, body: bytes, wrong: Misbehaviour | None
    ) -> tuple[int, Tree]:
        self._outputs.fetched(request.path_params["name"])
        return 200, {}

    async def _file(self, request: Request) -> Response:
        """Un fichier exporté (CSV, UTF-8 avec BOM)."""
        if not self._tokens.admits(request.headers.get("authorization", "")):
            return _outcome(401, "Le jeton manque ou n'est plus valable.")
        body = await run_in_threadpool(self._outputs.file, request.path_params["name"])
        if body is None:
            return _outcome(404, "Ce fichier n'existe pas.")
        return Response(body, media_type="text/csv; charset=utf-8")

    def _bundle(self, request: Request, found: list[Tree]) -> Tree:
        """One page. The next link is percent-quoted whole, as openIMIS writes it."""
        page = int(request.query_params.get("page-offset", "1"))
        shown = found[(page - 1) * self._page : page * self._page]
        bundle: Tree = {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(found),
            "entry": [{"resource": tree} for tree in shown],
        }
        if page * self._page < len(found):
            query = urlencode({**request.query_params, "page-offset": str(page + 1)})
            url = f"{request.url.scheme}://{request.url.netloc}{request.url.path}?{query}"
            bundle["link"] = [{"relation": "next", "url": quote(url)}]
        return bundle


def _object(body: bytes) -> Tree:
    tree = exact_json.loads(body)
    if not isinstance(tree, dict):
        raise Rejected(400, "Le corps doit être un objet JSON.")
    return tree


async def _finish(request: Request, wrong: Misbehaviour | None, response: Response) -> Response:
    kind = wrong.kind if wrong else ""
    if wrong and kind == "delay":
        await asyncio.sleep(wrong.seconds)
    while kind == "timeout-after-booking" and not await request.is_disconnected():
        await asyncio.sleep(0.05)
    return Response(b"<<<\xff\xfe ceci n'est pas du JSON") if kind == "garbage" else response


def _json(status: int, tree: Tree) -> Response:
    return Response(exact_json.dumps(tree), status, media_type="application/json")


def _outcome(status: int, text: str) -> Response:
    issue = {"severity": "error", "code": "processing", "details": {"text": text}}
    return _json(status, {"resourceType": "OperationOutcome", "issue": [issue]})
