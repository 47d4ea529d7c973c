"""Signed checkpoints: from time to time the hub signs where the chain stands.

Ed25519: https://www.rfc-editor.org/rfc/rfc8032. A copy of the newest checkpoint kept elsewhere
proves that nothing was cut off the end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.errors import Issue, Misconfigured
from hub.evidence.chain import GENESIS, fingerprint
from hub.formats import exact_json


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """« At this moment the chain had so many entries and ended with this digest. »"""

    number: int  #: 1, 2, 3… without a gap
    seq: int  #: number of the last entry it covers
    digest: str  #: that entry's digest
    at: datetime  #: UTC
    prev: str  #: digest of the checkpoint before, GENESIS for the first
    key: str  #: which key signed: the first 16 hexadecimal digits of its sha256
    signature: str = ""  #: Ed25519, hexadecimal

    def text(self) -> bytes:
        """What is signed: everything but the signature, as canonical JSON."""
        said = {
            "at": self.at.isoformat(),
            "digest": self.digest,
            "key": self.key,
            "number": self.number,
            "prev": self.prev,
            "seq": self.seq,
        }
        return exact_json.dumps(said)

    @property
    def own_digest(self) -> str:
        """The digest by which the next checkpoint names this one."""
        return fingerprint(self.text(), self.signature)


def key_id(key: Ed25519PublicKey) -> str:
    """The short name of a public key."""
    return fingerprint(_raw(key))[:16]


def sign(
    key: Ed25519PrivateKey, last: Checkpoint | None, seq: int, digest: str, at: datetime
) -> Checkpoint:
    """The checkpoint that follows `last`."""
    number, prev = (last.number + 1, last.own_digest) if last else (1, GENESIS)
    bare = Checkpoint(number, seq, digest, at, prev, key_id(key.public_key()))
    return replace(bare, signature=key.sign(bare.text()).hex())


def is_signed(checkpoint: Checkpoint, key: Ed25519PublicKey) -> bool:
    """Does this key's signature fit?"""
    try:
        key.verify(bytes.fromhex(checkpoint.signature), checkpoint.text())
    except (InvalidSignature, ValueError):
        return False
    return True


def private_key(pem: bytes) -> Ed25519PrivateKey:
    """The signing key of a PEM file (PKCS#8, not encrypted).

    Raises:
        Misconfigured: it is not an Ed25519 private key.
    """
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key("privée", "private")
    return key


def public_key(pem: bytes) -> Ed25519PublicKey:
    """The key to verify with, from its PEM.

    Raises:
        Misconfigured: it is not an Ed25519 public key.
    """
    try:
        key = serialization.load_pem_public_key(pem)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise _no_key("publique", "public")
    return key


def new_private_key() -> bytes:
    """The PEM of a fresh signing key."""
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def public_pem(key: Ed25519PublicKey) -> bytes:
    """The PEM of a public key."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _no_key(fr: str, en: str) -> Misconfigured:
    return Misconfigured(
        Issue(
            "value",
            f"Ce fichier ne contient pas de clé {fr} Ed25519 au format PEM. Donnez celui que "
            "« benkan audit key » a écrit.",
            f"This file holds no Ed25519 {en} key in PEM. Give the one 'benkan audit key' wrote.",
        )
    )
