"""INPS, for certification. Illustrative reference profile; the people are synthetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from pydantic import SecretStr

from adapters.inps import deposit, layouts, outputs, returns, signature
from adapters.inps.adapter import Inps
from adapters.inps.settings import Settings
from hub import errors
from hub.model import Reply, ReplyKind, Tree
from hub.ports.certification import TRANSLITERATED, Case

_SECRET = SecretStr("certification")
_DAY = date(2026, 10, 12)
_TREE: Tree = {
    "numeroFeuille": "F-0001",
    "dateSoins": "2026-10-05",
    "devise": "XOF",
    "type": "01",
    "beneficiaire": {
        "numeroAmo": "20000555-01",
        "nina": "12761778072001Y",
        "qualite": "C",
        "sexe": "F",
        "dateNaissance": "1976-02-17",
        "assure": "20000555-00",
        "identite": {"nom": "Ag Mohamed", "prenoms": "Fatoumata"},
        "usage": {"texte": "Mme Traoré Fatoumata Ag Mohamed"},
    },
    "etablissement": {"convention": "CNV-ML-00001", "nom": "CSCom Fictif de Sogoba"},
    "diagnostic": [{"rang": 1, "code": "I10", "libelle": "Hypertension artérielle"}],
    "ligne": [
        {
            "numero": 1,
            "nature": "A",
            "code": "10101",
            "quantite": Decimal(1),
            "montant": Decimal(2000),
        }
    ],
}


def case() -> Case:
    """What certification must know of INPS."""
    return _CASE


def _make(port: int) -> Inps:
    return Inps(
        Settings(
            url=f"http://127.0.0.1:{port}",
            secret=SecretStr("x"),
            callback_secret=_SECRET,
            connect=1,
            read=1,
            deadline=2,
        )
    )


def _decision(key: str) -> Tree:
    """A sheet that was rejected."""
    line = {
        "numero": 1,
        "demande": Decimal(2000),
        "base": Decimal(0),
        "taux": Decimal(0),
        "partCaisse": Decimal(0),
        "ticketModerateur": Decimal(0),
        "ajuste": Decimal(2000),
    }
    return {
        "identifiantDepot": key,
        "numeroFeuille": "F-0001",
        "numeroLiquidation": "LQ-1",
        "statut": "REJ",
        "dateLiquidation": _DAY.isoformat(),
        "devise": "XOF",
        "motif": [{"code": "102", "suite": [{"texte": "Droits fermés."}]}],
        "ligne": [line],
    }


def _liquidation(key: str) -> bytes:
    """A return file with that decision."""
    return outputs.liquidations("D1", _DAY, "BENKAN", [("CNV-ML-00001", _decision(key))])


def _payment() -> bytes:
    """The records of one payment."""
    transfer = {"datePaiement": "2026-10-20", "devise": "XOF", "convention": "CNV-ML-00001"}
    tree = {
        "identifiantDepot": "s-1",
        "numeroFeuille": "F-0001",
        "numeroLiquidation": "LQ-1",
        "montant": Decimal(1400),
        "numeroOrdre": "VIR-1",
        "virement": transfer,
    }
    return layouts.dumps(tree, layouts.part("paiement")).body


def _signed(body: bytes, at: datetime | None = None) -> Mapping[str, str]:
    return signature.sign(_SECRET, body, at or datetime.now(UTC))


def _forged() -> tuple[tuple[Mapping[str, str], bytes], ...]:
    """Callbacks that INPS did not make, or not as they are."""
    body = _liquidation("s-1")
    old = datetime.now(UTC) - timedelta(days=365)
    return (
        ({}, body),
        (signature.sign(SecretStr("another"), body, datetime.now(UTC)), body),
        (_signed(body + b" "), body),
        (_signed(body, old), body),
        ({**_signed(body), signature.MOMENT: "2026-10-12T00:00:00Z"}, body),
        ({"name": "D1.txt", "host": "example.org"}, body),
    )


_PAID = Reply(ReplyKind.PAYMENT, "claim", "s-1", _payment(), layouts.CONTENT_TYPE)
_CASE = Case(
    make=_make,
    operation="claim",
    tree=_TREE,
    incomplete={"numeroFeuille": "F-0001"},
    identities=("20000555", "12761778072001Y", "Ag Mohamed", "Fatoumata", "1976", "I10", "Hyper"),
    foreign=(b"", b"{}", b"000", _payment(), b"<AvisPaiement/>"),
    replies=(
        (
            _PAID,
            {
                "identifiantDepot": "s-1",
                "numeroFeuille": "F-0001",
                "numeroLiquidation": "LQ-1",
                "montant": Decimal(1400),
                "numeroOrdre": "VIR-1",
                "virement": {
                    "datePaiement": "2026-10-20",
                    "devise": "XOF",
                    "convention": "CNV-ML-00001",
                },
            },
        ),
    ),
    silent=errors.Unreachable,  # without an access token nothing leaves
    read=deposit.read,
    texts={
        "beneficiaire.identite.nom": TRANSLITERATED,
        "beneficiaire.identite.prenoms": TRANSLITERATED,
        "beneficiaire.usage.texte": TRANSLITERATED,
        "etablissement.nom": TRANSLITERATED,
        "diagnostic.libelle": TRANSLITERATED,
    },
    answer=_liquidation,
    undecided=lambda key: _liquidation(key).replace(b"REJ20261012", b"QUI20261012"),
    headers=_signed,
    forged=_forged(),
    totals=deposit.totals,
    wrong_totals=(
        _liquidation("s-1").replace(b"\r\n19000001", b"\r\n19000002"),
        _liquidation("s-1").replace(b"\r\n29000001", b"\r\n29000002"),
    ),
    strange=tuple(
        replace(reply, body=reply.body.replace(right, wrong))
        for reply, right, wrong in [
            (_PAID, b"F-0001", b"F-0002"),
            (_PAID, b"CNV-ML-00001", b"CNV-ML-00002"),
            (returns.cut(_liquidation("s-1"))[0], b"F-0001", b"F-0002"),
        ]
    ),
)
