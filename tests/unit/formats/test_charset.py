"""Text made to fit an encoding, and what was lost."""

from __future__ import annotations

import pytest

from hub.formats.charset import fit


@pytest.mark.parametrize(
    ("text", "encoding", "expected", "lost"),
    [
        ("Traoré Maïmouna", "ISO-8859-1", "Traoré Maïmouna", []),
        ("Traoré", "ascii", "Traore", ["é"]),
        ("Ŋolo dit Bɛnkɛ", "ISO-8859-1", "Nolo dit Benke", ["Ŋ", "ɛ"]),
        ("Ɓoubou Ɗiallo ƴiite", "ISO-8859-1", "Boubou Diallo yiite", ["Ɓ", "Ɗ", "ƴ"]),
        ("N’Diaye, cœur", "ISO-8859-1", "N'Diaye, coeur", ["’", "œ"]),
        ("plaie ≥ 3 cm², 5 μg − 2′", "ISO-8859-1", "plaie >= 3 cm², 5 ug - 2'", [*"≥μ−′"]),
        ("Diouhe\u0301", "ISO-8859-1", "Diouhé", []),
        ("ɛ\u0300", "ISO-8859-1", "e", ["ɛ", "\u0300"]),
        ("Awa 世", "ISO-8859-1", "Awa ?", ["世"]),
        ("Ŋolo 世", "UTF-8", "Ŋolo 世", []),
        ("", "ascii", "", []),
    ],
)
def test_each_character_is_carried_written_otherwise_or_told_as_lost(
    text, encoding, expected, lost
):
    assert fit(text, encoding) == (expected, lost)


def test_what_comes_out_always_fits():
    every = "".join(map(chr, range(0xA0, 0x2FF))) + "‐‑–—‘’“”…€\u202f"
    text, lost = fit(every, "ISO-8859-1")
    assert text.encode("ISO-8859-1")
    assert len(lost) > 200
