"""The certification case of a declared partner, from certification.json beside its profile.

Its texts may hold {key} for the submission id, and its claim {number} for a number of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr, ValidationError

from adapters.declared.adapter import Declared
from adapters.declared.profile import Profile, Strict, misread, read
from hub import errors
from hub.formats import exact_json, xml, xml_strict
from hub.model import Reply, ReplyKind, Tree
from hub.ports.certification import Case

NAME = "certification.json"


class Said(Strict):
    """One thing the partner says."""

    kind: ReplyKind
    operation: str
    reference: str | None
    body: str


class Golden(Said):
    """One thing it says, and the tree it is read as."""

    tree: Tree


class CaseFile(Strict):
    """certification.json; what each element is for stands in adapters/README.md."""

    operation: str
    tree: Tree
    incomplete: Tree | None = None
    identities: tuple[str, ...]
    foreign: tuple[str, ...]
    replies: tuple[Golden, ...]
    strange: tuple[Said, ...] = ()
    texts: Mapping[str, str] = {}
    answer: str
    undecided: str
    wrong_totals: tuple[str, ...] = ()
    claim: Tree | None = None


def case(profile: Path) -> Case | None:
    """The case; None when there is no certification.json."""
    file = profile.parent / NAME
    if not file.is_file():
        return None
    declared = read(profile)
    told = _told(file, declared)
    model = declared.models_by_name[declared.operations[told.operation].request]
    return Case(
        make=lambda port: _at(declared, port),
        operation=told.operation,
        tree=told.tree,
        incomplete=told.incomplete,
        identities=told.identities,
        foreign=[b"", b"{}", *(text.encode() for text in told.foreign)],
        replies=[(_reply(row), row.tree) for row in told.replies],
        strange=[_reply(row) for row in told.strange],
        silent=errors.Unconfirmed,
        read=lambda body: xml.tree(xml_strict.parse(body), model),
        texts=told.texts,
        served="application/xml",
        answer=lambda key: _filled(told.answer, key).encode(),
        undecided=lambda key: _filled(told.undecided, key).encode(),
        pays=declared.pays,
        asks=declared.operations[told.operation].ask is not None,
        wrong_totals=[text.encode() for text in told.wrong_totals],
        claims=lambda number: _claim(told.claim) if told.claim else None,
    )


def _told(file: Path, declared: Profile) -> CaseFile:
    """The file, checked whole.

    Raises:
        Misconfigured: everything that is missing, unknown or wrong in it.
    """
    try:
        told = CaseFile.model_validate(exact_json.loads(file.read_bytes()))
    except ValidationError as error:
        raise errors.Misconfigured(*misread(file, error)) from None
    except (OSError, ValueError, errors.Invalid) as error:
        raise errors.Misconfigured(
            errors.Issue(
                "value",
                f"{file} : fichier illisible ({error}). Corrigez-le.",
                f"{file}: the file cannot be read ({error}). Correct it.",
            )
        ) from error
    if told.operation not in declared.operations:
        listed = ", ".join(sorted(declared.operations))
        raise errors.Misconfigured(
            errors.Issue(
                "value",
                f"{file} : operation : « {told.operation} » n'est pas une opération du profil "
                f"({listed}). Corrigez le fichier.",
                f"{file}: operation: “{told.operation}” is not an operation of the profile "
                f"({listed}). Correct the file.",
            )
        )
    return told


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


def _reply(row: Said) -> Reply:
    return Reply(row.kind, row.operation, row.reference, row.body.encode(), "application/xml")


def _filled(text: str, key: str) -> str:
    return text.replace("{key}", key)


def _claim(template: Tree) -> Tree:
    """A claim with a number nobody has used."""
    text = exact_json.dumps(template).decode().replace("{number}", uuid.uuid4().hex[:12])
    tree: Tree = exact_json.loads(text.encode())
    return tree
