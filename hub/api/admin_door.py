"""What every address of the administrators' door passes: who calls, the right, the act as JSON.

A client's token reads, writes and proposes; what a second person must decide takes a person's
session (POST /admin/session). Same services, same rights, same audit as the console.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.access import purposes, tokens
from hub.access.clients import Caller
from hub.access.matrix import matrix
from hub.access.scopes import read as read_scopes
from hub.api.body import received
from hub.api.call import hub_of
from hub.authoring import proving
from hub.authoring.conflicts import Overtaken
from hub.authoring.people import Person, of_account, of_caller
from hub.errors import Forbidden, Invalid, Issue, Unauthenticated
from hub.evidence.chain import Act as Row
from hub.fhir.outcome import language
from hub.formats import exact_json
from hub.model import Tree
from hub.wiring import Hub

#: (hub, who calls, what they ask) → a tree to answer, or a response of its own.
Act = Callable[[Hub, Person, Tree], Any]
LONGEST = 200  #: characters of a token
PURPOSE = "purpose"  #: where the stated purpose of use stands in what is asked


class Door(Route):
    """An address of the administrators' door, and the operation of the matrix that it takes."""

    right = ""  #: "": being known is enough; the act looks closer


def door(method: str, address: str, act: Act, right: str = "") -> Door:
    """An address below /admin.

    Args:
        method: GET (values in the query) or POST (a JSON object).
        address: below /admin.
        act: what it does.
        right: the operation of the matrix it takes at least; "": being known is enough.
    """
    if right:
        matrix().rights[right]  # a right that does not exist is a defect: say so at start

    async def serve(request: Request) -> Response:
        asked = dict(request.query_params) if request.method == "GET" else await body_of(request)
        return await run_in_threadpool(_served, request, act, right, asked)

    made = Door(f"/admin{address}", serve, methods=[method])
    made.right = right
    return made


def doors(acts: dict[tuple[str, str], tuple[Act, str]]) -> list[Door]:
    """Several: (method, address) → what it does, and the right it takes at least."""
    return [door(method, at, act, right) for (method, at), (act, right) in acts.items()]


def _served(request: Request, act: Act, right: str, asked: Tree) -> Response:
    hub = hub_of(request)
    person, purpose = caller_of(hub, request)
    check(asked)
    asked[PURPOSE] = purposes.read(request.headers.get("x-purpose-of-use")) or purpose
    if right:
        _require(hub, person, request, right)
    try:
        found = act(hub, person, asked)
    except Overtaken as late:
        lang = language(request.headers.get("accept-language"))
        told = [{"code": one.code, "text": getattr(one, lang)} for one in late.issues]
        theirs = asdict(late.theirs) if late.theirs else None
        return answered({"issues": told, "yours": late.yours, "theirs": theirs}, 409)
    return found if isinstance(found, Response) else answered(found)


def _require(hub: Hub, person: Person, request: Request, right: str) -> None:
    try:
        matrix().require(person.roles, right)
    except Forbidden:
        record(hub, person, "refused", request.url.path, right=right)
        raise


def caller_of(hub: Hub, request: Request) -> tuple[Person, str]:
    """Who calls, a person by their session or a system by its token; and what for, "" unsaid.

    Raises:
        Unauthenticated: neither.
    """
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and text.isascii() and len(text) < LONGEST:
        account = proving.account_of(hub, text)
        if account is not None:
            return of_account(account), ""
        found = hub.store.token(tokens.digest(text)) if tokens.plausible(text) else None
        bound = found[0].certificate if found else ""
        if found is not None and (not bound or request.scope.get("certificate") == bound):
            token, client = found
            return of_caller(
                Caller(
                    client.id,
                    client.roles,
                    client.tenant,
                    client.organizations,
                    read_scopes(token.scopes),
                    client.body,
                )
            ), token.purpose
    raise Unauthenticated(
        Issue(
            "login",
            "Il faut une session (POST /admin/session) ou un jeton d'accès valable.",
            "A session (POST /admin/session) or a valid access token is needed.",
        )
    )


async def body_of(request: Request) -> Tree:
    """The JSON object of a call.

    Raises:
        Invalid: it is none.
    """
    tree = exact_json.loads(await received(request))
    if not isinstance(tree, dict):
        raise wrong("Le corps doit être un objet JSON.", "The body must be a JSON object.")
    return tree


def check(asked: Tree) -> None:
    """No database keeps a text with a null character.

    Raises:
        Invalid: there is one.
    """
    if any("\0" in text for text in _texts(asked)):
        raise wrong("Un texte contient un caractère nul.", "A text has a null character.")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def text(asked: Tree, name: str) -> str:
    """A text that must be there.

    Raises:
        Invalid: it is not, or is no text.
    """
    value = said(asked, name)
    if not value:
        raise wrong(f"Il manque « {name} », un texte.", f"'{name}' is missing: a text.")
    return value


def said(asked: Tree, name: str, default: str = "") -> str:
    """A text that may be there.

    Raises:
        Invalid: it is no text.
    """
    value = asked.get(name)
    if value is None or value == "":
        return default
    if not isinstance(value, str):
        raise wrong(f"« {name} » doit être un texte.", f"'{name}' must be a text.")
    return value


def number(asked: Tree, name: str, default: int, most: int) -> int:
    """A whole number from 1 to `most`; of a query, its digits.

    Raises:
        Invalid: it is none.
    """
    value = asked.get(name, default)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise wrong(
            f"« {name} » doit être un entier de 1 à {most}.",
            f"'{name}' must be a whole number from 1 to {most}.",
        )
    return value


def truth(asked: Tree, name: str, default: bool = False) -> bool:
    """true or false; of a query, these words.

    Raises:
        Invalid: it is neither.
    """
    value = asked.get(name, default)
    known = {True: True, False: False, "true": True, "false": False, "": default}
    if not isinstance(value, bool | str) or value not in known:
        raise wrong(f"« {name} » vaut true ou false.", f"'{name}' is true or false.")
    return known[value]


def words(asked: Tree, name: str) -> list[str]:
    """A list of texts, which may be absent.

    Raises:
        Invalid: it is no list, or there is something else in it.
    """
    value = asked.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise wrong(f"« {name} » est une liste de textes.", f"'{name}' is a list of texts.")
    return list(value)


def record(hub: Hub, person: Person, action: str, object: str, /, **detail: Any) -> None:
    """Leave a row in the audit chain; values that are not there are left out."""
    kept = {name: value for name, value in detail.items() if value not in (None, "")}
    hub.store.record([Row(person.id, action, object, datetime.now(UTC), kept)])


def answered(tree: Any, status: int = 200) -> Response:
    """A JSON answer that nobody keeps."""
    body = json.dumps(tree, ensure_ascii=False, default=str).encode(errors="replace")
    return Response(body, status, {"cache-control": "no-store"}, "application/json")


def file(body: bytes, media_type: str, name: str) -> Response:
    """A file to keep."""
    disposition = f'attachment; filename="{name}"'
    headers = {"cache-control": "no-store", "content-disposition": disposition}
    return Response(body, 200, headers, media_type)


def wrong(fr: str, en: str) -> Invalid:
    """A value that is not what it should be."""
    return Invalid(Issue("value", fr, en))
