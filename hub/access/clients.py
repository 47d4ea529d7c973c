"""Systems that call the hub, and one call's caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hub.access.scopes import Scopes

#: What everybody who may call at all may look up: institutions and care providers.
PUBLIC = frozenset({"Organization", "Practitioner", "PractitionerRole"})


@dataclass(frozen=True, slots=True)
class Client:
    """A registered system (SMART backend service)."""

    id: str
    name: str
    roles: tuple[str, ...]
    tenant: str  #: whose data it is: all clients of an organisation share it
    organizations: tuple[str, ...]  #: system|value of the providers it may speak for; "*": any
    scopes: str  #: as registered, SMART v2
    body: str = ""  #: for supervisors and partners: code of the institution
    jwks: Mapping[str, Any] = field(default_factory=dict)  #: its public keys…
    jwks_url: str = ""  #: …or where they are
    certificate: str = ""  #: sha256 of the TLS certificate its tokens are bound to, base64url
    created: datetime | None = None  #: UTC
    disabled: datetime | None = None  #: UTC; from then on nothing of it is accepted


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is behind one request."""

    id: str  #: client id, or "person|…"
    roles: tuple[str, ...]
    tenant: str
    organizations: tuple[str, ...]
    scopes: Scopes
    body: str = ""
    purpose: str = ""  #: purpose of use stated with the request

    def speaks_for(self, provider: str) -> bool:
        """May it submit in this provider's name (system|value)?"""
        return "*" in self.organizations or provider in self.organizations


#: Who calls where no door has asked: nobody has a right.
NOBODY = Caller(id="", roles=(), tenant="", organizations=(), scopes=frozenset())
