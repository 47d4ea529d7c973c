"""The certification case of a declared partner, from certification.json beside its profile.

Its texts may hold {key} for the submission id, and its claim {number} for a number of its own.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from adapters.declared.adapter import Declared
from adapters.declared.profile import Profile, read
from hub import errors
from hub.formats import exact_json, xml, xml_strict
from hub.model import Reply, ReplyKind, Tree
from hub.ports.certification import Case

NAME = "certification.json"


def case(profile: Path) -> Case | None:
    """The case; None when there is no certification.json."""
    file = profile.parent / NAME
    if not file.is_file():
        return None
    told: Any = exact_json.loads(file.read_bytes())
    declared = read(profile)
    model = declared.models_by_name[declared.operations[told["operation"]].request]
    return Case(
        make=lambda port: _at(declared, port),
        operation=told["operation"],
        tree=told["tree"],
        incomplete=told.get("incomplete"),
        identities=told["identities"],
        foreign=[b"", b"{}", *(text.encode() for text in told["foreign"])],
        replies=[_reply(row) for row in told["replies"]],
        silent=errors.Unconfirmed,
        read=lambda body: xml.tree(xml_strict.parse(body), model),
        texts=told.get("texts", {}),
        served="application/xml",
        answer=lambda key: _filled(told["answer"], key).encode(),
        undecided=lambda key: _filled(told["undecided"], key).encode(),
        wrong_totals=[text.encode() for text in told.get("wrong_totals", [])],
        claims=lambda number: _claim(told["claim"]) if "claim" in told else None,
    )


def _at(profile: Profile, port: int) -> Declared:
    """The adapter with its partner on this port of this machine, without TLS, and short waits."""
    line = profile.line.model_copy(
        update={
            "url": f"http://127.0.0.1:{port}",
            "secret": SecretStr("demo"),
            "connect": 1.0,
            "read": 1.0,
            "deadline": 2.0,
        }
    )
    return Declared(profile.model_copy(update={"line": line}))


def _reply(row: Tree) -> tuple[Reply, Tree]:
    body, operation, reference = row["body"].encode(), row["operation"], row["reference"]
    kind = ReplyKind(row["kind"])
    return Reply(kind, operation, reference, body, "application/xml"), row["tree"]


def _filled(text: str, key: str) -> str:
    return text.replace("{key}", key)


def _claim(template: Tree) -> Tree:
    """A claim with a number nobody has used."""
    text = exact_json.dumps(template).decode().replace("{number}", uuid.uuid4().hex[:12])
    tree: Tree = exact_json.loads(text.encode())
    return tree
