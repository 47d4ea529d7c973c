"""INPS's door: REST questions, claims deposited as record files, files fetched or pushed to us.

Illustrative reference profile: describes no official interface.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from adapters.inps import (
    counter,
    deposit,
    documents,
    echoes,
    layouts,
    mailbox,
    redaction,
    returns,
    signature,
)
from adapters.inps.rest import RestClient
from adapters.inps.settings import Settings
from adapters.transports.https import Limits
from hub import errors
from hub.model import BatchLimits, Inbound, Message, Reply, ReplyKind, Tree


class Inps:
    """One account at INPS. Keeps nothing between calls but its access token."""

    name = "inps"
    operations: Mapping[str, str] = {
        "claim": "rest-fixed128",
        **dict.fromkeys(counter.DESKS, "rest-json"),
        "registration": "rest-json",
    }
    resends_safely = True  # a deposit or question seen before gets the answer it got then

    def __init__(self, settings: Settings) -> None:
        self.batches: Mapping[str, BatchLimits] = {
            "claim": BatchLimits(
                settings.deposit_count, settings.deposit_size, settings.deposit_age
            )
        }
        self._sender = settings.sender
        self._callback = settings.callback_secret
        self._age = settings.callback_age
        self._rest = RestClient(
            settings.url.rstrip("/"),
            settings.client,
            settings.secret,
            Limits(settings.connect, settings.read, settings.deadline, settings.max_answer),
        )

    def encode(self, operation: str, tree: Tree, key: str) -> Message:
        """One sheet in records, or one question in JSON; the key is in the bytes.

        A sheet's total is that of the tree, or the sum of its lines.

        Raises:
            Refused: not an operation of INPS, or not a complete message.
        """
        if operation != "claim":
            return counter.question(operation, tree, key)
        _own(tree.get("identifiantDepot", key), key)
        written = deposit.sheet(tree | {"identifiantDepot": key})
        return Message(
            operation,
            key,
            written.body,
            layouts.CONTENT_TYPE,
            total=deposit.asked(tree),
            losses=tuple(f"{loss.path} : {loss.fr}" for loss in written.losses),
        )

    def bundle(self, operation: str, messages: Sequence[Message], key: str) -> Message:
        """The deposit of these sheets, in lots by currency; `key` is its number.

        Its total is given when all sheets are in one currency.

        Raises:
            Refused: not an operation that travels in deposits, or the key is too long.
        """
        if operation not in self.batches:
            raise counter.refused(
                f"l'INPS ne reçoit pas « {operation} » en dépôts : corrigez le routage.",
                f"INPS takes no deposits of “{operation}”: correct the routing.",
            )
        sheets = [deposit.read(message.body) for message in messages]
        body = deposit.file(key, self._sender, sheets)
        totals = deposit.sums(sheets)
        return Message(
            operation,
            key,
            body,
            layouts.CONTENT_TYPE,
            name=f"{key}.txt",
            total=totals[0] if len(totals) == 1 else None,
            count=len(sheets),
        )

    def send(self, message: Message) -> Reply:
        """Deposit a file or ask a question; the same again gets the answer it got before.

        Raises:
            Unreachable, Refused, Unconfirmed, Unreadable: see mailbox.deliver and counter.answer.
        """
        if message.operation == "claim":
            return mailbox.deliver(self._rest, message)
        return counter.answer(self._rest, message)

    def ask(self, message: Message, reference: str | None) -> Reply:
        """What became of a deposit, a sheet or a request? A question is simply asked again.

        Raises:
            Unreachable: INPS could not be asked.
            Unconfirmed, Refused, Unreadable: as `send`.
        """
        if message.operation == "claim" and message.name:
            return mailbox.inquire(self._rest, message)
        if message.operation == "claim":
            return counter.where_is(self._rest, message, message.key)
        return counter.again(self._rest, message)

    def collect(self) -> Iterator[Inbound]:
        """Whole files that wait, oldest first; the same again until they are disposed of.

        Raises:
            Unreachable: INPS could not be asked.
            Unreadable: its list of files is none.
        """
        for name in mailbox.waiting(self._rest):
            yield Inbound(name, mailbox.fetch(self._rest, name))

    def dispose(self, name: str) -> None:
        """Acknowledge a file, so that INPS offers it no more; nothing when it is done already.

        Raises:
            Unreachable: INPS could not be told.
        """
        mailbox.acknowledge(self._rest, name)

    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Reply]:
        """Cut a file, one reply a sheet or movement.

        A file we fetched ourselves comes with its name and nothing else: the account and TLS
        prove its origin. Whatever else comes must be signed.

        Raises:
            Unreadable: unsigned or foreign, not a file of INPS, or a count or total is wrong.
        """
        if headers.keys() != {"name"}:
            signature.check(self._callback, headers, body, datetime.now(UTC), self._age)
        return returns.cut(body)

    def decode(self, reply: Reply) -> Tree:
        """The tree of a sheet's decision or payment, of a movement, or of a JSON answer.

        Raises:
            Unreadable: it is not one of INPS's models.
        """
        if reply.kind is ReplyKind.PAYMENT:
            return returns.payment(reply.body)
        if reply.operation in ("claim", "status"):
            return returns.liquidation(reply.body)
        if reply.operation == "registration":
            return documents.read(reply.body, "mouvement")
        return counter.read(reply.operation, reply.body)

    def check(self, sent: Message, reply: Reply) -> None:
        """See the echoes module.

        Raises:
            Unreadable: the answer is about something else.
        """
        echoes.check(sent, reply)

    def redact(self, body: bytes) -> bytes:
        """Records or JSON with identities and diagnoses masked, amounts and structure kept."""
        return redaction.mask(body)


def _own(given: str, key: str) -> None:
    if given != key:
        raise errors.Refused(
            errors.Issue(
                "business-rule",
                "l'identifiant de dépôt de la feuille n'est pas celui de l'envoi : corrigez le "
                "mapping.",
                "the sheet's submission id is not the message's: correct the map.",
            )
        )
