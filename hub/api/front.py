"""What the proxy in front tells of a connection: believed of trusted proxies, dropped of others.

https://www.rfc-editor.org/rfc/rfc9440#section-4 (a header with a certificate that did not come from
our proxy must never reach the application)
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send

from hub.access import certificates
from hub.errors import Issue, Misconfigured

_FORWARDED = b"x-forwarded-for"

Network = IPv4Network | IPv6Network


class Front:
    """Puts `certificate` (x5t#S256, "" without one) and the caller's address into the scope."""

    def __init__(self, app: ASGIApp, header: str, proxies: Sequence[str]) -> None:
        """`header`: where trusted proxies put the client's certificate, "" for nowhere.

        Raises:
            Misconfigured: a proxy is neither an address nor a network.
        """
        self.app = app
        self.header = header.lower().encode("latin-1")
        self.proxies = networks(proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http":
            scope = self._believed(scope)
        await self.app(scope, receive, send)

    def _believed(self, scope: Scope) -> Scope:
        told = {_FORWARDED, self.header} - {b""}
        kept = [(name, value) for name, value in scope["headers"] if name.lower() not in told]
        found = {**scope, "headers": kept, "certificate": ""}
        peer = (scope.get("client") or ("", 0))[0]
        if not self._trusted(peer):
            return found
        shown = [v for name, v in scope["headers"] if name.lower() == self.header]
        if self.header and len(shown) == 1:  # said twice, one of them is not the proxy's
            found["certificate"] = certificates.of_header(shown[0].decode("latin-1"))
        hops = [v.decode("latin-1") for n, v in scope["headers"] if n.lower() == _FORWARDED]
        for hop in reversed(",".join(hops).split(",")):
            if hop.strip() and not self._trusted(hop.strip()):
                found["client"] = (hop.strip()[:64], 0)
                break
        return found

    def _trusted(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self.proxies)


def networks(proxies: Sequence[str]) -> list[Network]:
    """The networks of BENKAN_TRUSTED_PROXIES.

    Raises:
        Misconfigured: one is neither an address nor a network.
    """
    try:
        return [ip_network(proxy) for proxy in proxies]
    except ValueError as error:
        raise Misconfigured(
            Issue(
                "value",
                "BENKAN_TRUSTED_PROXIES ne se lit pas : écrivez des adresses ou des réseaux, par "
                "exemple 10.0.0.5,10.1.0.0/24.",
                "BENKAN_TRUSTED_PROXIES cannot be read: write addresses or networks, for example "
                "10.0.0.5,10.1.0.0/24.",
            )
        ) from error
