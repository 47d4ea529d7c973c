"""CANAM under contract."""

from __future__ import annotations

from decimal import Decimal

from adapter_case import AdapterCase
from pydantic import SecretStr

from adapters.canam.adapter import Canam
from adapters.canam.settings import Settings
from hub import errors
from hub.model import Reply, ReplyKind, Tree

NAMESPACE = "https://benkan.example/canam/amo/2026"
TREE: Tree = {
    "numeroAMO": "20000111-01",
    "nina": "12811078684001S",
    "gestionnaire": "CMSS",
    "convention": "CNV-ML-00006",
    "prescripteur": "Dr Moussa Fictif",
    "dateDemande": "2026-10-05",
    "urgence": False,
    "diagnostic": ["K35"],
    "motifMedical": "Douleur de la fosse iliaque droite",
    "ligne": [
        {
            "rang": 1,
            "code": "IMG-TDM",
            "quantite": Decimal(1),
            "montant": Decimal(60000),
            "devise": "XOF",
        }
    ],
}
RIGHTS = (
    f'<ConsulterDroitsReponse xmlns="{NAMESPACE}"><reference>s-1</reference>'
    "<numeroAMO>20000111-01</numeroAMO><nina>12811078684001S</nina>"
    "<dateSoins>2026-10-05</dateSoins><statut>ouvert</statut><message>Droits ouverts.</message>"
    "<gestionnaire>CMSS</gestionnaire><regime>AMO</regime><qualite>CJT</qualite>"
    "<assure>20000111-00</assure><nom>Sidibé</nom><prenoms>Mariam</prenoms>"
    "<naissance>1981</naissance><taux><categorie>PHA</categorie><caisse>70</caisse>"
    "<ticket>30</ticket></taux><valableJusquau>2026-10-06T08:00:00Z</valableJusquau>"
    "</ConsulterDroitsReponse>"
)
POSTPONED = (
    f'<DemanderAccordPrealableReponse xmlns="{NAMESPACE}"><reference>s-1</reference>'
    "<decision>ajourne</decision><motif>E-DOC-01</motif><message>Complétez la demande.</message>"
    "</DemanderAccordPrealableReponse>"
)


def make(port: int) -> Canam:
    url = f"http://127.0.0.1:{port}/amo"
    return Canam(Settings(url=url, password=SecretStr("demo"), connect=1, read=1, deadline=2))


CASE = AdapterCase(
    make=make,
    operation="preauthorization",
    tree=TREE,
    incomplete={"numeroAMO": "20000111-01"},
    identities=(
        "20000111",
        "12811078684001S",
        "Sidibé",
        "Mariam",
        "1981",
        "K35",
        "Fictif",
        "iliaq",
    ),
    foreign=(b"", b"{}", b"<x/>", RIGHTS.encode()),
    replies=(
        (
            Reply(ReplyKind.ANSWER, "eligibility", "s-1", RIGHTS.encode(), "text/xml"),
            {
                "reference": "s-1",
                "numeroAMO": "20000111-01",
                "nina": "12811078684001S",
                "dateSoins": "2026-10-05",
                "statut": "ouvert",
                "message": "Droits ouverts.",
                "gestionnaire": "CMSS",
                "regime": "AMO",
                "qualite": "CJT",
                "assure": "20000111-00",
                "nom": "Sidibé",
                "prenoms": "Mariam",
                "naissance": "1981",
                "taux": [{"categorie": "PHA", "caisse": Decimal(70), "ticket": Decimal(30)}],
                "valableJusquau": "2026-10-06T08:00:00Z",
            },
        ),
        (
            Reply(
                ReplyKind.ACKNOWLEDGED, "preauthorization", "s-1", POSTPONED.encode(), "text/xml"
            ),
            {
                "reference": "s-1",
                "decision": "ajourne",
                "motif": "E-DOC-01",
                "message": "Complétez la demande.",
            },
        ),
    ),
    silent=errors.Unconfirmed,  # the request left, and no answer came
)
