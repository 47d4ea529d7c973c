"""Cells of a reference list as people type them: amounts, days, names of columns."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

#: What columns are called, without accents and in small letters.
NAMES = {
    "code": ("code", "acte", "act", "cip", "convention", "numero", "reference"),
    "label": ("label", "libelle", "designation", "nom", "dci", "description", "motif", "display"),
    "value": ("value", "valeur", "montant", "tarif", "prix", "taux", "amount", "price", "rate"),
    "currency": ("currency", "devise", "monnaie", "unite"),
    "start": ("start", "debut", "du", "depuis", "from", "valide du", "date debut", "valid_from"),
    "end": ("end", "fin", "au", "jusqu'au", "until", "to", "valide au", "date fin", "valid_until"),
}
#: Currencies without decimals (ISO 4217).
WHOLE = frozenset({"XOF", "GNF", "XAF"})
_MONEY = re.compile(r"(?:F\s?CFA|FCFA|CFA|FG|XOF|GNF|XAF|F|%)$", re.IGNORECASE)
_SPACES = re.compile(r"[\s\u00a0\u202f']")
_PLAIN = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,6})?")
_GROUPS = re.compile(r"[0-9]{1,3}(?:([.,])[0-9]{3})(?:\1[0-9]{3})+")
_MIXED = re.compile(r"([0-9]{1,3}(?:([.,])[0-9]{3})+)(?!\2)[.,]([0-9]{1,6})")
_DOUBTFUL = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_DAY = re.compile(r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{4})")


def named(header: str) -> str:
    """The field a column's title means, "" when it means none."""
    plain = unicodedata.normalize(
        "NFKD", header.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    )
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = re.sub(r"\(.*?\)|[:*]", "", plain)
    plain = " ".join(plain.replace("_", " ").split())
    for field, names in NAMES.items():
        if plain in names or plain.replace(" ", "_") in names:
            return field
    first = plain.partition(" ")[0]
    return next(
        (f for f, names in NAMES.items() if f in ("code", "label", "value") and first in names), ""
    )


def amount(cell: str, currency: str) -> str:
    """An amount as exact text: « 12 500 F CFA » → 12500, « 1 234,50 » → 1234.50.

    Raises:
        ValueError: (French, English): what is wrong and what to do.
    """
    text = _SPACES.sub("", _MONEY.sub("", cell.strip()))
    if mixed := _MIXED.fullmatch(text):
        text = f"{mixed[1].replace(mixed[2], '')}.{mixed[3]}"
    elif groups := _GROUPS.fullmatch(text):
        text = text.replace(groups[1], "")
    elif _DOUBTFUL.fullmatch(text):
        whole, rest = re.split("[.,]", text)
        raise ValueError(
            f"« {cell} » se lit {whole}{rest} ou {whole},{rest} ; écrivez {whole}{rest}, "
            f"ou {whole},{rest}0",
            f"“{cell}” may mean {whole}{rest} or {whole}.{rest}; write {whole}{rest}, or "
            f"{whole}.{rest}0",
        )
    text = text.replace(",", ".", 1)
    if _PLAIN.fullmatch(text) is None:
        raise ValueError(
            f"« {cell} » n'est pas un nombre positif ; écrivez par exemple 12500 ou 12,5",
            f"“{cell}” is not a positive number; write for example 12500 or 12.5",
        )
    whole, _, rest = text.partition(".")
    if currency in WHOLE and rest.strip("0"):
        raise ValueError(
            f"le {currency} n'a pas de décimales : « {cell} » ; arrondissez le montant",
            f"{currency} has no decimals: “{cell}”; round the amount",
        )
    whole = whole.lstrip("0") or "0"
    return f"{whole}.{rest}" if rest.strip("0") else whole


def day(cell: str) -> str:
    """A day as ISO text: 2026-11-22, 22/11/2026, 22.11.2026.

    Raises:
        ValueError: (French, English): it is none.
    """
    found = _DAY.fullmatch(cell.strip())
    text = f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}" if found else cell.strip()[:10]
    try:
        made = date.fromisoformat(text)
    except ValueError:
        made = None
    if made is None or not 1900 <= made.year <= 2200:
        raise ValueError(
            f"« {cell} » n'est pas une date ; écrivez-la JJ/MM/AAAA ou AAAA-MM-JJ",
            f"“{cell}” is not a date; write it DD/MM/YYYY or YYYY-MM-DD",
        )
    return made.isoformat()
