"""CANAM, for certification. Illustrative reference profile; the people are synthetic."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

from lxml import etree
from pydantic import SecretStr

from adapters.canam import documents
from adapters.canam.adapter import CONTENT_TYPE, Canam
from adapters.canam.settings import Settings
from adapters.transports.wssecurity import Trust
from adapters.transports.wssecurity_sign import Signer
from hub import errors
from hub.formats import xml, xml_strict
from hub.model import Reply, ReplyKind, Tree
from hub.ports.certification import CARRIED, Case

_NAMESPACE = documents.NAMESPACE
_TREE: Tree = {
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
_RIGHTS = (
    f'<ConsulterDroitsReponse xmlns="{_NAMESPACE}"><reference>s-1</reference>'
    "<numeroAMO>20000111-01</numeroAMO><nina>12811078684001S</nina>"
    "<dateSoins>2026-10-05</dateSoins><statut>ouvert</statut><message>Droits ouverts.</message>"
    "<gestionnaire>CMSS</gestionnaire><regime>AMO</regime><qualite>CJT</qualite>"
    "<assure>20000111-00</assure><nom>Sidibé</nom><prenoms>Mariam</prenoms>"
    "<naissance>1981</naissance><taux><categorie>PHA</categorie><caisse>70</caisse>"
    "<ticket>30</ticket></taux><valableJusquau>2026-10-06T08:00:00Z</valableJusquau>"
    "</ConsulterDroitsReponse>"
)
_POSTPONED = (
    f'<DemanderAccordPrealableReponse xmlns="{_NAMESPACE}"><reference>s-1</reference>'
    "<decision>ajourne</decision><motif>E-DOC-01</motif><message>Complétez la demande.</message>"
    "</DemanderAccordPrealableReponse>"
)
#: grants an act that was not asked for
_ANOTHER = (
    f'<DemanderAccordPrealableReponse xmlns="{_NAMESPACE}"><reference>s-1</reference>'
    "<decision>accord</decision><numero>AP-1</numero><message>Accordé.</message><ligne>"
    "<rang>1</rang><code>IMG-IRM</code><quantiteAccordee>1</quantiteAccordee></ligne>"
    "</DemanderAccordPrealableReponse>"
)


_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"


def case() -> Case:
    """What certification must know of CANAM."""
    return _CASE


def _make(port: int) -> Canam:
    url = f"http://127.0.0.1:{port}/amo"
    settings = Settings(url=url, password=SecretStr("demo"), connect=1, read=1, deadline=2)
    return Canam(settings, Trust((_signer().certificate,)))


@cache
def _signer() -> Signer:
    """Signs the answers of the partner that certification plays; of this process alone."""
    return Signer.make("certification", datetime.now(UTC))


def _read(body: bytes) -> Tree:
    return xml.tree(xml_strict.parse(body), documents.model("canam-demander-accord"))


def _decision(key: str, decision: str) -> bytes:
    text = (
        f'<s:Envelope xmlns:s="{_ENVELOPE}"><s:Body>'
        f'<DemanderAccordPrealableReponse xmlns="{_NAMESPACE}"><reference>{key}</reference>'
        f"<decision>{decision}</decision><numero>AP-1</numero><message>Décidé.</message>"
        "</DemanderAccordPrealableReponse></s:Body></s:Envelope>"
    )
    envelope = xml_strict.parse(text.encode())
    _signer().sign(envelope, datetime.now(UTC))
    return etree.tostring(envelope, encoding="utf-8")


_CASE = Case(
    make=_make,
    operation="preauthorization",
    tree=_TREE,
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
    foreign=(b"", b"{}", b"<x/>", _RIGHTS.encode()),
    replies=(
        (
            Reply(ReplyKind.ANSWER, "eligibility", "s-1", _RIGHTS.encode(), "text/xml"),
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
                ReplyKind.ACKNOWLEDGED, "preauthorization", "s-1", _POSTPONED.encode(), "text/xml"
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
    read=_read,
    texts={"prescripteur": CARRIED, "motifMedical": CARRIED},
    served=CONTENT_TYPE,
    strange=(Reply(ReplyKind.ANSWER, "preauthorization", "s-1", _ANOTHER.encode(), "text/xml"),),
    answer=lambda key: _decision(key, "refus"),
    undecided=lambda key: _decision(key, "peut-etre"),
)
