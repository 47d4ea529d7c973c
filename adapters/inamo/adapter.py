"""The fund's door: FHIR over HTTP for claims and questions, CSV files for news and payments.

Illustrative reference profile: describes no official interface.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from adapters.inamo import claims, decisions, dialect, echoes, exports, questions, redaction
from adapters.inamo.client import CONTENT_TYPE, Client, reference
from adapters.inamo.settings import Settings
from hub import errors
from hub.formats import exact_json
from hub.model import BatchLimits, Inbound, Message, Reply, ReplyKind, Tree

#: operations that the fund books; the others are questions
BOOKED = ("claim", "preauthorization")
_LONGEST_NAME = 100


class Inamo:
    """One account at the fund. Keeps nothing between calls but its token."""

    name = "inamo"
    operations: Mapping[str, str] = dict.fromkeys(
        (*BOOKED, "eligibility", "status", "cancellation", "statement"), "fhir-openimis"
    ) | {"registration": "csv"}
    resends_safely = True  # a claim's code is registered once; a second copy gets its answer
    batches: Mapping[str, BatchLimits] = {}

    def __init__(self, settings: Settings) -> None:
        self._client = Client(settings)

    def encode(self, operation: str, tree: Tree, key: str) -> Message:
        """The resource as JSON; the key is its identifier.

        Raises:
            Refused: not an operation of the fund, or not a complete message.
        """
        if operation in BOOKED:
            claim, total = claims.complete(tree, key)
            body, losses = exact_json.dumps(claim), claims.losses(tree, claim)
            return Message(operation, key, body, CONTENT_TYPE, total=total, losses=losses)
        body = exact_json.dumps(questions.complete(operation, tree, key))
        return Message(operation, key, body, CONTENT_TYPE)

    def bundle(self, operation: str, messages: Sequence[Message], key: str) -> Message:
        """The fund takes no deposits.

        Raises:
            Refused: always.
        """
        raise errors.Refused(
            errors.Issue(
                "business-rule",
                "La CNPS ne reçoit pas de dépôts groupés : corrigez le routage.",
                "The CNPS takes no deposits: correct the routing.",
            )
        )

    def send(self, message: Message) -> Reply:
        """Post it, or ask the question, and give the answer.

        An unreadable answer to something the fund books is Unconfirmed, not Unreadable: it may
        have been booked, so the next step is to ask.

        Raises:
            Unreachable, Refused, Unconfirmed, Unreadable: see Client.
        """
        if message.operation not in (*BOOKED, "cancellation"):
            return questions.answer(self._client, message)
        path = "/Claim/" if message.operation in BOOKED else "/Task/"
        try:
            return _reply(message, self._client.post(path, message.body))
        except errors.Unreadable as error:
            raise errors.Unconfirmed(*error.issues) from error

    def ask(self, message: Message, reference_: str | None) -> Reply:
        """What became of this message? Found by its identifier; a question is asked again.

        Raises:
            Unreachable, Refused, Unconfirmed, Unreadable: see Client.
        """
        if message.operation not in (*BOOKED, "cancellation"):
            return questions.answer(self._client, message)
        kind = "ClaimResponse" if message.operation in BOOKED else "Task"
        found = list(self._client.pages(f"/{kind}/", identifier=message.key))
        if not found:
            return Reply(
                ReplyKind.UNKNOWN,
                message.operation,
                message.key,
                b"",
                CONTENT_TYPE,
                text="La CNPS n'a jamais reçu ce message.",
            )
        if len(found) > 1:
            raise dialect.unreadable(
                f"{len(found)} dossiers portent le même identifiant",
                f"{len(found)} records have the same identifier",
            )
        return _reply(message, exact_json.dumps(found[0]))

    def collect(self) -> Iterator[Inbound]:
        """Files that wait, oldest first; the same again until they are disposed of.

        Raises:
            Unreachable, Refused, Unconfirmed: see Client.
            Unreadable: not a list of files.
        """
        listed = dialect.read(self._client.get("/exports/"))
        # in the order of the list: the fund lists the oldest first
        for name in [_named(file) for file in dialect.trees(listed, "files")]:
            yield Inbound(name, self._client.get(f"/exports/{reference(name)}"))

    def dispose(self, name: str) -> None:
        """Tell the fund that the file of this name is stored here; twice does no harm.

        Raises:
            Unreachable, Refused, Unconfirmed: see Client.
        """
        self._client.post(f"/exports/{reference(name)}/lu", b"{}")

    def receive(self, headers: Mapping[str, str], body: bytes) -> list[Reply]:
        """Cut a file into rows. It came over our own authenticated connection.

        Raises:
            Unreadable: not one of the fund's files, or wrong totals.
        """
        return exports.cut(body)

    def decode(self, reply: Reply) -> Tree:
        """The tree of inamo-decision, inamo-etat, a row of a file, or the fund's own resource.

        Raises:
            Unreadable: it is none of them.
        """
        if reply.content_type.startswith("text/csv"):
            return exports.read(reply.body)
        tree = dialect.read(reply.body)
        if reply.operation in (*BOOKED, "status"):
            return decisions.decision(tree)
        return questions.read(reply.operation, tree)

    def check(self, sent: Message, reply: Reply) -> None:
        """See the echoes module.

        Raises:
            Unreadable: the answer is about something else.
        """
        echoes.check(sent, reply)

    def redact(self, body: bytes) -> bytes:
        """The message or file with identities and diagnoses masked, amounts kept."""
        return redaction.mask(body)


def _named(file: Tree) -> str:
    name = file.get("name")
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise dialect.unreadable("liste de fichiers illisible", "unreadable list of files")
    return name


def _reply(message: Message, body: bytes) -> Reply:
    """The partner's answer to something booked, checked against what was sent."""
    tree = dialect.read(body)
    if message.operation == "cancellation":
        return questions.cancelled(message, tree)
    # `created` is the day of reading: the same answer would look new every day
    body = exact_json.dumps({k: v for k, v in tree.items() if k != "created"})
    told = decisions.decision(tree)
    if told["identifiant"] != message.key:
        raise dialect.unreadable(
            f"elle ne porte pas l'identifiant {message.key}",
            f"it does not carry the identifier {message.key}",
        )
    lines = [(line["nature"], line["produit"]) for line in told.get("ligne", [])]
    if lines != claims.sent_lines(dialect.read(message.body)):
        raise dialect.unreadable(
            "ses lignes ne sont pas celles de la feuille", "its lines are not those of the claim"
        )
    final = told["statut"] in decisions.DECIDED or "accord" in told
    return Reply(
        ReplyKind.ANSWER if final else ReplyKind.ACKNOWLEDGED,
        message.operation,
        message.key,
        body,
        CONTENT_TYPE,
        partner_reference=told["numero"],
        text=decisions.words(told),
    )
