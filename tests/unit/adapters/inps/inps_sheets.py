"""Synthetic sheets for the INPS tests."""

from __future__ import annotations

from decimal import Decimal

from adapters.inps.adapter import Inps
from hub.model import Message, Tree


def sheet(number: str = "F-0001", **changes: object) -> Tree:
    """A complete sheet of a person of the demo world whom INPS insures."""
    return {
        "numeroFeuille": number,
        "dateSoins": "2026-10-05",
        "devise": "XOF",
        "type": "01",
        "beneficiaire": {
            "numeroAmo": "20000555-00",
            "nina": "11731942270001Z",
            "qualite": "A",
            "sexe": "M",
            "dateNaissance": "1973-05-24",
            "assure": "20000555-00",
            "identite": {"nom": "Traoré", "prenoms": "Seydou dit Zan"},
        },
        "etablissement": {"convention": "CNV-ML-00001", "nom": "CSCom Fictif de Sogoba"},
        "prescripteur": {"numeroOrdre": "OM-0001", "nom": "Dr Oumou Samaké Fictive"},
        "diagnostic": [{"rang": 1, "code": "B50", "libelle": "Paludisme à P. falciparum"}],
        "ligne": [
            {
                "numero": 1,
                "nature": "A",
                "code": "10101",
                "quantite": Decimal(1),
                "montant": Decimal(2000),
            },
            {
                "numero": 2,
                "nature": "M",
                "code": "500137",
                "quantite": Decimal(20),
                "prixUnitaire": Decimal(25),
                "montant": Decimal(500),
                "libelle": {"texte": "Paracétamol 500 mg"},
            },
        ],
        **changes,
    }


def lot(inps: Inps, count: int = 1, key: str = "LOT-1", start: int = 1) -> Message:
    """A deposit of so many sheets, on days that make no second consultation of any."""
    days = [f"2026-{8 + n % 3:02}-{n % 28 + 1:02}" for n in range(start, start + count)]
    numbers = range(start, start + count)
    sheets = [
        inps.encode("claim", sheet(f"F-{n:04}", dateSoins=day), f"s-{n}")
        for n, day in zip(numbers, days, strict=True)
    ]
    return inps.bundle("claim", sheets, key)
