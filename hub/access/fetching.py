"""A small document from a registered address: whole in time and of bounded size, or not at all.

No redirect is followed, no proxy of the environment asked, nothing unpacked; and no address is
asked that only a machine itself or its neighbours have, however it is written.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

import httpx

DEADLINE_SECONDS = 5.0  #: from the first byte sent to the last received, whatever trickles in
MAX_BYTES = 64_000
#: Where clouds tell a machine its own secrets, beside link-local addresses (169.254.169.254).
_TOLD_TO_MACHINES = frozenset({"fd00:ec2::254", "100.100.100.200"})
_ONESELF = [ip_network(each) for each in ("0.0.0.0/8", "127.0.0.0/8", "::/127")]
_HERE = ("127.0.0.1", "localhost", "::1")


class Unfetched(Exception):
    """It could not be had; the text says why, without the document."""


def fetch(
    url: str,
    verify: ssl.SSLContext | bool = True,
    *,
    form: Mapping[str, str] | None = None,
    basic: tuple[str, str] | None = None,
) -> bytes:
    """The body of the 200 answer to GET, or to POST of a form; for threads without an event loop.

    Args:
        url: https, or http on this machine (127.0.0.1, localhost, ::1 and no other name of it).
        verify: which certificate authorities are believed.
        form: fields to post.
        basic: user and password to send along.

    Raises:
        Unfetched
    """
    if not secure(url):
        raise Unfetched("not https")
    try:
        return asyncio.run(_within(url, verify, form, basic))
    except TimeoutError:
        raise Unfetched("too slow") from None
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
        raise Unfetched(type(error).__name__) from None


def secure(url: str) -> bool:
    """Is it https, or an address of this machine?"""
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
    except ValueError:
        return False


async def _check(url: str) -> None:
    """Where does this name lead?

    https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html

    Raises:
        Unfetched: nowhere, or to an address that is not asked.
    """
    host = urlsplit(url).hostname or ""
    if host in _HERE:
        return
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, 443)
    except (OSError, UnicodeError):
        raise Unfetched("unknown host") from None
    if not all(_asked(str(each[4][0])) for each in found):
        raise Unfetched("an address that is not asked")


def _asked(text: str) -> bool:
    address = ip_address(text.partition("%")[0])
    inner = getattr(address, "ipv4_mapped", None) or address
    if str(inner) in _TOLD_TO_MACHINES or inner.is_link_local or inner.is_multicast:
        return False
    return not any(inner in each for each in _ONESELF if each.version == inner.version)


async def _within(
    url: str,
    verify: ssl.SSLContext | bool,
    form: Mapping[str, str] | None,
    basic: tuple[str, str] | None,
) -> bytes:
    body = b""
    headers = {"accept": "application/json", "accept-encoding": "identity"}
    method = "GET" if form is None else "POST"
    async with asyncio.timeout(DEADLINE_SECONDS):
        await _check(url)
    async with (
        asyncio.timeout(DEADLINE_SECONDS),
        httpx.AsyncClient(verify=verify, timeout=DEADLINE_SECONDS, trust_env=False) as http,
        http.stream(
            method, url, headers=headers, data=form, auth=basic, follow_redirects=False
        ) as answer,
    ):
        if answer.status_code != 200 or "content-encoding" in answer.headers:
            raise Unfetched(f"HTTP {answer.status_code}")
        async for part in answer.aiter_raw():
            body += part
            if len(body) > MAX_BYTES:
                raise Unfetched("too large")
    return body
