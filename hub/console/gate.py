"""Every page stands behind this: session, form token, right, then the page; errors as pages."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hub.access import tokens
from hub.access.matrix import matrix
from hub.console import failing, forms, language
from hub.console.forms import Form
from hub.console.visit import BASE, SESSION, VISITOR, Visit, form_token, unveiled
from hub.errors import Forbidden, Invalid, Issue, Problem

Page = Callable[[Visit], Response]
_LARGEST_FORM = 65_536
#: Of a form that is too large so much is still read: a browser shows no answer before it has sent.
_DRAINED = 64_000_000


class Guarded(Route):
    """An address of the console, and the operation of the matrix that it takes."""

    right = ""  #: "": signing in is enough
    free = False  #: also for people who are not signed in


def route(
    path: str,
    page: Page,
    right: str = "",
    *,
    post: bool = False,
    free: bool = False,
    largest: int = _LARGEST_FORM,
) -> Guarded:
    """An address of the console.

    Args:
        path: below /console.
        page: what answers.
        right: the operation of the matrix it takes; "": signing in is enough.
        post: does it take forms?
        free: is it also for people who are not signed in?
        largest: bytes of a form, its files included.
    """
    if right:
        matrix().rights[right]  # a right that does not exist is a defect: say so at start

    async def serve(request: Request) -> Response:
        form: Form | None = Form()
        wrong: Problem | None = None
        if request.method == "POST":
            try:
                form = await _form(request, largest)
            except Problem as problem:
                wrong = problem
        return await run_in_threadpool(_serve, request, form, page, right, free, wrong)

    made = Guarded(path, serve, methods=["GET", "POST"] if post else ["GET"])
    made.right, made.free = right, free
    return made


def _serve(
    request: Request,
    form: Form | None,
    page: Page,
    right: str,
    free: bool,
    wrong: Problem | None,
) -> Response:
    visit = _stranger(request, form or Form())
    try:
        visit = _visit(visit)
    except Problem as problem:
        return failing.failed(visit, problem)
    except Exception as error:
        return failing.unexpected(visit, error)
    try:
        if visit.account is None and not free:
            if failing.written(visit) or failing.asks_for_json(visit):
                raise failing.ended()
            return _to_sign_in(request)
        if wrong is not None:
            raise wrong
        if request.method == "POST":
            _check_form(visit, form.fields if form else None)
        _check_texts(visit)
        if right:
            _check_right(visit, right)
        response = page(visit)
    except Problem as problem:
        response = failing.failed(visit, problem)
    except Exception as error:
        response = failing.unexpected(visit, error)
    return _with_cookies(visit, response)


def _stranger(request: Request, form: Form) -> Visit:
    """Whoever comes, before the database was asked who they are."""
    hub = request.app.state.hub
    asked = request.query_params.get("lang") or request.cookies.get(language.COOKIE, "")
    lang = asked if asked in language.LANGUAGES else "fr"
    cookie = request.cookies.get(VISITOR, "") or secrets.token_urlsafe(32)
    return Visit(request, hub, lang, cookie, form.fields, None, form.files)


def _visit(stranger: Visit) -> Visit:
    """The same, known by their session.

    Raises:
        Busy: the database does not answer.
    """
    request = stranger.request
    cookie = request.cookies.get(SESSION, "")
    if not cookie:
        return stranger
    refreshes = request.method == "GET" and "hx-request" in request.headers
    now = datetime.now(UTC)
    found = stranger.hub.store.session(tokens.digest(cookie), now, used=not refreshes)
    return replace(stranger, cookie=cookie, account=found[1]) if found else stranger


def _check_form(visit: Visit, form: Mapping[str, str] | None) -> None:
    site = visit.request.headers.get("sec-fetch-site", "same-origin")
    brought = unveiled((form or {}).get("form_token", ""))
    wanted = form_token(visit.cookie)
    if site != "same-origin" or not hmac.compare_digest(brought.encode(), wanted.encode()):
        visit.record("form-refused", visit.request.url.path)
        raise Forbidden(
            Issue(
                "security",
                "Ce formulaire ne vient pas de votre session, ou elle a pris fin entre-temps. "
                "Rouvrez la page, puis envoyez-le de nouveau.",
                "This form does not come from your session, or that has ended meanwhile. Open the "
                "page again, then send it once more.",
            )
        )


def _check_texts(visit: Visit) -> None:
    """No database keeps a text with a null character, and no keyboard writes one."""
    asked = (visit.request.scope["path"], *visit.request.query_params.values())
    names = [name for name, _ in visit.files.values()]
    if any("\0" in text for text in (*asked, *visit.form.values(), *names)):
        raise Invalid(
            Issue(
                "value",
                "L'adresse ou un champ contient un caractère nul : écrivez-le de nouveau.",
                "The address or a field has a null character: write it again.",
            )
        )


def _check_right(visit: Visit, right: str) -> None:
    try:
        matrix().require(visit.person.roles, right)
    except Forbidden:
        visit.record("refused", visit.request.url.path, right=right)
        raise failing.forbidden(right) from None


def _to_sign_in(request: Request) -> Response:
    back = request.url.path.removeprefix(BASE) if request.method == "GET" else ""
    if back and request.url.query:
        back += f"?{request.url.query}"
    target = f"{BASE}/sign-in" + (f"?next={quote(back)}" if back.strip("/") else "")
    if "hx-request" in request.headers:
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, 303)


async def _form(request: Request, largest: int) -> Form | None:
    """The fields and files; None when it is no form.

    Raises:
        Invalid: 413, it is larger than this page takes.
    """
    kind = request.headers.get("content-type", "")
    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= largest:
            body += chunk
        elif size > _DRAINED:
            break
    if size > largest:
        raise failing.too_large(largest)
    return forms.read(kind, bytes(body))


def _with_cookies(visit: Visit, response: Response) -> Response:
    request = visit.request
    if request.query_params.get("lang") in language.LANGUAGES:
        set_cookie(visit, response, language.COOKIE, visit.lang, 365 * 86_400)
    if visit.account is None and request.cookies.get(VISITOR) != visit.cookie:
        set_cookie(visit, response, VISITOR, visit.cookie)
    return response


def set_cookie(
    visit: Visit, response: Response, name: str, value: str, seconds: int | None = None
) -> None:
    """A cookie that no script reads and no other site can make the browser send."""
    secure = visit.hub.settings.base.startswith("https://")
    response.set_cookie(
        name, value, max_age=seconds, path=BASE, secure=secure, httponly=True, samesite="strict"
    )
