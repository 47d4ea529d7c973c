"""Text in the encoding a partner's file has: what it can carry, and what happens to the rest.

https://www.unicode.org/reports/tr15/ (normalisation forms)
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from hub import errors
from hub.formats.impossible import Impossible

#: Control characters hide text from people, and Latin-1 gives them for bytes of Windows-1252.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ud800-\udfff]")
_BOM = codecs.BOM_UTF8

#: Letters and signs that no decomposition takes apart; first those of Bambara, Maninka, Fulfulde,
#: Tamasheq and their neighbours.
_LETTERS = str.maketrans(
    {
        "ɛ": "e",
        "ɔ": "o",
        "ŋ": "n",
        "ɲ": "n",
        "Ɛ": "E",
        "Ɔ": "O",
        "Ŋ": "N",
        "Ɲ": "N",
        "ɓ": "b",
        "Ɓ": "B",
        "ɗ": "d",
        "Ɗ": "D",
        "ƴ": "y",
        "Ƴ": "Y",
        "ɣ": "g",
        "Ɣ": "G",
        "ə": "e",
        "Ə": "E",
        "ǝ": "e",
        "Ǝ": "E",
        "œ": "oe",
        "Œ": "OE",
        "æ": "ae",
        "Æ": "AE",
        "ø": "o",
        "Ø": "O",
        "ß": "ss",
        "’": "'",
        "‘": "'",
        "ʼ": "'",
        "“": '"',
        "”": '"',
        "«": '"',
        "»": '"',
        "–": "-",
        "—": "-",
        "‑": "-",
        "…": "...",
        "−": "-",
        "′": "'",
        "″": '"',
        "≥": ">=",
        "≤": "<=",
        "≠": "<>",
        "≈": "~",
        "μ": "u",
        "€": "EUR",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
    }
)


def carried(text: str, encoding: str, rule: str) -> str:
    """The text as this encoding carries it: itself, or what the rule makes of it.

    Args:
        text: the value.
        encoding: a codec of single bytes, or UTF-8.
        rule: refuse, or transliterate (ɛ → e, œ → oe, ’ → ').

    Raises:
        Impossible: the encoding cannot carry it and the rule does not help; or it holds control
            characters, or looks like UTF-8 that was read as something else.
    """
    if text.isascii() and text.isprintable():
        return text
    if _CONTROLS.search(text):
        raise Impossible("caractères de contrôle", "control characters")
    if mistaken(text, encoding):
        raise Impossible(
            "de l'UTF-8 lu dans un autre encodage", "UTF-8 that was read in another encoding"
        )
    if fits(text, encoding):
        return text
    composed = unicodedata.normalize("NFC", text)
    if rule == "transliterate":
        composed = "".join(
            c if fits(c, encoding) else plain(c) for c in unicodedata.normalize("NFC", text)
        )
    if not fits(composed, encoding):
        outside, fr, en = _outside(composed, encoding), "", ""
        if rule == "refuse":
            fr, en = ", et ce champ n'est pas translittéré", "; this field is not transliterated"
        raise Impossible(
            f"l'encodage {encoding} ne porte pas {outside}{fr}",
            f"{encoding} cannot carry {outside}{en}",
        )
    return composed


def plain(character: str) -> str:
    """What is written for a character that an encoding lacks (ɛ: e; a lone accent: nothing)."""
    known = character.translate(_LETTERS)
    apart = unicodedata.normalize("NFKD", known)
    return "".join(c for c in apart if not unicodedata.combining(c)).translate(_LETTERS)


def fits(text: str, encoding: str) -> bool:
    """Whether the encoding carries all of it."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _outside(text: str, encoding: str) -> str:
    found = dict.fromkeys(c for c in text if not fits(c, encoding))
    return ", ".join(f"{c} (U+{ord(c):04X})" for c in found)[:80]


def mistaken(text: str, encoding: str) -> bool:
    """Whether text in a single-byte encoding is UTF-8 read wrongly: « TraorÃ© »."""
    if encoding == "utf-8" or text.isascii():
        return False
    try:
        text.encode(encoding).decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return False
    return True


def decode(body: bytes, encoding: str, bom: bool) -> str:
    """The text of a file, in exactly this encoding.

    Raises:
        Unreadable: it is in another one, has a byte order mark it must not have or lacks one it
            must have, or holds control characters.
    """
    marked = body.startswith(_BOM)
    if marked != bom and (bom or encoding == "utf-8"):
        fr = "la marque d'ordre des octets (BOM) manque" if bom else "une marque (BOM) est de trop"
        en = "the byte order mark is missing" if bom else "there is a byte order mark"
        raise _wrong(1, 1, fr, en)
    body = body[len(_BOM) :] if bom else body
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        line, column = _place(body[: error.start].decode("latin-1"))
        fr, en = f"un octet n'est pas du {encoding}", f"a byte is not {encoding}"
        raise _wrong(line, column, fr, en) from None
    control = _CONTROLS.search(text)
    if control:
        line, column = _place(text[: control.start()])
        code = f"U+{ord(control[0]):04X}"
        raise _wrong(line, column, f"caractère de contrôle {code}", f"control character {code}")
    if mistaken(text, encoding):
        raise _wrong(1, 1, f"le fichier est en UTF-8, non en {encoding}", f"UTF-8, not {encoding}")
    return text


def encode(text: str, encoding: str, bom: bool) -> bytes:
    """The bytes of a file whose values `carried` has let through.

    Raises:
        Refused: as a whole it would be read back in another encoding.
    """
    if mistaken(text, encoding):
        raise errors.Refused(
            errors.Issue(
                "value",
                f"le fichier ressemble à de l'UTF-8 lu en {encoding} : corrigez les textes.",
                f"the file looks like UTF-8 read as {encoding}: correct its texts.",
            )
        )
    return (_BOM if bom else b"") + text.encode(encoding)


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _wrong(line: int, column: int, fr: str, en: str) -> errors.Unreadable:
    return errors.Unreadable(
        errors.Issue(
            "structure",
            f"ligne {line}, colonne {column} : {fr} ; demandez à l'institution le fichier dans"
            " l'encodage convenu.",
            f"line {line}, column {column}: {en}; ask the partner for the file in the encoding"
            " agreed upon.",
        )
    )
