"""CANAM's door: one SOAP call a message; an inquiry by submission id after a doubt.

Illustrative reference profile: describes no official interface.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from lxml import etree

from adapters.canam import documents, echoes
from adapters.canam.settings import Settings
from adapters.transports.https import Limits
from adapters.transports.soap import SoapClient, element_bytes
from adapters.transports.wssecurity import Trust
from hub import errors
from hub.formats import xml, xml_strict
from hub.model import BatchLimits, Inbound, Message, Money, Reply, ReplyKind, Tree

CONTENT_TYPE = "text/xml; charset=utf-8"
_CALLS = {
    "eligibility": "ConsulterDroits",
    "preauthorization": "DemanderAccordPrealable",
    "control-copy": "DeclarerPrestation",
    "liquidation-copy": "DeclarerLiquidation",
    "cancellation": "AnnulerDeclaration",
    "reference": "ConsulterReferentiel",
    "statement": "ConsulterEtat",
}
#: they register nothing: an unreadable answer leaves no doubt, and asking is asking again
_QUESTIONS = {"eligibility", "reference", "statement"}
_AT_ONCE = 50  #: pieces of news taken in one visit
#: elements that say who a person is, and what a security header carries
_SECRET = {
    *("numeroAMO", "nina", "nom", "prenoms", "naissance", "assure", "prescripteur"),
    *("diagnostic", "motifMedical", "Username", "Password", "Nonce"),
}


class Canam:
    """One account at CANAM. Keeps nothing between calls but the parsed WSDL."""

    name = "canam"
    operations: Mapping[str, str] = dict.fromkeys([*_CALLS, "registration"], "soap")
    resends_safely = True  # a reference is registered once; a second copy gets the first receipt
    batches: Mapping[str, BatchLimits] = {}

    def __init__(self, settings: Settings, trust: Trust | None = None) -> None:
        """`trust`: whose signatures are believed, instead of those of settings.trust."""
        self._soap = SoapClient(
            documents.SCHEMA / "canam.wsdl",
            settings.url,
            settings.username,
            settings.password,
            Limits(settings.connect, settings.read, settings.deadline, settings.max_answer),
            trust or Trust.read(settings.trust),
        )

    def encode(self, operation: str, tree: Tree, key: str) -> Message:
        """The operation element as it stands in the SOAP body; the key is its reference.

        The security header is added when it leaves: it carries the time and a nonce.

        Raises:
            Refused: not an operation of CANAM, or not a complete message.
        """
        call = _call(operation)
        if tree.get("reference", key) != key:
            raise _refused(
                "La référence du message n'est pas celle de l'envoi : corrigez le mapping.",
                "The message's reference is not the submission id: correct the map.",
            )
        body = documents.question(call, tree | {"reference": key})
        return Message(operation, key, body, CONTENT_TYPE, total=_total(tree))

    def bundle(self, operation: str, messages: Sequence[Message], key: str) -> Message:
        """CANAM takes no deposits.

        Raises:
            Refused: always.
        """
        raise _refused(
            "La CANAM ne reçoit pas de dépôts groupés : corrigez le routage.",
            "CANAM takes no deposits: correct the routing.",
        )

    def send(self, message: Message) -> Reply:
        """Call CANAM and give its answer.

        An unreadable answer to a message that CANAM registers is Unconfirmed, not Unreadable: it
        may have been registered, so the next step is to ask. A question registers nothing, so
        there the answer is simply Unreadable.

        Raises:
            Unreachable, Refused, Unconfirmed, Unreadable: see SoapClient.call.
        """
        body = b""
        try:
            body = self._soap.call(_call(message.operation), message.body)
            return _reply(message, body)
        except errors.Unreadable as error:
            error.evidence = error.evidence or body
            if message.operation in _QUESTIONS:
                raise
            doubt = errors.Unconfirmed(*error.issues)
            doubt.evidence, doubt.proven = error.evidence, error.proven
            raise doubt from error

    def ask(self, message: Message, reference: str | None) -> Reply:
        """What became of this message? A question is simply asked again.

        Raises:
            Unreachable, Refused, Unconfirmed, Unreadable: see SoapClient.call.
        """
        if message.operation in _QUESTIONS:
            return self.send(message)
        question = documents.plain("ConsulterDeclaration", {"reference": message.key})
        body = self._soap.call("ConsulterDeclaration", _bytes(question))
        answer = xml_strict.parse(body)
        found = documents.findings(answer)
        if found:
            raise errors.Unreadable(*found)
        texts = {documents.name_of(child): child.text for child in answer}
        if texts.get("reference") != message.key:
            raise _stranger(message.key)
        if texts.get("statut") == "inconnue":
            return Reply(
                ReplyKind.UNKNOWN,
                message.operation,
                message.key,
                body,
                CONTENT_TYPE,
                text="La CANAM n'a jamais reçu cet envoi.",
            )
        inner = answer.find(f"{{{documents.NAMESPACE}}}{_call(message.operation)}Reponse")
        if inner is None:
            raise _stranger(message.key)
        return _reply(message, element_bytes(inner))

    def collect(self) -> Iterator[Inbound]:
        """News of registrations, oldest first; the same again until they are disposed of.

        Raises:
            Unreachable, Refused, Unconfirmed, Unreadable: see SoapClient.call.
        """
        question = documents.plain("RetirerMouvements", {"maximum": _AT_ONCE})
        answer = xml_strict.parse(self._soap.call("RetirerMouvements", _bytes(question)))
        found = documents.findings(answer)
        if found:
            raise errors.Unreadable(*found)
        for element in answer:
            yield Inbound(f"{documents.number_of(element)}.xml", element_bytes(element))

    def dispose(self, name: str) -> None:
        """Acknowledge a piece of news: CANAM does not show it again.

        Raises:
            Unreachable, Refused, Unconfirmed, Unreadable: see SoapClient.call.
        """
        question = documents.plain("AcquitterMouvement", {"numero": name.removesuffix(".xml")})
        self._soap.call("AcquitterMouvement", _bytes(question))

    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Reply]:
        """A piece of news that `collect` pulled. CANAM itself never calls the hub.

        Raises:
            Unreadable: anything else.
        """
        element = xml_strict.parse(body)
        if documents.name_of(element) != "Mouvement" or documents.findings(element):
            raise errors.Unreadable(
                errors.Issue(
                    "not-supported",
                    "Ce n'est pas un mouvement de la CANAM : ce message est mis en quarantaine.",
                    "This is not a piece of news of CANAM: this message is quarantined.",
                )
            )
        number = documents.number_of(element)
        kind = ReplyKind.NEWS
        return [Reply(kind, "registration", None, body, CONTENT_TYPE, partner_reference=number)]

    def decode(self, reply: Reply) -> Tree:
        """The tree of canam-droits, canam-accord, canam-recu, canam-mouvement…

        Raises:
            Unreadable: not an answer of CANAM.
        """
        if reply.operation == "registration":
            return xml.tree(xml_strict.parse(reply.body), documents.movement())
        return documents.read(_call(reply.operation), reply.body)

    def check(self, sent: Message, reply: Reply) -> None:
        """See the echoes module.

        Raises:
            Unreadable: the answer is about something else.
        """
        if reply.kind is ReplyKind.ANSWER:
            echoes.check(_call(sent.operation), sent.body, reply.body)

    def redact(self, body: bytes) -> bytes:
        """The body or envelope with identities, diagnoses and credentials masked."""
        try:
            root = xml_strict.parse(body)
        except errors.Unreadable:
            return b"(illisible)"
        for element in root.iter():
            if etree.QName(element).localname in _SECRET and element.text:
                element.text = "***"
        masked: bytes = etree.tostring(root, encoding="utf-8")
        return masked


def _call(operation: str) -> str:
    call = _CALLS.get(operation)
    if call is None:
        raise _refused(
            f"La CANAM ne reçoit pas l'opération « {operation} » : corrigez le routage.",
            f"CANAM does not take the operation “{operation}”: correct the routing.",
        )
    return call


def _reply(message: Message, body: bytes) -> Reply:
    tree = documents.read(_call(message.operation), body)
    if tree["reference"] != message.key:
        raise _stranger(message.key)
    decided = tree.get("decision") != "ajourne"
    return Reply(
        ReplyKind.ANSWER if decided else ReplyKind.ACKNOWLEDGED,
        message.operation,
        message.key,
        body,
        CONTENT_TYPE,
        partner_reference=tree.get("numero", ""),
        text=tree.get("message", ""),
    )


def _bytes(element: etree._Element) -> bytes:
    return etree.tostring(element, encoding="utf-8")


def _total(tree: Tree) -> Money | None:
    total, currency = tree.get("total"), tree.get("devise")
    return None if total is None or not currency else Money(Decimal(total), currency)


def _stranger(key: str) -> errors.Unreadable:
    return errors.Unreadable(
        errors.Issue(
            "conflict",
            f"La réponse de la CANAM ne porte pas la référence {key}. Signalez-le au partenaire.",
            f"CANAM's answer does not carry the reference {key}. Tell the partner.",
        )
    )


def _refused(fr: str, en: str) -> errors.Refused:
    return errors.Refused(errors.Issue("business-rule", fr, en))
