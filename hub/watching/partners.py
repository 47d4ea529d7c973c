"""How each partner is: its switch, its line, its queue; and the switch itself."""

from __future__ import annotations

import socket
import ssl
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509

from hub.errors import Invalid, Issue, NotFound, Problem
from hub.exchange.lines import percentile
from hub.exchange.routing import Agreement, Body
from hub.partner_wiring import partners, shown
from hub.ports import Adapter
from hub.ports.watch import DRAINING, MODES, LineState, Switch, Waiting
from hub.wiring import Hub

#: Calls of this long are counted.
SINCE = timedelta(hours=24)
SHORTEST_REASON = 5  #: characters
SECONDS = 4.0  #: to read a certificate


@dataclass(frozen=True, slots=True)
class Overview:
    """One partner as it is now. Latencies in milliseconds, of the last 24 hours."""

    name: str
    adapter: Adapter
    switch: Switch
    line: LineState
    waiting: Waiting
    held: int
    quarantined: int
    refused: int  #: calls at our door that were not authenticated, since this process started
    calls: int
    failures: int
    median: int | None
    p95: int | None

    @property
    def drained(self) -> bool:
        """It drains, and nothing of what had left is under way any more."""
        return self.switch.mode == DRAINING and self.waiting.asked == 0


def overviews(hub: Hub) -> list[Overview]:
    """All partners that are connected, by name."""
    store = hub.store
    switches, lines, waiting = store.switches(), store.line_states(), store.waiting()
    calls = store.calls_since(datetime.now(UTC) - SINCE)
    held: Counter[str] = Counter()
    for count in store.exchange_counts():
        held[count.partner or ""] += count.number if count.held else 0
    aside = Counter(file["partner"] for file in store.quarantined())
    found = []
    for name in sorted(hub.adapters):
        slots, failures = calls.get(name, ({}, 0))
        found.append(
            Overview(
                name=name,
                adapter=hub.adapters[name],
                switch=switches.get(name, Switch(name)),
                line=lines.get(name, LineState(name)),
                waiting=waiting.get(name, Waiting()),
                held=held[name],
                quarantined=aside[name],
                refused=hub.refused[name],
                calls=sum(slots.values()),
                failures=failures,
                median=percentile(slots, 50),
                p95=percentile(slots, 95),
            )
        )
    return found


def told(one: Overview) -> dict[str, Any]:
    """An overview for programs: instants in ISO form, "" where there is none."""
    moments = {"heard": one.line.heard, "failed": one.line.failed, "oldest": one.waiting.oldest}
    return {
        "name": one.name,
        "mode": one.switch.mode,
        "reason": one.switch.reason,
        "breaker": "open" if one.line.open else "closed",
        "failures_in_a_row": one.line.failures,
        "calls": one.calls,
        "failures": one.failures,
        "median_ms": one.median,
        "p95_ms": one.p95,
        "queued": one.waiting.queued,
        "asked": one.waiting.asked,
        "held": one.held,
        "quarantined": one.quarantined,
        **{name: at.isoformat() if at else "" for name, at in moments.items()},
    }


def overview(hub: Hub, name: str) -> Overview:
    """One of them.

    Raises:
        NotFound: it is not connected here.
    """
    found = next((one for one in overviews(hub) if one.name == name), None)
    if found is None:
        raise unknown(name, hub)
    return found


def bodies(hub: Hub, name: str) -> list[Body]:
    """The institutions this partner reaches."""
    return [body for body in hub.table.bodies.values() if body.partner == name]


def agreements(hub: Hub, name: str) -> list[Agreement]:
    """Border agreements of the countries of its institutions, of all dates."""
    countries = {body.country for body in bodies(hub, name)}
    return [one for one in hub.table.agreements if {one.care, one.cover} & countries]


def unknown(name: str, hub: Hub) -> NotFound:
    """Nobody of this name is connected."""
    known = ", ".join(sorted(hub.adapters)) or "—"
    return NotFound(
        Issue(
            "not-found",
            f"Le partenaire « {name} » n'est pas connecté ici. Sont connectés : {known}.",
            f"Partner '{name}' is not connected here. Connected: {known}.",
        )
    )


def switch(hub: Hub, name: str, mode: str, reason: str, actor: str) -> Switch:
    """Pause, drain, or ("") resume a partner; holds in every process within a second.

    Raises:
        NotFound: nobody has this name, neither here nor in the routing table.
        Invalid: no such mode, no reason, or it is so already.
    """
    named = {body.partner for body in hub.table.bodies.values()}
    if name not in {*hub.adapters, *named}:
        raise unknown(name, hub)
    if mode not in (*MODES, ""):
        raise ValueError(mode)
    now = hub.store.switch(name)
    if now.mode == mode:
        raise Invalid(
            Issue(
                "business-rule",
                f"« {name} » l'est déjà : il n'y a rien à changer.",
                f"'{name}' is so already: there is nothing to change.",
            )
        )
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid(
            Issue(
                "required",
                "Donnez le motif en quelques mots : les exploitants le lisent sur la page du "
                "partenaire.",
                "Give the reason in a few words: operators read it on the partner's page.",
            )
        )
    made = Switch(name, mode, reason.strip(), actor, datetime.now(UTC))
    hub.store.set_switch(made)
    hub.forget_rung()
    return made


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate of a partner's line."""

    where: str  #: the setting that leads to it
    subject: str
    ends: datetime

    @property
    def days(self) -> int:
        """Until it ends; negative when it has."""
        return (self.ends - datetime.now(UTC)).days


def certificates(hub: Hub, name: str) -> tuple[list[Certificate], list[str]]:
    """Those of a partner: of its TLS addresses, as they are shown now, and of files its settings
    name. With French sentences about what could not be read.
    """
    found: list[Certificate] = []
    told: list[str] = []
    partner = partners(hub.settings).get(name)
    try:
        settings = shown(partner) if partner else {}
    except Problem as problem:
        return [], [problem.text]
    for setting, value in settings.items():
        if value.startswith("https://"):
            try:
                found.append(_of_address(setting, value))
            except (OSError, ValueError) as error:
                told.append(f"{setting} : certificat illisible ({type(error).__name__}).")
        elif value.startswith("/") and Path(value).is_file():
            found += _of_file(setting, Path(value))
    return found, told


def _of_address(setting: str, url: str) -> Certificate:
    parts = urlsplit(url)
    context = ssl.create_default_context()
    # Only its dates are looked at; the adapter is what decides whom to trust.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    address = (parts.hostname or "", parts.port or 443)
    with (
        socket.create_connection(address, SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=parts.hostname) as tls,
    ):
        raw = tls.getpeercert(binary_form=True) or b""
    return _read(setting, x509.load_der_x509_certificate(raw))


def _of_file(setting: str, path: Path) -> list[Certificate]:
    try:
        raw = path.read_bytes()
        found = x509.load_pem_x509_certificates(raw) if b"BEGIN CERTIFICATE" in raw else []
    except (OSError, ValueError):
        return []
    return [_read(setting, one) for one in found]


def _read(setting: str, certificate: x509.Certificate) -> Certificate:
    name = certificate.subject.rfc4514_string() or "—"
    return Certificate(setting, name, certificate.not_valid_after_utc)
