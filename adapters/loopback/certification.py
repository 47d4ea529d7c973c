"""The partner in memory, for certification."""

from __future__ import annotations

from decimal import Decimal

from adapters.loopback import build
from hub.formats import exact_json
from hub.model import Reply, ReplyKind, Tree
from hub.ports.certification import CARRIED, Case


def case() -> Case:
    """What certification must know of it."""
    return Case(
        make=lambda port: build(),
        operation="claim",
        tree={
            "sheet": "F-1",
            "nom": "Coulibaly",
            "total": {"amount": Decimal("12.50"), "currency": "USD"},
        },
        incomplete={"total": {"amount": 12.5, "currency": "USD"}},
        identities=("Coulibaly",),
        foreign=(b"", b"<x/>", b"[]", b'{"kind":"answer"}'),
        replies=(
            (
                Reply(ReplyKind.ANSWER, "claim", "s-1", _answer("s-1"), "application/json"),
                {"kind": "answer", "operation": "claim", "reference": "s-1"},
            ),
        ),
        strange=(
            Reply(ReplyKind.ANSWER, "claim", "s-1", _answer("s-1", "F-2"), "application/json"),
        ),
        silent=None,  # it has no line that could fall silent
        read=_read,
        texts={"nom": CARRIED},
        answer=_answer,
        undecided=lambda key: exact_json.dumps(_part(key) | {"kind": "perhaps"}),
    )


def _part(key: str) -> Tree:
    return {"kind": "answer", "operation": "claim", "reference": key}


def _answer(key: str, sheet: str = "") -> bytes:
    return exact_json.dumps(_part(key) | ({"sheet": sheet} if sheet else {}))


def _read(body: bytes) -> Tree:
    """The tree inside, with the amount as the number it was."""
    tree: Tree = exact_json.loads(body)["tree"]
    total = tree["total"]
    return tree | {"total": total | {"amount": Decimal(total["amount"])}}
