"""CMSS, for certification. Illustrative reference profile; the people are synthetic."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import asyncssh

from adapters.cmss import documents, outputs, returns
from adapters.cmss.adapter import Cmss
from adapters.cmss.settings import Settings
from hub import errors
from hub.formats import xml, xml_strict
from hub.model import Reply, ReplyKind, Tree
from hub.ports.certification import CARRIED, Case

_TREE: Tree = {
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
_PAYMENT = (
    f'<Paiement xmlns="{documents.RETURN}" ordre="VIR-1" devise="XOF"><identifiantDepot>s-1'
    "</identifiantDepot><numeroFeuille>F-0001</numeroFeuille><numeroLiquidation>LQ-1"
    "</numeroLiquidation><datePaiement>2026-10-20</datePaiement><montant>1400</montant></Paiement>"
)


_PAID = Reply(ReplyKind.PAYMENT, "claim", "s-1", _PAYMENT.encode(), "application/xml")


def case() -> Case:
    """What certification must know of CMSS."""
    return _CASE


def _make(port: int) -> Cmss:
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    return Cmss(Settings(host="127.0.0.1", port=port, hostkey=key, connect=1, deadline=2))


def _read(body: bytes) -> Tree:
    return xml.tree(xml_strict.parse(body), documents.model("feuille"))


def _totals(body: bytes) -> tuple[int, dict[str, Decimal]]:
    """The header of a lot, as the caisse reads it."""
    header = xml_strict.parse(body)[0]
    count = documents.text(header, "nombreFeuilles", documents.DEPOSIT)
    return int(count), documents.read_totals(header)


def _liquidation(key: str, status: str = "REJETE", announced: int = 1) -> bytes:
    """A return file with one sheet that was rejected."""
    tree = {
        "numeroLiquidation": "LQ-1",
        "devise": "XOF",
        "identifiantDepot": key,
        "numeroFeuille": "F-0001",
        "dateLiquidation": "2026-10-12",
        "statut": status,
        "motif": [{"code": "A02", "texte": "Droits fermés."}],
        "totalDemande": Decimal(2000),
        "totalBase": Decimal(0),
        "totalPartCaisse": Decimal(0),
        "totalTicketModerateur": Decimal(0),
    }
    made = xml.build(tree, documents.model("liquidation"))
    decided = outputs.Decision(made, 1, date(2026, 10, 12))
    body = outputs.decisions("LOT-1", 1, decided.day, [decided])
    counted = b"<nombreFeuilles>1<"
    return body.replace(counted, b"<nombreFeuilles>%d<" % announced)


_CASE = Case(
    make=_make,
    operation="claim",
    tree=_TREE,
    incomplete={"numeroFeuille": "F-0001"},
    identities=("20000111", "12811078684001S", "Sidibé", "Mariam", "1981", "I10", "Hypertension"),
    foreign=(
        b"",
        b"{}",
        b"<AvisPaiement/>",
        _PAYMENT.encode(),
        b'<!DOCTYPE x><AvisPaiement xmlns="https://benkan.example/xml/cmss/retour/1"/>',
    ),
    replies=(
        (
            _PAID,
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
    read=_read,
    texts={"beneficiaire.nom": CARRIED, "beneficiaire.prenoms": CARRIED},
    answer=_liquidation,
    undecided=lambda key: _liquidation(key, "PEUT-ETRE"),
    totals=_totals,
    wrong_totals=(_liquidation("s-1", announced=2),),
    strange=(
        *(
            replace(reply, body=reply.body.replace(b"F-0001", b"F-0002"))
            for reply in [_PAID, *returns.cut(_liquidation("s-1"))]
        ),
        replace(_PAID, provider="CNV-ML-00002"),
    ),
)
