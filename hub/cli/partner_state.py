"""Whether a partner can be reached now: a look at its address, nothing is sent."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from os import environ
from typing import Any
from urllib.parse import urlsplit

from hub.cli import place
from hub.errors import Misconfigured
from hub.partner_wiring import Partner, shown
from hub.settings import Settings

READY = "ready"
UNREACHABLE = "unreachable"
NOT_STARTED = "not started"  #: a sandbox of this machine that does not run
NOT_CONFIGURED = "not configured"  #: a setting without a default is missing
SECONDS = 1.0
_LOCAL = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a partner listens."""

    host: str
    port: int


@contextmanager
def introduced(name: str, address: Mapping[str, Any]) -> Iterator[None]:
    """While it lasts, the adapter of this name finds its partner there (BENKAN_<PARTNER>_…)."""
    wanted = {f"BENKAN_{name.upper()}_{k.upper()}": str(v) for k, v in address.items()}
    before = {key: environ.get(key) for key in wanted}
    environ.update(wanted)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                del environ[key]
            else:
                environ[key] = value


def known(settings: Settings, name: str) -> dict[str, Any]:
    """What the sandbox of a running `benkan up` published; settings of the environment win."""
    found = place.read(settings).get("sandboxes", {}).get(name, {})
    return {k: v for k, v in found.items() if f"BENKAN_{name.upper()}_{k.upper()}" not in environ}


def state(settings: Settings, partner: Partner) -> str:
    """READY, UNREACHABLE, NOT_STARTED or NOT_CONFIGURED."""
    try:
        with introduced(partner.name, known(settings, partner.name)):
            told = shown(partner)
    except Misconfigured:
        # A sandbox publishes what its adapter needs once it runs.
        return NOT_CONFIGURED
    address = address_of(told, partner.name)
    if address is None:
        return READY
    try:
        socket.create_connection((address.host, address.port), SECONDS).close()
    except OSError:
        return NOT_STARTED if address.host in _LOCAL else UNREACHABLE
    return READY


def address_of(told: Mapping[str, str], name: str) -> Address | None:
    """Host and port in a partner's settings; None for one in memory."""
    prefix = f"BENKAN_{name.upper()}_"
    if url := told.get(f"{prefix}URL"):
        parts = urlsplit(url)
        return Address(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    if f"{prefix}HOST" in told and f"{prefix}PORT" in told:
        return Address(told[f"{prefix}HOST"], int(told[f"{prefix}PORT"]))
    return None
