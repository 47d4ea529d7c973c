"""A partner in memory: keeps what it was sent once, answers in JSON, fails when asked to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from adapters.loopback import failures
from hub import errors
from hub.formats import exact_json, repeated
from hub.model import BatchLimits, Inbound, Message, Money, Operation, Reply, ReplyKind, Tree

CONTENT_TYPE = "application/json"
#: header of a call of ours to the hub's door: hexadecimal HMAC-SHA256 of the body
SIGNATURE = "x-loopback-signature"


class Loopback:
    """One partner. What it received is its state, as a real partner's would be."""

    name = "loopback"
    operations: Mapping[str, str] = {operation.value: "memory" for operation in Operation}

    def __init__(
        self,
        *,
        batches: Mapping[str, BatchLimits] | None = None,
        resends_safely: bool = False,
        kind: ReplyKind = ReplyKind.ANSWER,
        secret: bytes = b"loopback",
    ) -> None:
        self.batches: Mapping[str, BatchLimits] = batches or {}
        self.resends_safely = resends_safely
        self.fail_next: list[str] = []  #: names of FAILURES, used up one a call of `send`
        self.ledger: dict[str, bytes] = {}  #: key → bytes, booked once
        self.sent: list[str] = []  #: keys in the order of `send`, repeats included
        self.files: dict[str, bytes] = {}  #: waiting to be collected, by name
        #: what it says to each operation instead of `kind`: parts {kind, text, number, …}, one a
        #: call of `send` or `ask`; the last one is said again and again
        self.say: dict[str, list[Tree]] = {}
        self._kind = kind
        self._secret = secret

    def encode(self, operation: str, tree: Tree, key: str) -> Message:
        """The tree as JSON with its key; its total is `total` {amount, currency} when there.

        Raises:
            Refused: the operation is unknown, or the tree holds what JSON cannot carry exactly.
        """
        if operation not in self.operations:
            raise failures.refused(
                f"opération inconnue : {operation}", f"unknown operation: {operation}"
            )
        try:
            body = exact_json.dumps({"key": key, "tree": tree})
        except (TypeError, ValueError) as error:
            raise failures.refused(str(error), str(error)) from error
        total = tree.get("total")
        money = Money(Decimal(str(total["amount"])), total["currency"]) if total else None
        return Message(operation, key, body, CONTENT_TYPE, total=money)

    def bundle(self, operation: str, messages: Sequence[Message], key: str) -> Message:
        """The members in order, under the deposit's key."""
        members = [exact_json.loads(message.body) for message in messages]
        body = exact_json.dumps({"key": key, "members": members})
        return Message(operation, key, body, CONTENT_TYPE, f"{key}.json", count=len(members))

    def send(self, message: Message) -> Reply:
        """Book it once and answer, or fail as `fail_next` says."""
        self.sent.append(message.key)
        failure = self.fail_next.pop(0) if self.fail_next else ""
        if failure in ("unreachable", "unconfirmed-before", "refused"):
            raise failures.failure(failure)
        self.ledger.setdefault(message.key, message.body)
        if failure == "unconfirmed-after":
            raise failures.failure(failure)
        if failure == "garbage":
            return Reply(self._kind, message.operation, message.key, b"\x00garbage", CONTENT_TYPE)
        reply = self._reply(message, self._answer(message))
        if failure == "duplicate":
            self.files[f"{message.key}-{len(self.sent)}.json"] = reply.body
        return reply

    def ask(self, message: Message, reference: str | None) -> Reply:
        """The answer again, or UNKNOWN when it was never booked."""
        if message.key not in self.ledger:
            return Reply(ReplyKind.UNKNOWN, message.operation, message.key, b"", CONTENT_TYPE)
        return self._reply(message, self._answer(message))

    def collect(self) -> Iterator[Inbound]:
        """Files waiting, in order of name."""
        for name in sorted(self.files):
            yield Inbound(name, self.files[name])

    def dispose(self, name: str) -> None:
        """Forget a file."""
        self.files.pop(name, None)

    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Reply]:
        """The replies of a file, or of a signed call: one, or one a member.

        Raises:
            Unreadable: the call is not signed, or the bytes are not one of our answers.
        """
        if headers.keys() - {"name"}:
            failures.check_signature(headers.get(SIGNATURE, ""), self._secret, body)
        answer = _read(body)
        return [_cut(part) for part in answer.get("members", [answer])]

    def decode(self, reply: Reply) -> Tree:
        """The answer as a tree.

        Raises:
            Unreadable: the bytes are not one of our answers.
        """
        return _read(reply.body)

    def check(self, sent: Message, reply: Reply) -> None:
        """The sheet's number, where both say one.

        Raises:
            Unreadable: the answer is about another sheet.
        """
        tree = exact_json.loads(sent.body).get("tree") or {}
        if tree.get("sheet") and reply.kind in (ReplyKind.ANSWER, ReplyKind.PAYMENT):
            said = _read(reply.body).get("sheet")
            repeated.check(repeated.Repeated("le numéro", "sheet number", tree["sheet"], said))

    def redact(self, body: bytes) -> bytes:
        """Keys and kinds stay; every text of the tree is masked."""
        try:
            document = exact_json.loads(body)
        except errors.Invalid:
            return b"***"
        return exact_json.dumps(_masked(document))

    def _answer(self, message: Message) -> bytes:
        members = exact_json.loads(self.ledger[message.key]).get("members", [])
        parts = [self._part(message.operation, member["key"]) for member in members]
        answer = {"members": parts} if parts else self._part(message.operation, message.key)
        return exact_json.dumps(answer)

    def _part(self, operation: str, key: str) -> Tree:
        part = {"kind": self._kind.value, "operation": operation, "reference": key}
        said = self.say.get(operation, [])
        return part | (said.pop(0) if len(said) > 1 else said[0] if said else {})

    def _reply(self, message: Message, body: bytes) -> Reply:
        answer = exact_json.loads(body)
        if "members" in answer:
            return _cut({**self._part(message.operation, message.key), **answer}, body)
        return _cut(answer, body)


def _cut(part: Tree, body: bytes = b"") -> Reply:
    return Reply(
        ReplyKind(part["kind"]),
        part["operation"],
        part["reference"],
        body or exact_json.dumps(part),
        CONTENT_TYPE,
        partner_reference=part.get("number", f"LB-{part['reference']}"),
        text=part.get("text", ""),
    )


_STRUCTURE = {"key", "kind", "operation", "reference"}


def _masked(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {k: _masked(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_masked(v, name) for v in value]
    return "***" if isinstance(value, str) and name not in _STRUCTURE else value


def _read(body: bytes) -> Tree:
    try:
        answer = exact_json.loads(body)
    except errors.Invalid as error:
        raise failures.unreadable() from error
    parts = answer.get("members", [answer]) if isinstance(answer, dict) else []
    if not parts or not all({"kind", "operation", "reference"} <= part.keys() for part in parts):
        raise failures.unreadable()
    if not all(part["kind"] in set(ReplyKind) for part in parts):
        raise failures.unreadable()
    tree: Tree = answer
    return tree
