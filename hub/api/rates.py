"""Too many calls in a minute or a day: 429, before the body is read.

https://www.rfc-editor.org/rfc/rfc6585#section-4, https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.access.rates import STRANGERS, Rates
from hub.api import answers
from hub.errors import Issue
from hub.fhir.outcome import language

#: Whoever comes here has no token yet, or one that is looked at later: counted by address.
_OPEN = (
    *("/auth/", "/admin/", "/partners/", "/fhir/metadata", "/fhir/.well-known/"),
    *("/console/sign-in", "/console/openid"),
)


class Rate:
    """Counts each call of a known caller, and each without a token by its network address."""

    def __init__(self, app: ASGIApp, rates: Rates, anybody: str) -> None:
        """`anybody`: the caller that stands for all while the doors are open."""
        self.app = app
        self.rates = rates
        self.anybody = anybody

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        counted = self._who(scope) if scope["type"] == "http" else None
        if counted is not None:
            wait = await run_in_threadpool(self.rates.admit, *counted)
            if wait:
                await refuse(scope, receive, send, wait)
                return
        await self.app(scope, receive, send)

    def _who(self, scope: Scope) -> tuple[str, str] | None:
        """(caller, address) to count by; None: a page of the console, which locks accounts."""
        if "caller" not in scope:
            return (STRANGERS, address(scope)) if scope["path"].startswith(_OPEN) else None
        caller = scope["caller"].id
        return (caller, address(scope) if caller == self.anybody else "")


def address(scope: Scope) -> str:
    """The network address a connection comes from."""
    return str((scope.get("client") or ("",))[0])


async def refuse(scope: Scope, receive: Receive, send: Send, wait: int) -> None:
    """429, with the seconds to wait."""
    lang = language(Request(scope).headers.get("accept-language"))
    issue = Issue(
        "throttled",
        f"Trop d'appels. Rien n'a été enregistré ; reprenez dans {wait} secondes. Si vos envois "
        "le demandent, convenez d'une autre limite avec l'exploitant.",
        f"Too many calls. Nothing was stored; go on in {wait} seconds. If your traffic needs it, "
        "agree on another limit with the operator.",
    )
    response = answers.issues((issue,), lang, 429, {"retry-after": str(wait)})
    await response(scope, receive, send)
