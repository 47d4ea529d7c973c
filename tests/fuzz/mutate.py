"""Changes inputs at random: the fuzzer where atheris is not installed, and seeds for hypothesis."""

from __future__ import annotations

import random
from collections.abc import Sequence

_NUMBERS = (b"0", b"-1", b"255", b"65536", b"9" * 20, b"1e999", b"NaN")
LONGEST = 60_000


def mutated(seeds: Sequence[bytes], words: Sequence[bytes], dice: random.Random) -> bytes:
    """One of the seeds after some changes."""
    raw = bytearray(dice.choice(seeds))
    for _ in range(dice.choice((1, 1, 2, 3, 8))):
        _change(raw, seeds, words, dice)
    return bytes(raw[:LONGEST])


def _change(
    raw: bytearray, seeds: Sequence[bytes], words: Sequence[bytes], dice: random.Random
) -> None:
    at = dice.randrange(len(raw) + 1)
    until = min(len(raw), at + dice.choice((1, 1, 2, 8, 64)))
    kind = dice.randrange(8)
    if kind == 0 and at < len(raw):
        raw[at] ^= 1 << dice.randrange(8)
    elif kind == 1:
        raw[at:at] = dice.choice((*words, *_NUMBERS))
    elif kind == 2:
        del raw[at:until]
    elif kind == 3:
        raw[at:at] = raw[at:until] * dice.choice((1, 2, 50))
    elif kind == 4:
        raw[at:until] = dice.randbytes(until - at)
    elif kind == 5:
        other = dice.choice(seeds)
        cut = dice.randrange(len(other) + 1)
        raw[at:] = other[cut:]
    elif kind == 6:
        raw[at:until] = dice.choice((*words, *_NUMBERS))
    else:
        del raw[at:]
