"""A person at the console, without a socket: keeps cookies, fills in forms."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import httpx

from hub.access import passwords

PASSWORD = "correct horse battery"


class Person:
    """Somebody's browser, as far as the console sees it."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.cookies = httpx.Cookies()

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://test", cookies=self.cookies
            ) as client:
                answer = await client.request(method, f"/console{path}", **options)
                self.cookies = client.cookies
                return answer

        return asyncio.run(send())

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def send(self, path: str, page: str = "", **fields: str) -> httpx.Response:
        """Open a page with a form (the same address unless said), then send it."""
        shown = self.get(page or path).text
        token = re.search(r'name="form_token" value="([0-9a-f]+)"', shown)
        fields["form_token"] = token[1] if token else ""
        return self.request("POST", path, data=fields)

    def sign_in(self, name: str, totp: str, /, **changes: str) -> httpx.Response:
        code = passwords.code_at(totp, datetime.now(UTC))
        fields = {"account": name, "password": PASSWORD, "code": code, **changes}
        return self.send("/sign-in", **fields)
