"""The adapter of every declared partner: XML documents over HTTPS, as its profile says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from urllib.parse import quote

from lxml import etree

from adapters.declared import answers
from adapters.declared.profile import Call, Profile, Question
from adapters.transports.https import Answer, Limits, Poster
from hub import errors
from hub.formats import repeated, xml, xml_strict
from hub.model import BatchLimits, Inbound, Message, Money, Reply, ReplyKind, Tree

MASK = "***"


class Declared:
    """One declared partner. Keeps nothing between calls but its profile."""

    batches: Mapping[str, BatchLimits] = {}

    def __init__(self, profile: Profile) -> None:
        line = profile.line
        limits = Limits(line.connect, line.read, line.deadline, line.max_answer)
        self.name = profile.name
        self.operations: Mapping[str, str] = dict.fromkeys(profile.operations, profile.family)
        self.resends_safely = profile.resends_safely
        self._profile = profile
        self._poster = Poster(line.url.rstrip("/"), limits, line.authority)

    def encode(self, operation: str, tree: Tree, key: str) -> Message:
        """One document by the operation's logical model.

        Raises:
            Refused: not an operation of the profile, or what the model forbids.
        """
        question = self._question(operation)
        if tree.get(question.key, key) != key:
            raise _refused(
                f"« {question.key} » n'est pas l'identifiant de l'envoi : corrigez le mapping.",
                f"“{question.key}” is not the submission id: correct the map.",
            )
        model = self._profile.models_by_name[question.request]
        body = xml.dumps(tree | {question.key: key}, model, self._profile.encoding)
        return Message(operation, key, body, self._content_type(), total=_total(tree, question))

    def bundle(self, operation: str, messages: Sequence[Message], key: str) -> Message:
        """Declared partners take no deposits.

        Raises:
            Refused: always.
        """
        raise _refused(
            f"{self.name} ne reçoit pas de dépôts groupés : corrigez le routage.",
            f"{self.name} takes no deposits: correct the routing.",
        )

    def send(self, message: Message) -> Reply:
        """One request; an answer that cannot be read leaves open whether it was registered.

        Raises:
            Unreachable, Unconfirmed, Refused: as the partner's HTTP answer says.
        """
        question = self._question(message.operation)
        answer = self._call(question, message.body, key=message.key)
        try:
            return self._reply(message, answer)
        except errors.Unreadable as error:
            raise errors.Unconfirmed(*error.issues) from error

    def ask(self, message: Message, reference: str | None) -> Reply:
        """What became of this message; a question is simply asked again.

        Raises:
            Unreachable, Unconfirmed, Refused, Unreadable.
        """
        ask = self._question(message.operation).ask
        if ask is None:
            return self.send(message)
        answer = self._call(ask, b"", key=message.key, absent=True)
        if answer.status == 404:
            kind, operation, key = ReplyKind.UNKNOWN, message.operation, message.key
            text = f"{self._profile.title} n'a jamais reçu cet envoi."
            return Reply(kind, operation, key, b"", self._content_type(), text=text)
        return self._reply(message, answer)

    def collect(self) -> Iterator[Inbound]:
        """Files in the order in which the partner lists them.

        Raises:
            Unreachable, Unconfirmed, Refused, Unreadable.
        """
        files = self._profile.files
        if files is None:
            return
        listed = xml_strict.parse(self._call(files.list, b"").body)
        for node in listed.iter():
            name = (node.text or "").strip()
            if etree.QName(node).localname == files.item and name:
                yield Inbound(name, self._call(files.fetch, b"", name=name).body)

    def dispose(self, name: str) -> None:
        """Tell the partner that this file is stored here; nothing when it is gone already."""
        if self._profile.files is not None:
            self._call(self._profile.files.dispose, b"", name=name, absent=True)

    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Reply]:
        """Cut a file into replies. Its origin was proven by the certificate of the line.

        Raises:
            Unreadable: not a notice of the profile, or its control totals are wrong.
        """
        return answers.cut(self._profile, body)

    def decode(self, reply: Reply) -> Tree:
        """The tree of the document, by the model its root names.

        Raises:
            Unreadable: it is none of the profile's.
        """
        return answers.read(self._profile, xml_strict.parse(reply.body))[1]

    def check(self, sent: Message, reply: Reply) -> None:
        """The sheet's number, where the profile says which elements hold it.

        Raises:
            Unreadable: the answer is about another sheet.
        """
        question = self._question(sent.operation)
        if not question.sheet or not reply.body:
            return
        model = self._profile.models_by_name[question.request]
        asked = xml.tree(xml_strict.parse(sent.body), model)
        document, said = answers.read(self._profile, xml_strict.parse(reply.body))
        numbers = asked.get(question.sheet), said.get(document.sheet)
        repeated.check(repeated.Repeated("le numéro de feuille", "sheet number", *numbers))

    def redact(self, body: bytes) -> bytes:
        """The document with the profile's elements and attributes masked."""
        try:
            root = xml_strict.parse(body)
        except errors.Unreadable:
            return b"(illisible)"
        for node in root.iter():
            if etree.QName(node).localname in self._profile.redacted and node.text:
                node.text = MASK
            for name in node.attrib:
                if etree.QName(name).localname in self._profile.redacted:
                    node.set(name, MASK)
        masked: bytes = etree.tostring(root, encoding="utf-8")
        return masked

    def _question(self, operation: str) -> Question:
        question = self._profile.operations.get(operation)
        if question is None:
            raise _refused(
                f"{self.name} ne reçoit pas l'opération « {operation} » : corrigez le routage.",
                f"{self.name} does not take the operation “{operation}”: correct the routing.",
            )
        return question

    def _content_type(self) -> str:
        return f"application/xml; charset={self._profile.encoding.lower()}"

    def _call(
        self, call: Call, body: bytes, *, key: str = "", name: str = "", absent: bool = False
    ) -> Answer:
        profile, headers = self._profile, {"Accept": "application/xml"}
        if body:
            headers["Content-Type"] = self._content_type()
        if profile.header:
            headers[profile.header] = profile.prefix + profile.line.secret.get_secret_value()
        if profile.key_header and key:
            headers[profile.key_header] = key
        path = call.path.replace("{key}", quote(key, "")).replace("{name}", quote(name, ""))
        answer = self._poster.call(call.method, path, body, headers)
        if not (absent and answer.status == 404):
            answers.check_status(profile.title, answer.status)
        return answer

    def _reply(self, message: Message, answer: Answer) -> Reply:
        reply = answers.reply(self._profile, xml_strict.parse(answer.body))
        if reply.reference != message.key or reply.operation != message.operation:
            raise answers.unreadable(f"elle ne porte pas la référence {message.key}")
        return reply


def _total(tree: Tree, question: Question) -> Money | None:
    amount = tree.get(question.total) if question.total else None
    currency = tree.get(question.currency) if question.currency else None
    return None if amount is None or not currency else Money(Decimal(amount), str(currency))


def _refused(fr: str, en: str) -> errors.Refused:
    return errors.Refused(errors.Issue("business-rule", fr, en))
