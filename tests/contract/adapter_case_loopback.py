"""The partner in memory under contract."""

from __future__ import annotations

from decimal import Decimal

from adapter_case import AdapterCase

from adapters.loopback import build
from hub.model import Reply, ReplyKind

ANSWER = b'{"kind":"answer","operation":"claim","reference":"s-1"}'

CASE = AdapterCase(
    make=lambda port: build(),
    operation="claim",
    tree={"nom": "Coulibaly", "total": {"amount": Decimal("12.50"), "currency": "USD"}},
    incomplete={"total": {"amount": 12.5, "currency": "USD"}},
    identities=("Coulibaly",),
    foreign=(b"", b"<x/>", b"[]", b'{"kind":"answer"}'),
    replies=(
        (
            Reply(ReplyKind.ANSWER, "claim", "s-1", ANSWER, "application/json"),
            {"kind": "answer", "operation": "claim", "reference": "s-1"},
        ),
    ),
    silent=None,  # it has no line that could fall silent
)
