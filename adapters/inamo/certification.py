"""INAMO/CNPS, for certification. Illustrative reference profile; the people are synthetic."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import SecretStr

from adapters.inamo import dialect, exports
from adapters.inamo.adapter import Inamo
from adapters.inamo.client import CONTENT_TYPE
from adapters.inamo.settings import Settings
from hub import errors
from hub.formats import exact_json
from hub.model import Reply, ReplyKind, Tree
from hub.ports.certification import CARRIED, Case


def case() -> Case:
    """What certification must know of the fund."""
    return _CASE


def _concept(system: str, code: str) -> Tree:
    return {"coding": [{"system": system, "code": code}]}


def _product(kind: str, name: str) -> list[Tree]:
    reference = {"type": kind, "identifier": dialect.coded(name), "display": name}
    return [{"url": dialect.ITEM_REFERENCE, "valueReference": reference}]


_TREE: Tree = {
    "resourceType": "Claim",
    "status": "active",
    "type": _concept(dialect.VISIT, "O"),
    "use": "claim",
    "contained": [
        {
            "resourceType": "Patient",
            "id": "assure",
            "identifier": [dialect.coded("GN-0000000102")],
            "name": [{"family": "Barry", "given": ["Assétou"], "text": "Barry Assétou"}],
            "birthDate": "2017-05",
        }
    ],
    "patient": {"reference": "#assure", "identifier": dialect.coded("GN-0000000102")},
    "billablePeriod": {"start": "2026-10-05", "end": "2026-10-05"},
    "created": "2026-10-05",
    "enterer": {"identifier": dialect.coded("BENKAN")},
    "provider": {"identifier": dialect.coded("CNV-GN-00001")},
    "supportingInfo": [
        {
            "sequence": 2,
            "category": _concept(dialect.INFORMATION, "explanation"),
            "valueString": "feuille=F-0001 | cim10=B50",
        }
    ],
    "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": _concept(dialect.AFFECTION, "AF01")}],
    "item": [
        {
            "sequence": 1,
            "extension": _product("ActivityDefinition", "CG"),
            "category": {"text": "service"},
            "productOrService": {"text": "CG"},
            "quantity": {"value": 1},
            "unitPrice": {"value": 20000, "currency": "GNF"},
        }
    ],
    "total": {"value": 20000, "currency": "GNF"},
}
_PAID: Tree = {
    "ordre": "VIR-GN-000001",
    "date": "2026-10-20",
    "identifiant": "s-1",
    "dossier": "GN-1",
    "feuille": "F-0001",
    "montant": Decimal(16000),
    "devise": "GNF",
    "nombre": 1,
    "total": Decimal(16000),
}
_INSURED: Tree = {
    "numero": "0000000102",
    "nom": "Barry",
    "prenoms": "Assétou",
    "naissance": "2017-05",
    "qualite": "Enfant",
    "titulaire": "0000000002",
    "regime": "CNPS-MAL",
    "debut": "2024-08-01",
    "maj": "2024-08-01",
}


def _paid(row: Tree) -> Reply:
    body = exports.write("inamo-paiements", [row])
    return Reply(ReplyKind.PAYMENT, "claim", "s-1", body, exports.CONTENT_TYPE)


def _response(key: str, status: str = dialect.REJECTED, patient: str = "") -> bytes:
    """The answer to a claim, bare or as the one entry of a list: the client takes either."""
    adjudication = {
        "category": _concept(dialect.STATUS, status),
        "reason": {
            "coding": [
                {"system": dialect.REJECTION, "code": "21"},
                {"system": dialect.MOTIF, "code": "R2"},
            ],
            "text": "Droits fermés.",
        },
        "amount": {"value": 20000, "currency": "GNF"},
        "value": 1,
    }
    tree: Tree = {
        "resourceType": "ClaimResponse",
        "id": "GN-1",
        "meta": {"lastUpdated": "2026-10-12T08:00:00Z"},
        "identifier": [dialect.coded(key)],
        "created": "2026-11-22",
        "outcome": "complete",
        "insurer": {"reference": "openIMIS"},
        "item": [
            {
                "itemSequence": 1,
                "extension": _product("ActivityDefinition", "CG"),
                "adjudication": [adjudication],
            }
        ],
    }
    named = {"patient": {"identifier": dialect.coded(f"GN-{patient}")}} if patient else {}
    return exact_json.dumps(tree | named)


_REJECTED: Tree = {
    "identifiant": "s-1",
    "numero": "GN-1",
    "statut": "rejetee",
    "miseAJour": "2026-10-12",
    "devise": "GNF",
    "motif": [{"code": "R2", "openimis": "21", "texte": "Droits fermés."}],
    "ligne": [
        {
            "rang": 1,
            "nature": "service",
            "produit": "CG",
            "quantite": Decimal(1),
            "demande": Decimal(20000),
            "rejetee": True,
            "accordee": Decimal(0),
            "base": Decimal(0),
            "part": Decimal(0),
            "ticket": Decimal(0),
            "motif": {"code": "R2", "openimis": "21", "texte": "Droits fermés."},
        }
    ],
    "totalDemande": Decimal(20000),
    "totalBase": Decimal(0),
    "totalPart": Decimal(0),
    "totalTicket": Decimal(0),
}


def _make(port: int) -> Inamo:
    url = f"http://127.0.0.1:{port}/api_fhir_r4"
    given: dict[str, Any] = {"connect": 1, "read": 1, "deadline": 2, "login": "/login/?token"}
    return Inamo(Settings(url=url, password=SecretStr("demo"), **given))


_CASE = Case(
    make=_make,
    operation="claim",
    tree=_TREE,
    incomplete={"resourceType": "Claim"},
    identities=("0000000102", "0000000002", "Barry", "Assétou", "2017", "AF01", "B50"),
    foreign=(b"", b"{}", b"<x/>", _response("s-1"), b"NUMERO;NOM\r\n1;Barry\r\n"),
    replies=(
        (Reply(ReplyKind.ANSWER, "claim", "s-1", _response("s-1"), CONTENT_TYPE), _REJECTED),
        (
            _paid(_PAID),
            {"paiement": [_PAID]},
        ),
        (
            Reply(
                ReplyKind.NEWS,
                "registration",
                None,
                exports.write("inamo-assures", [_INSURED]),
                exports.CONTENT_TYPE,
            ),
            {"assure": [_INSURED]},
        ),
    ),
    silent=errors.Unreachable,  # no token was given, so nothing left
    read=exact_json.loads,
    texts={
        "contained.name.family": CARRIED,
        "contained.name.given": CARRIED,
        "supportingInfo.valueString": CARRIED,
    },
    served=CONTENT_TYPE,
    token=exact_json.dumps({"token": "t", "exp": 4102444800}),
    answer=_response,
    undecided=lambda key: _response(key, "32"),
    strange=(
        _paid(_PAID | {"feuille": "F-0002"}),
        _paid(_PAID | {"devise": "XOF"}),
        Reply(ReplyKind.ANSWER, "claim", "s-1", _response("s-1", patient="1"), CONTENT_TYPE),
    ),
    wrong_totals=(exports.write("inamo-paiements", [_PAID | {"total": Decimal(1)}]),),
)
