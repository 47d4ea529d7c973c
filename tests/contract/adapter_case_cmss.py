"""CMSS under contract."""

from __future__ import annotations

from decimal import Decimal

import asyncssh
from adapter_case import AdapterCase

from adapters.cmss.adapter import Cmss
from adapters.cmss.settings import Settings
from hub import errors
from hub.model import Reply, ReplyKind, Tree

RETURN = "https://benkan.example/xml/cmss/retour/1"
TREE: Tree = {
    "numeroFeuille": "F-0001",
    "devise": "XOF",
    "type": "consultation",
    "assure": {"numeroAmo": "20000111-00"},
    "beneficiaire": {
        "numeroAmo": "20000111-01",
        "nina": "12811078684001S",
        "nom": "Sidibé",
        "prenoms": "Mariam",
        "dateNaissance": "1981-04-08",
        "sexe": "F",
        "qualite": "1",
    },
    "etablissement": {"convention": "CNV-ML-00001"},
    "dateSoins": "2026-10-05",
    "diagnostic": [{"code": "I10", "libelle": "Hypertension artérielle"}],
    "ligne": [
        {
            "numero": 1,
            "lettreCle": "C",
            "coefficient": Decimal(1),
            "code": "C1",
            "montant": Decimal(2000),
        }
    ],
}
PAYMENT = (
    f'<Paiement xmlns="{RETURN}" ordre="VIR-1" devise="XOF"><identifiantDepot>s-1'
    "</identifiantDepot><numeroFeuille>F-0001</numeroFeuille><numeroLiquidation>LQ-1"
    "</numeroLiquidation><datePaiement>2026-10-20</datePaiement><montant>1400</montant></Paiement>"
)


def make(port: int) -> Cmss:
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    return Cmss(Settings(host="127.0.0.1", port=port, hostkey=key, connect=1, deadline=2))


CASE = AdapterCase(
    make=make,
    operation="claim",
    tree=TREE,
    incomplete={"numeroFeuille": "F-0001"},
    identities=("20000111", "12811078684001S", "Sidibé", "Mariam", "1981", "I10", "Hypertension"),
    foreign=(
        b"",
        b"{}",
        b"<AvisPaiement/>",
        PAYMENT.encode(),
        b'<!DOCTYPE x><AvisPaiement xmlns="https://benkan.example/xml/cmss/retour/1"/>',
    ),
    replies=(
        (
            Reply(ReplyKind.PAYMENT, "claim", "s-1", PAYMENT.encode(), "application/xml"),
            {
                "numeroOrdre": "VIR-1",
                "devise": "XOF",
                "identifiantDepot": "s-1",
                "numeroFeuille": "F-0001",
                "numeroLiquidation": "LQ-1",
                "datePaiement": "2026-10-20",
                "montant": Decimal(1400),
            },
        ),
    ),
    silent=errors.Unreachable,  # nothing was put under a final name
)
