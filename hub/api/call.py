"""One request, as the interactions see it: language, preferences, base address.

https://hl7.org/fhir/R4/http.html#mime-type and #ops (Prefer)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

from hub.access import scopes
from hub.access.clients import NOBODY, Caller
from hub.access.matrix import PURPOSEFUL, matrix
from hub.api.media import check_accept
from hub.api.query import Parameters, parse
from hub.errors import Forbidden, Issue
from hub.fhir.outcome import language
from hub.wiring import Hub

_PURPOSELESS = Issue(
    "forbidden",
    "Dites pour quelle finalité vous consultez ces données : avec le jeton "
    "(extensions.hl7-b2b.purpose_of_use de l'assertion, ou purpose_of_use), ou par l'en-tête "
    "X-Purpose-Of-Use, par exemple HPAYMT.",
    "State for which purpose you look at these data: with the token "
    "(extensions.hl7-b2b.purpose_of_use of the assertion, or purpose_of_use), or in the header "
    "X-Purpose-Of-Use, for example HPAYMT.",
)


@dataclass(frozen=True, slots=True)
class Preferences:
    """The Prefer header, as far as FHIR gives it a meaning.

    Source: https://hl7.org/fhir/R4/http.html#ops, RFC 7240
    """

    returns: str = ""  #: minimal | representation | operationoutcome; "" when not said
    handling: str = "strict"  #: strict | lenient, for unknown search parameters
    asynchronous: bool = False  #: respond-async
    wait: float | None = None  #: seconds the client is willing to wait


@dataclass(frozen=True, slots=True)
class Call:
    """What every interaction needs to know of the request."""

    hub: Hub
    base: str  #: absolute address of the FHIR base, without a slash at the end
    lang: str  #: fr | en
    prefer: Preferences = Preferences()
    headers: Mapping[str, str] = field(default_factory=dict)  #: lower-case names
    query: Parameters = ()
    caller: Caller = NOBODY

    def may(self, interaction: str, type_name: str) -> None:
        """Check the right to an interaction (create, read, search) with a type.

        Raises:
            Forbidden: neither the roles nor the scopes of the token give it, or it takes a purpose
                of use and none was stated.
        """
        operation = matrix().operation(type_name, interaction)
        condition = matrix().require(self.caller.roles, operation)
        if condition in PURPOSEFUL and not self.caller.purpose:
            raise Forbidden(_PURPOSELESS)
        if not scopes.allows(self.caller.scopes, type_name, interaction):
            raise Forbidden(
                Issue(
                    "forbidden",
                    f"Le jeton ne porte pas le scope system/{type_name}."
                    f"{scopes.LETTERS[interaction]} : demandez-le avec le jeton.",
                    f"The token does not carry the scope system/{type_name}."
                    f"{scopes.LETTERS[interaction]}: ask for it with the token.",
                )
            )


def of(request: Request) -> Call:
    """The call behind an HTTP request.

    Raises:
        Unsupported: 406, the client accepts no JSON.
        Invalid: 400, the query string cannot be read.
    """
    caller: Caller = request.scope.get("caller", NOBODY)
    hub = hub_of(request).seen_by(caller)
    query = parse(request.scope.get("query_string", b""))
    check_accept(request.headers.get("accept"), query)
    return Call(
        hub=hub,
        base=base(hub),
        lang=language(request.headers.get("accept-language")),
        prefer=preferences(",".join(request.headers.getlist("prefer"))),
        headers=dict(request.headers),
        query=query,
        caller=caller,
    )


def hub_of(request: Request) -> Hub:
    """The hub that this application serves."""
    hub: Hub = request.app.state.hub
    return hub


def base(hub: Hub) -> str:
    """The absolute address of the FHIR base: from the settings, never from a Host header."""
    return hub.settings.base


def preferences(header: str) -> Preferences:
    """Read a Prefer header. What is unknown is ignored, as RFC 7240 §2 asks."""
    found: dict[str, str] = {}
    for token in header.replace(";", ",").split(","):
        name, _, value = token.strip().partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"'))
    seconds = found.get("wait", "")
    return Preferences(
        returns=found.get("return", "").lower(),
        handling=found.get("handling", "strict"),
        asynchronous="respond-async" in found,
        wait=float(seconds) if seconds.isascii() and seconds.isdigit() else None,
    )
