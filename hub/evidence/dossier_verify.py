"""Does a dossier hold? From the file and a public key alone."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.errors import Invalid, Issue
from hub.evidence import exports
from hub.evidence.chain import Entry, canonical, digest, fingerprint
from hub.evidence.checkpoints import Checkpoint, is_signed, key_id
from hub.evidence.stated import crossed, digests
from hub.evidence.verify import Finding
from hub.formats import exact_json
from hub.model import Tree

FORMAT = "benkan-dossier-1"
_WRONG = (KeyError, TypeError, ValueError, AttributeError, binascii.Error)


def signed(tree: Tree, key: Ed25519PrivateKey) -> Tree:
    """The dossier with the hub's signature over its canonical JSON (keys sorted, no spaces)."""
    value = key.sign(canonical(tree)).hex()
    return {**tree, "signature": {"key": key_id(key.public_key()), "value": value}}


def read(body: bytes) -> Tree:
    """A dossier from its bytes.

    Raises:
        Invalid: it is none.
    """
    tree = exact_json.loads(body)
    if not isinstance(tree, dict) or tree.get("format") != FORMAT:
        raise _none()
    return tree


def own_key(tree: Tree) -> bytes:
    """The public key (PEM) a dossier carries: only a hint, trust the one you got elsewhere.

    Raises:
        Invalid: it carries none.
    """
    try:
        return str(tree["key"]["pem"]).encode()
    except _WRONG:
        raise _none() from None


def verify(
    tree: Tree,
    keys: Mapping[str, Ed25519PublicKey],
    known: Sequence[Checkpoint] = (),
    chain: Sequence[Entry] | None = None,
) -> list[Finding]:
    """What is wrong with a dossier; nothing when it holds.

    Args:
        tree: as `read` gives it.
        keys: public keys by key id, kept apart from the dossier.
        known: checkpoints somebody kept elsewhere: one of the same number must be the same.
        chain: the entries of an export: those of the dossier must be among them.

    Raises:
        Invalid: parts of it are missing or of another kind.
    """
    try:
        entries = [exports.entry_of(e) for e in tree["audit"]]
        checkpoints = [exports.checkpoint_of(c) for c in tree["checkpoints"]]
        return [
            *_signature(tree, keys),
            *_links(entries, tree["objects"]),
            *_checkpoints(entries, checkpoints, keys, known),
            *_stated(tree, entries),
            *_bytes(tree),
            *(_foreign(entries, chain) if chain is not None else ()),
            *(Finding("stored", f["where"], f["fr"], f["en"]) for f in tree["findings"]),
        ]
    except _WRONG:
        raise _none() from None


def _signature(tree: Tree, keys: Mapping[str, Ed25519PublicKey]) -> Iterator[Finding]:
    bare = {name: value for name, value in tree.items() if name != "signature"}
    key = keys.get(str(tree["signature"]["key"]))
    try:
        if key is None:
            raise InvalidSignature
        key.verify(bytes.fromhex(tree["signature"]["value"]), canonical(bare))
    except (InvalidSignature, ValueError):
        yield Finding(
            "changed",
            "dossier",
            "Le dossier n'est pas celui que le hub a signé, ou il est signé par une autre clé.",
            "The dossier is not the one the hub signed, or another key signed it.",
        )


def _links(entries: Sequence[Entry], objects: Sequence[str]) -> Iterator[Finding]:
    last: Entry | None = None
    for e in entries:
        said = exact_json.loads(e.content.encode())
        follows = last is None or e.seq > last.seq
        joins = last is None or e.seq != last.seq + 1 or e.prev == last.digest
        whole = digest(e.prev, e.content) == e.digest and said["seq"] == e.seq
        if not (whole and follows and joins and said["object"] in objects):
            yield Finding(
                "changed",
                f"audit {e.seq}",
                f"La ligne d'audit {e.seq} n'est pas celle qui a été écrite.",
                f"Audit row {e.seq} is not the one that was written.",
            )
        last = e


def _checkpoints(
    entries: Sequence[Entry],
    checkpoints: Sequence[Checkpoint],
    keys: Mapping[str, Ed25519PublicKey],
    known: Sequence[Checkpoint],
) -> Iterator[Finding]:
    kept = {c.number: c for c in known}
    rows = {e.seq: e.digest for e in entries}
    for c in checkpoints:
        sound = c.key in keys and is_signed(c, keys[c.key])
        if not sound or kept.get(c.number, c) != c or rows.get(c.seq, c.digest) != c.digest:
            yield Finding(
                "checkpoint",
                f"checkpoint {c.number}",
                f"Le point de contrôle {c.number} n'est pas signé par la clé donnée, ou en "
                "contredit un autre.",
                f"Checkpoint {c.number} is not signed by the key given, or contradicts another.",
            )
    last = max((c.seq for c in checkpoints), default=0)
    for e in entries:
        if e.seq > last:
            yield Finding(
                "missing",
                f"audit {e.seq}",
                f"Aucun point de contrôle ne couvre la ligne d'audit {e.seq}.",
                f"No checkpoint covers audit row {e.seq}.",
            )


def _stated(tree: Tree, entries: Sequence[Entry]) -> Iterator[Finding]:
    """Messages and versions are those the audit states, each once: none more, none less."""
    stated: Counter[tuple[str, str]] = Counter()
    lines: Counter[tuple[Any, ...]] = Counter()
    for e in entries:
        said = exact_json.loads(e.content.encode())
        if "state" in said["detail"] and str(said["object"]).startswith("Exchange/"):
            lines[
                _line(said["object"], said["at"], said["action"], said["actor"], said["detail"])
            ] += 1
        elif said["action"] in ("kept", "stored"):
            stated.update((said["object"], one) for one in digests(said["detail"]))
    shared = set()
    for exchange in tree["exchanges"]:
        for event in exchange["events"]:
            lines[
                _line(
                    f"Exchange/{exchange['id']}", event["at"], event["what"], event["actor"], event
                )
            ] -= 1
        for m in exchange["messages"]:
            one = m["owner"], crossed(m["direction"], m["kind"], m["sha256"])
            stated[one] -= 1 if one not in shared else 0
            shared |= {one} if m["owner"].startswith("Deposit/") else set()
    for version in tree["resources"]:
        stated[version["object"], version["sha256"]] -= 1
    for name in [
        *(key[0] for key, n in stated.items() if n),
        *(key[0] for key, n in lines.items() if n),
    ]:
        yield Finding(
            "stored",
            str(name),
            f"{name} : le dossier ne dit pas ce que l'audit atteste (plus, moins, ou autre chose).",
            f"{name}: the dossier does not say what the audit attests (more, less, or else).",
        )


def _line(
    object: str, at: str, what: str, actor: str, detail: Mapping[str, Any]
) -> tuple[Any, ...]:
    return object, at, what, actor, detail["state"], detail["sha256"]


def _bytes(tree: Tree) -> Iterator[Finding]:
    """Bytes and sentences that are in the dossier have the digests it gives."""
    for exchange in tree["exchanges"]:
        for e in exchange["events"]:
            said = fingerprint(e["what"], e["text"], e["state"], e["detail"])
            if not e["masked"] and said != e["sha256"]:
                yield _other(f"{e['what']} {e['at']}")
        for m in exchange["messages"]:
            if "body" in m and hashlib.sha256(_raw(m["body"])).hexdigest() != m["sha256"]:
                yield _other(f"{m['kind']} {m['sha256'][:16]}")
    for v in tree["resources"]:
        if "body" in v and v["sha256"] != fingerprint(
            _raw(v["body"]), None if v["received"] is None else _raw(v["received"])
        ):
            yield _other(f"{v['object']} version {v['version']}")


def _raw(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _other(where: str) -> Finding:
    return Finding(
        "changed",
        where,
        f"{where} : les octets n'ont pas l'empreinte donnée.",
        f"{where}: the bytes do not have the digest given.",
    )


def _foreign(entries: Sequence[Entry], chain: Sequence[Entry]) -> Iterator[Finding]:
    there = set(chain)
    for e in entries:
        if e not in there:
            yield Finding(
                "changed",
                f"audit {e.seq}",
                f"La ligne d'audit {e.seq} n'est pas dans l'export de la chaîne.",
                f"Audit row {e.seq} is not in the export of the chain.",
            )


def _none() -> Invalid:
    return Invalid(
        Issue(
            "structure",
            "Ce fichier n'est pas un dossier entier. Refaites-le par « benkan exchange dossier … "
            "--json ».",
            "This file is no whole dossier. Make it again with 'benkan exchange dossier … --json'.",
        )
    )
