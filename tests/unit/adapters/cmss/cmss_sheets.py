"""Synthetic care sheets for the CMSS tests."""

from __future__ import annotations

from decimal import Decimal

from hub.model import Tree


def sheet(number: str = "F-0001", **changes: object) -> Tree:
    """A complete sheet of an insured person of the demo world."""
    return {
        "numeroFeuille": number,
        "devise": "XOF",
        "type": "pharmacie",
        "categorie": "PHA",
        "assure": {"numeroAmo": "20000111-00"},
        "beneficiaire": {
            "numeroAmo": "20000111-00",
            "nina": "11791853348001Z",
            "nom": "Dembélé",
            "prenoms": "Lassana Moussa",
            "dateNaissance": "1979",
            "sexe": "M",
            "qualite": "0",
        },
        "etablissement": {"convention": "CNV-ML-00001", "nom": "CSCom Fictif de Sogoba"},
        "prescripteur": {"numeroOrdre": "ML-0007", "nom": "Touré Oumou"},
        "dateSoins": "2026-10-05",
        "diagnostic": [{"rang": 1, "code": "B50", "libelle": "Paludisme à P. falciparum"}],
        "ligne": [
            {
                "numero": 1,
                "code": "3400137",
                "libelle": "Paracétamol 500 mg",
                "quantite": Decimal("20"),
                "prixUnitaire": Decimal("25"),
                "montant": Decimal("500"),
            },
            {
                "numero": 2,
                "lettreCle": "C",
                "coefficient": Decimal("1"),
                "code": "C1",
                "montant": Decimal("2000"),
            },
        ],
        "montantTotal": Decimal("2500"),
        **changes,
    }
