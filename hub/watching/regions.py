"""Mali's 19 regions and the district of Bamako, as tiles of a schematic map.

Source: domain.md §15, law 2023-006 of 13 March 2023; old names of addresses count where they are.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tile:
    """One region: where its tile stands, from the north-west."""

    name: str
    column: int
    row: int


TILES = (
    Tile("Taoudénit", 5, 0),
    Tile("Tombouctou", 5, 1),
    Tile("Kidal", 7, 1),
    Tile("Douentza", 5, 2),
    Tile("Gao", 6, 2),
    Tile("Ménaka", 7, 2),
    Tile("Nioro", 1, 2),
    Tile("Nara", 2, 2),
    Tile("Mopti", 4, 2),
    Tile("Kayes", 0, 3),
    Tile("Kita", 1, 3),
    Tile("Koulikoro", 2, 3),
    Tile("Ségou", 3, 3),
    Tile("San", 4, 3),
    Tile("Bandiagara", 5, 3),
    Tile("Bamako", 2, 4),
    Tile("Dioïla", 3, 4),
    Tile("Koutiala", 4, 4),
    Tile("Bougouni", 2, 5),
    Tile("Sikasso", 3, 5),
)
NAMES = tuple(tile.name for tile in TILES)
ABROAD = "Hors du Mali"
UNKNOWN = "Région inconnue"


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in letters if c.isalnum())


_BY_NAME = {_plain(name): name for name in NAMES} | {
    "districtdebamako": "Bamako",
    "timbuktu": "Tombouctou",
    "niorodusahel": "Nioro",
    "taoudenni": "Taoudénit",
}


def named(state: str, country: str = "ML") -> str:
    """The region an address names: one of NAMES, ABROAD, or UNKNOWN."""
    if country not in ("", "ML"):
        return ABROAD
    words = _plain(state).removeprefix("regionde").removeprefix("region")
    return _BY_NAME.get(words, UNKNOWN)
