"""One request of one person: who they are, what they may, and the page they get."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hub.access.accounts import Account
from hub.access.matrix import Condition, matrix
from hub.console import language, rendering
from hub.errors import Invalid, Issue
from hub.evidence.chain import Act
from hub.model import Exchange
from hub.watching import reading
from hub.wiring import Hub

BASE = "/console"
SESSION = "benkan-session"
VISITOR = "benkan-visitor"


def form_token(cookie: str) -> str:
    """What a form must bring back: known only to whoever can read our cookie, or our page.

    https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
    """
    return hashlib.sha256(f"form|{cookie}".encode()).hexdigest()


def veiled(token: str) -> str:
    """The token as a page carries it, different each time: pages are compressed, and the length of
    a compressed page must not tell of what is the same in each of them.

    https://www.breachattack.com/ (mitigations: masking secrets)
    """
    plain = bytes.fromhex(token)
    veil = secrets.token_bytes(len(plain))
    return veil.hex() + bytes(a ^ b for a, b in zip(veil, plain, strict=True)).hex()


def unveiled(brought: str) -> str:
    """The token of a form, as `veiled` gave it; "" when it is none."""
    try:
        both = bytes.fromhex(brought)
    except ValueError:
        return ""
    half = len(both) // 2
    return bytes(a ^ b for a, b in zip(both[:half], both[half:], strict=False)).hex()


@dataclass(frozen=True)
class Visit:
    """What a page is given."""

    request: Request
    hub: Hub
    lang: str
    cookie: str  #: of the session, or of the visitor who has none yet
    form: Mapping[str, str]
    account: Account | None = None
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)  #: (name, content)

    @property
    def person(self) -> Account:
        """Whoever is signed in; only on pages that ask for it."""
        if self.account is None:
            raise LookupError("nobody is signed in")
        return self.account

    @property
    def actor(self) -> str:
        """As the audit names them."""
        return f"person|{self.account.id}" if self.account else "visitor"

    @property
    def partner(self) -> str | None:
        """The only partner whose exchanges a supervisor sees; None: all of them."""
        return reading.reach(self.hub, self.person.roles, self.person.body)

    def granted(self, operation: str) -> Condition | None:
        """How far their right reaches; None: they have none."""
        return matrix().granted(self.account.roles if self.account else (), operation)

    def may(self, operation: str) -> bool:
        """Is it theirs to do at all?"""
        return self.granted(operation) is not None

    def exchange(self) -> Exchange:
        """The exchange the address names.

        Raises:
            NotFound: there is none, or it is another institution's.
        """
        return reading.exchange(self.hub, self.request.path_params["id"], self.partner)

    def break_glass(self, found: Exchange, **detail: Any) -> None:
        """Write down, and tell others, that they see an exchange whole, for the reason they give.

        Raises:
            Invalid: no reason.
        """
        reading.break_glass(self.hub, found, self.given("reason"), self.actor, **detail)

    def brought(self) -> tuple[str, bytes]:
        """(name, content) of the file that was sent, or of the cells that were pasted.

        Raises:
            Invalid: there is neither.
        """
        name, body = self.files.get("file", ("", b""))
        if not body:
            name, body = "", self.form.get("pasted", "").encode()
        if not body.strip():
            raise Invalid(
                Issue(
                    "required",
                    "Il n'y a ni fichier ni cellules collées. Revenez en arrière et donnez l'un ou "
                    "l'autre.",
                    "There is neither a file nor pasted cells. Go back and give one of them.",
                )
            )
        return name, body

    def record(self, action: str, object: str, /, **detail: Any) -> None:
        """Leave a row in the audit chain."""
        self.hub.store.record([Act(self.actor, action, object, datetime.now(UTC), detail)])

    def asked(self, name: str) -> str:
        """A value of the address's query, "" when absent."""
        return self.request.query_params.get(name, "").strip()[:200]

    def given(self, name: str) -> str:
        """A field of the form, "" when absent."""
        return self.form.get(name, "").strip()[:2000]

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page in the person's language."""
        told = {
            "visit": self,
            "base": BASE,
            "lang": self.lang,
            "account": self.account,
            "may": self.may,
            "token": veiled(form_token(self.cookie)),
            "here": self.request.url.path,
            "other": self._in_the_other_language(),
            **values,
        }
        return HTMLResponse(rendering.render(self.lang, template, told), status)

    def go(self, path: str) -> Response:
        """To another page of the console, after a form was done."""
        return RedirectResponse(f"{BASE}{path}", 303)

    def _in_the_other_language(self) -> str:
        other = next(one for one in language.LANGUAGES if one != self.lang)
        url = self.request.url.include_query_params(lang=other)
        parts = urlsplit(str(url))
        return f"{parts.path}?{parts.query}"
