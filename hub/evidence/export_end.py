"""The signed end of an export: nothing was cut off, added or changed since it was written.

Ed25519: https://www.rfc-editor.org/rfc/rfc8032.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.evidence.chain import Entry, canonical
from hub.evidence.checkpoints import Checkpoint, key_id
from hub.evidence.verify import Finding


@dataclass(frozen=True, slots=True)
class End:
    """« So many rows and checkpoints were written here, and these bytes. »"""

    entries: int  #: number of the last row
    checkpoints: int  #: how many
    digest: str  #: sha256 of every byte before it
    at: datetime  #: UTC
    key: str  #: which key signed, as a checkpoint says it
    signature: str = ""  #: Ed25519, hexadecimal

    def text(self) -> bytes:
        """What is signed; it can be no checkpoint's text."""
        return canonical({"end": end_tree(replace(self, signature=""))})


def signed_end(
    signer: Ed25519PrivateKey, entries: int, checkpoints: int, digest: str, at: datetime
) -> End:
    """The end of an export, signed."""
    bare = End(entries, checkpoints, digest, at, key_id(signer.public_key()))
    return replace(bare, signature=signer.sign(bare.text()).hex())


def end_tree(end: End) -> dict[str, Any]:
    """The end as it is written."""
    return {
        "entries": end.entries,
        "checkpoints": end.checkpoints,
        "digest": end.digest,
        "at": end.at.isoformat(),
        "key": end.key,
        "signature": end.signature,
    }


def end_of(tree: Mapping[str, Any]) -> End:
    """An end from its tree.

    Raises:
        KeyError, TypeError, ValueError: something of it is missing or of another kind.
    """
    texts = {name: str(tree[name]) for name in ("digest", "key", "signature")}
    at = datetime.fromisoformat(tree["at"])
    return End(int(tree["entries"]), int(tree["checkpoints"]), at=at, **texts)


def findings(
    end: End | None,
    digest: str,
    entries: Sequence[Entry],
    checkpoints: Sequence[Checkpoint],
    keys: Mapping[str, Ed25519PublicKey],
) -> Iterator[Finding]:
    """What an export's end shows: rows that no checkpoint attests, a cut, any other byte.

    Args:
        end: the end that was read; None when the file has none.
        digest: sha256 of the bytes before it, as they are now.
        entries: the rows of the file.
        checkpoints: its checkpoints.
        keys: public keys by key id.
    """
    yield from _unattested(entries, checkpoints)
    if end is None:
        yield _ended(
            "n'a pas de fin signée : elle a été coupée, ou l'export est d'une version ancienne. "
            "Refaites-le par « benkan audit export »",
            "has no signed end: it was cut off, or the export is of an older version. Make it "
            "again with 'benkan audit export'",
        )
        return
    if not _is_signed(end, keys):
        yield _ended(
            f"a une fin qui n'est pas signée par une clé connue ({end.key})",
            f"has an end that is not signed by a known key ({end.key})",
        )
        return
    last = max((entry.seq for entry in entries), default=0)
    if last < end.entries:
        gone = f"{end.entries}" if last + 1 == end.entries else f"{last + 1}-{end.entries}"
        yield Finding(
            "cut",
            f"audit {gone}",
            f"L'export comptait {end.entries} lignes ; la ou les lignes {gone} ont été coupées.",
            f"The export had {end.entries} rows; cut off: {gone}.",
        )
    if len(checkpoints) < end.checkpoints:
        yield _ended(
            f"comptait {end.checkpoints} points de contrôle ; il en reste {len(checkpoints)}",
            f"had {end.checkpoints} checkpoints; {len(checkpoints)} are left",
        )
    if digest != end.digest:
        yield _ended(
            "n'a plus les octets qui ont été signés à sa fin",
            "does not have the bytes any more that were signed at its end",
        )


def _unattested(entries: Sequence[Entry], checkpoints: Sequence[Checkpoint]) -> Iterator[Finding]:
    attested = max((one.seq for one in checkpoints), default=0)
    loose = sorted({entry.seq for entry in entries if entry.seq > attested})
    if loose:
        rows = f"{loose[0]}" if len(loose) == 1 else f"{loose[0]}-{loose[-1]}"
        yield Finding(
            "unattested",
            f"audit {rows}",
            f"Aucun point de contrôle n'atteste la ou les lignes {rows} : ajoutées, ou leur point "
            "de contrôle a été ôté.",
            f"No checkpoint attests {rows}: added, or the checkpoint was removed.",
        )


def _is_signed(end: End, keys: Mapping[str, Ed25519PublicKey]) -> bool:
    if end.key not in keys:
        return False
    try:
        keys[end.key].verify(bytes.fromhex(end.signature), end.text())
    except (InvalidSignature, ValueError):
        return False
    return True


def _ended(fr: str, en: str) -> Finding:
    return Finding("export", "export", f"L'export {fr}.", f"The export {en}.")
