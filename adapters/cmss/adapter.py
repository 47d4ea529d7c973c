"""CMSS's door: one sheet is an XML fragment, sheets travel in lots over SFTP, files come back.

Illustrative reference profile: describes no official interface.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from adapters.cmss import documents, echoes, redaction, returns
from adapters.cmss.settings import Settings
from adapters.transports import sftp
from hub import errors
from hub.formats import xml, xml_strict
from hub.model import BatchLimits, Inbound, Message, Money, Reply, ReplyKind, Tree

CONTENT_TYPE = "application/xml"
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
#: operation → logical model, and the element that carries the submission id
_PLAIN = {
    "cancellation": ("annulation", "identifiantDepot"),
    "statement": ("demande-etat", "identifiantDemande"),
}
_AT_ONCE = 50  #: files taken in one visit


class Cmss:
    """One account at CMSS. Keeps nothing between calls."""

    name = "cmss"
    operations: Mapping[str, str] = dict.fromkeys(
        ("claim", "cancellation", "statement", "registration"), "sftp-xml"
    )
    resends_safely = True  # the back office acknowledges a lot number it has seen, and drops it

    def __init__(self, settings: Settings) -> None:
        limits = BatchLimits(settings.deposit_count, settings.deposit_size, settings.deposit_age)
        self.batches: Mapping[str, BatchLimits] = {"claim": limits, "cancellation": limits}
        self._sender = settings.sender
        self._endpoint = sftp.Endpoint(
            host=settings.host,
            port=settings.port,
            user=settings.user,
            host_key=settings.hostkey,
            password=settings.password.get_secret_value(),
            key=settings.key,
            connect=settings.connect,
            deadline=settings.deadline,
        )

    def encode(self, operation: str, tree: Tree, key: str) -> Message:
        """One sheet, one cancellation or one request for a month's books, UTF-8.

        A sheet's total is that of the tree, or the sum of its lines. Characters that the lot's
        ISO-8859-1 lacks leave as character references of XML: nothing is lost.

        Raises:
            Refused: the operation is not CMSS's, or the tree is not complete.
        """
        _check(operation, key)
        if operation != "claim":
            return _plain(operation, tree, key)
        if tree.get("identifiantDepot", key) != key:
            raise _refused(
                "l'identifiant de dépôt de la feuille n'est pas celui de l'envoi : corrigez le"
                " mapping.",
                "the sheet's submission id is not the message's: correct the map.",
            )
        sheet = _sheet(tree | {"identifiantDepot": key})
        found = documents.findings(sheet)
        if found:
            raise errors.Refused(*found)
        total = documents.asked(sheet)
        if total.amount != documents.total_of_lines(sheet):
            raise _refused(
                "le montant total de la feuille n'est pas la somme de ses lignes : corrigez la"
                " demande.",
                "the sheet's total is not the sum of its lines: correct the claim.",
            )
        return Message(operation, key, xml.serialize(sheet), CONTENT_TYPE, total=total)

    def bundle(self, operation: str, messages: Sequence[Message], key: str) -> Message:
        """The lot of these sheets or cancellations, ISO-8859-1; `key` is its number.

        Its date is that of the newest care, so that the same members always give the same
        bytes. Its total is given when all sheets are in one currency.

        Raises:
            Refused: the key cannot be a lot number.
        """
        _check(operation, key)
        sheets = [xml_strict.parse(message.body) for message in messages]
        claims = operation == "claim"
        made = documents.lot if claims else documents.cancellation_lot
        lot = made(key, self._sender, sheets)
        found = documents.findings(lot)
        if found:
            raise errors.Refused(*found)
        sums = documents.sums(map(documents.asked, sheets)) if claims else {}
        totals = [Money(amount, currency) for currency, amount in sums.items()]
        return Message(
            operation,
            key,
            xml.serialize(lot, "ISO-8859-1"),
            CONTENT_TYPE,
            name=f"{key}.xml",
            total=totals[0] if len(totals) == 1 else None,
            count=len(sheets),
        )

    def send(self, message: Message) -> Reply:
        """Deposit a lot or a request; the same bytes under the same name again change nothing.

        Raises:
            Unreachable: the lot's final name was not written.
            Unconfirmed: the connection was lost while it was being given its final name.
            Refused: CMSS holds other bytes under this lot number.
        """
        depot, archive = _places(message)
        written = sftp.put(self._endpoint, depot, message.body, also=(archive,))
        what = "Demande déposée" if message.operation == "statement" else "Lot déposé"
        text = f"{what}." if written else "Fichier déjà présent à l'identique : rien à déposer."
        return _deposited(message, text)

    def ask(self, message: Message, reference: str | None) -> Reply:
        """Is the lot or request at CMSS, waiting or archived?

        Raises:
            Unreachable: CMSS could not be asked.
        """
        if sftp.exists(self._endpoint, _places(message)):
            return _deposited(message, "Le fichier est chez la caisse.")
        return Reply(
            ReplyKind.UNKNOWN,
            message.operation,
            message.key,
            b"",
            CONTENT_TYPE,
            text="Le fichier n'est pas chez la caisse.",
        )

    def collect(self) -> Iterator[Inbound]:
        """Whole return files, in order of name; the same again until they are disposed of.

        Raises:
            Unreachable: CMSS could not be asked.
        """
        for name, body in sftp.fetch(self._endpoint, "/retour", _AT_ONCE):
            yield Inbound(name, body)

    def dispose(self, name: str) -> None:
        """Put a return file among those read; nothing when it is there already.

        Raises:
            Unreachable: CMSS could not be asked.
        """
        sftp.move(self._endpoint, f"/retour/{name}", f"/retour/lus/{name}")

    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Reply]:
        """Cut a return file, one reply a sheet. Its origin was proven by the host key.

        Raises:
            Unreadable: not a return of CMSS, or its control totals are wrong.
        """
        return returns.cut(body)

    def decode(self, reply: Reply) -> Tree:
        """The tree of one sheet's part, by the logical model its root names.

        Raises:
            Unreadable: it is not one of CMSS's models.
        """
        return returns.read(reply.body)

    def check(self, sent: Message, reply: Reply) -> None:
        """See the echoes module.

        Raises:
            Unreadable: the answer is about something else.
        """
        echoes.check(sent, reply)

    def redact(self, body: bytes) -> bytes:
        """The document with identities and diagnoses masked, amounts and structure kept."""
        return redaction.mask(body)


def _sheet(tree: Tree) -> documents.Element:
    """The sheet's element; a claim without a total gets the sum of its lines."""
    sheet = xml.build(tree, documents.model("feuille"))
    if tree.get("montantTotal") is None:
        documents.add(sheet, "montantTotal", format(documents.total_of_lines(sheet), "f"))
    return sheet


def _check(operation: str, key: str) -> None:
    if operation not in Cmss.operations:
        raise _refused(
            f"la CMSS ne reçoit pas l'opération « {operation} » : corrigez le routage.",
            f"CMSS does not take the operation “{operation}”: correct the routing.",
        )
    if _KEY.fullmatch(key) is None:
        raise _refused(
            "l'identifiant d'envoi doit tenir en 64 lettres, chiffres, points ou tirets.",
            "the submission id must be at most 64 letters, digits, dots or dashes.",
        )


def _plain(operation: str, tree: Tree, key: str) -> Message:
    """A message without amounts: its identifier is the submission id."""
    if operation not in _PLAIN:
        raise _refused(
            f"l'opération « {operation} » ne part pas du hub : corrigez le routage.",
            f"the operation “{operation}” does not leave the hub: correct the routing.",
        )
    model, identifier = _PLAIN[operation]
    element = xml.build(tree | {identifier: key}, documents.model(model))
    found = documents.findings(element)
    if found:
        raise errors.Refused(*found)
    name = f"{key}.xml" if operation == "statement" else ""
    return Message(operation, key, xml.serialize(element), CONTENT_TYPE, name=name)


def _places(message: Message) -> tuple[str, str]:
    name = message.name or f"{message.key}.xml"
    if message.operation == "statement":
        return f"/demande/{name}", f"/demande/traitees/{name}"
    return f"/depot/{name}", f"/archive/{name}"


def _deposited(message: Message, text: str) -> Reply:
    return Reply(
        ReplyKind.ACKNOWLEDGED, message.operation, message.key, b"", CONTENT_TYPE, text=text
    )


def _refused(fr: str, en: str) -> errors.Refused:
    return errors.Refused(errors.Issue("business-rule", fr, en))
