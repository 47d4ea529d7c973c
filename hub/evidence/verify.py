"""Does the chain hold? From the entries and checkpoints alone, without the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hub.errors import Invalid
from hub.evidence.chain import GENESIS, Entry, digest
from hub.evidence.checkpoints import Checkpoint, is_signed
from hub.formats import exact_json


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written."""

    #: changed | missing | inserted | moved | cut | checkpoint | unattested | export | stored
    kind: str
    where: str  #: "audit row 17", "checkpoint 3", "Exchange/…"
    fr: str
    en: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found, and how far it got."""

    entries: int
    checkpoints: int
    head: str  #: digest of the last entry
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Nothing was found."""
        return not self.findings


def verify(
    entries: Iterable[Entry],
    checkpoints: Sequence[Checkpoint],
    keys: Mapping[str, Ed25519PublicKey],
    known: Sequence[Checkpoint] = (),
) -> Verdict:
    """Check every link, every checkpoint and every signature.

    Args:
        entries: in the order in which they are kept.
        checkpoints: as kept beside them.
        keys: public keys by key id; a checkpoint of another key is a finding.
        known: checkpoints that somebody kept elsewhere: they must still be reached.
    """
    marks = {c.seq: c for c in (*checkpoints, *known)}
    reached: dict[int, str] = {}
    findings: list[Finding] = []
    head, last, count = GENESIS, 0, 0
    for entry in entries:
        findings += _link(entry, last, head)
        head, last, count = entry.digest, entry.seq, count + 1
        if entry.seq in marks:
            reached[entry.seq] = entry.digest
    findings += _checkpoints(checkpoints, keys)
    for checkpoint in _unique((*checkpoints, *known)):
        findings += _reaches(checkpoint, reached, last)
    for checkpoint in known:
        findings += _kept(checkpoint, checkpoints, keys)
    return Verdict(count, len(checkpoints), head, tuple(findings))


def _link(entry: Entry, last: int, head: str) -> Iterator[Finding]:
    where = f"audit {entry.seq}"
    if entry.seq > last + 1:
        gone = f"{last + 1}" if entry.seq == last + 2 else f"{last + 1}-{entry.seq - 1}"
        yield Finding(
            "missing",
            f"audit {gone}",
            f"La ou les lignes {gone} manquent avant la ligne {entry.seq}.",
            f"Missing before row {entry.seq}: {gone}.",
        )
    elif entry.seq <= last:
        yield Finding(
            "inserted",
            where,
            f"La ligne {entry.seq} vient après la ligne {last} : ajoutée ou déplacée.",
            f"Row {entry.seq} comes after row {last}: inserted or moved.",
        )
    elif entry.prev != head:
        yield Finding(
            "moved",
            where,
            f"La ligne {entry.seq} ne suit pas la précédente : l'une des deux a été remplacée.",
            f"Row {entry.seq} does not follow the one before: one of the two was replaced.",
        )
    if digest(entry.prev, entry.content) != entry.digest or _number(entry) != entry.seq:
        yield Finding(
            "changed",
            where,
            f"Le contenu de la ligne {entry.seq} n'est plus celui qui a été écrit.",
            f"The content of row {entry.seq} is not what was written.",
        )


def _number(entry: Entry) -> object:
    try:
        said = exact_json.loads(entry.content.encode())
    except Invalid:
        return None
    return said.get("seq") if isinstance(said, dict) else None


def _checkpoints(
    checkpoints: Sequence[Checkpoint], keys: Mapping[str, Ed25519PublicKey]
) -> Iterator[Finding]:
    prev, number, seq = GENESIS, 0, 0
    for one in checkpoints:
        follows = one.number == number + 1 and one.prev == prev and one.seq >= seq
        if not follows:
            yield _wrong(one, "ne suit pas le précédent", "does not follow the one before")
        if one.key not in keys or not is_signed(one, keys[one.key]):
            yield _wrong(
                one,
                f"n'est pas signé par une clé connue ({one.key})",
                f"is not signed by a known key ({one.key})",
            )
        prev, number, seq = one.own_digest, one.number, one.seq


def _reaches(checkpoint: Checkpoint, reached: Mapping[int, str], last: int) -> Iterator[Finding]:
    if checkpoint.seq > last:
        only_one = checkpoint.seq == last + 1
        yield Finding(
            "cut",
            f"audit {checkpoint.seq}" if only_one else f"audit {last + 1}-{checkpoint.seq}",
            f"Le point de contrôle {checkpoint.number} atteste {checkpoint.seq} lignes ; il n'en "
            f"reste que {last} : la fin a été coupée.",
            f"Checkpoint {checkpoint.number} attests {checkpoint.seq} rows; only {last} are left: "
            "the end was cut off.",
        )
    elif checkpoint.seq and reached.get(checkpoint.seq) != checkpoint.digest:
        yield _wrong(
            checkpoint,
            f"atteste une autre ligne {checkpoint.seq} que celle qui est conservée",
            f"attests another row {checkpoint.seq} than the one kept",
        )


def _kept(
    checkpoint: Checkpoint,
    checkpoints: Sequence[Checkpoint],
    keys: Mapping[str, Ed25519PublicKey],
) -> Iterator[Finding]:
    if checkpoint.key not in keys or not is_signed(checkpoint, keys[checkpoint.key]):
        yield _wrong(checkpoint, "donné à part n'est pas signé", "given apart is not signed")
    elif checkpoint not in checkpoints:
        yield _wrong(
            checkpoint,
            "donné à part n'est plus dans le registre",
            "given apart is not in the register any more",
        )


def _wrong(checkpoint: Checkpoint, fr: str, en: str) -> Finding:
    return Finding(
        "checkpoint",
        f"checkpoint {checkpoint.number}",
        f"Le point de contrôle {checkpoint.number} {fr}.",
        f"Checkpoint {checkpoint.number} {en}.",
    )


def _unique(checkpoints: Iterable[Checkpoint]) -> list[Checkpoint]:
    return list(dict.fromkeys(checkpoints))
