"""Names and birth dates of people, compared as they are really written.

Domain: accents are dropped or kept, family and given names change places, a married woman goes by
her husband's name before her own, particles come and go, many acts say only a year of birth.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from hub.fhir.search_index import normalize
from hub.model import Tree

#: Words that are no part of a name: titles, and particles that one writes and another leaves out.
PARTICLES = frozenset(
    ("m", "mr", "mme", "mlle", "dr", "ag", "dit", "dite", "el", "ould", "mint", "ben", "ne", "nee")
)
_APART = re.compile(r"[^\w]+")
_INSIDE = re.compile(r"['’ʼ`´]")  # N'Diaye is Ndiaye


def words(texts: Iterable[str]) -> frozenset[str]:
    """The words of names, without accents, apostrophes, titles and particles."""
    joined = _INSIDE.sub("", normalize(" ".join(texts)))
    return frozenset(w for w in _APART.split(joined) if w and w not in PARTICLES)


def families(names: Iterable[Tree]) -> frozenset[str]:
    """The words of all family names: official, maiden, usual."""
    return words(str(name.get("family", "")) for name in names)


def givens(names: Iterable[Tree]) -> frozenset[str]:
    """The words of all given names."""
    return words(str(part) for name in names for part in name.get("given", []))


def everything(names: Iterable[Tree]) -> frozenset[str]:
    """All words of all names, those written as text too."""
    listed = list(names)
    texts = words(str(name.get("text", "")) for name in listed)
    return families(listed) | givens(listed) | texts


def alike(one: list[Tree], other: list[Tree]) -> bool:
    """A family name and a given name of one are among the words of the other.

    Either way round, because one of the two may write them in the wrong place or add a husband's
    name. A person with one name only has the same one.
    """
    return _within(one, everything(other)) or _within(other, everything(one))


def _within(names: list[Tree], others: frozenset[str]) -> bool:
    family, given = families(names), givens(names)
    if not family or not given:
        told = everything(names)
        return bool(told) and len(told & others) >= min(2, len(told))
    return bool(family & others) and bool(given & others) and len((family | given) & others) > 1


def same_birth(one: str, other: str) -> bool:
    """Could both be one birth date? A year alone fits every day of the year; "" fits nothing."""
    shorter = min(len(one), len(other))
    return shorter >= len("1960") and one[:shorter] == other[:shorter]


def contradict(one: Tree, other: Tree) -> bool:
    """Two Patients that cannot be one person: another birth date, and no word of a name shared."""
    births = str(one.get("birthDate", "")), str(other.get("birthDate", ""))
    if not all(births) or same_birth(*births):
        return False
    mine, theirs = everything(one.get("name", [])), everything(other.get("name", []))
    return bool(mine and theirs) and not mine & theirs
