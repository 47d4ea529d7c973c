"""Text made to fit an encoding, with what was lost on the way.

The table of letters is `repertoire`'s; https://www.unicode.org/reports/tr15/ takes the rest apart.
"""

from __future__ import annotations

import unicodedata

from hub.formats.repertoire import fits, plain


def fit(text: str, encoding: str) -> tuple[str, list[str]]:
    """The text as this encoding can carry it.

    Args:
        text: the value.
        encoding: a codec's name: ISO-8859-1, ascii, utf-8…

    Returns:
        The text with each character that the encoding lacks written in those it has (ɛ → e,
        œ → oe, ’ → '), and those characters, each once, in order. One that nothing stands for
        becomes « ? », so that a person sees that something was there.
    """
    if fits(text, encoding):
        return text, []
    composed = unicodedata.normalize("NFC", text)
    lost = list(dict.fromkeys(c for c in composed if not fits(c, encoding)))
    table = {c: written if fits(written := plain(c), encoding) else "?" for c in lost}
    return "".join(table.get(c, c) for c in composed), lost


def rewritten(text: str, encoding: str) -> str:
    """In French, which characters are written otherwise and how, without the text around them.

    For stories and reports, in which no name may stand; "" when all are carried as they are.
    """
    if fits(text, encoding):
        return ""
    written = [f"« {c} » écrit « {fit(c, encoding)[0]} »" for c in fit(text, encoding)[1]]
    return ", ".join(written) or "accents recomposés"
