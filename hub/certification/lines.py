"""Offline checks of the line: absent, silent, confused and dishonest partners."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hub import errors
from hub.certification.bench import Bench, silent_port
from hub.certification.findings import Checks, Failed, Part, must
from hub.model import Reply, ReplyKind

CHECKS: Checks[Bench] = Checks()
SILENT_CASE = "le cas n'a pas de réponse", "the case has no answer"
FINAL = {ReplyKind.ANSWER, ReplyKind.PAYMENT, ReplyKind.REJECTED}


@CHECKS.add(
    Part.TECHNICAL,
    "refused-connection",
    "Connexion refusée : rien n'est parti, et l'adaptateur le dit",
    "Refused connection: nothing left, and the adapter says so",
)
def refused_connection(bench: Bench) -> None:
    """`send` and `ask` raise Unreachable, with a reason."""
    bench.need(bench.case.silent, "il n'a pas de ligne", "it has no line")
    adapter, message = bench.adapter(), bench.message()
    acts: list[Callable[[], Reply]] = [
        lambda: adapter.send(message),
        lambda: adapter.ask(message, None),
    ]
    for act in acts:
        try:
            act()
        except errors.Unreachable as problem:
            must(problem.text, "sans raison", "without a reason")
        else:
            raise Failed("pas d'erreur", "no error")


@CHECKS.add(
    Part.TECHNICAL,
    "read-timeout",
    "Un partenaire muet ne nous retient pas, et l'issue reste ouverte",
    "A silent partner does not hold us, and the outcome stays open",
)
def read_timeout(bench: Bench) -> None:
    """`send` raises what the case says: Unconfirmed when something may have left."""
    wanted = bench.need(bench.case.silent, "il n'a pas de ligne", "it has no line")
    with silent_port() as port:
        adapter = bench.case.make(port)
        try:
            adapter.send(bench.message())
        except wanted:
            return
    raise Failed("pas d'erreur", "no error")


@CHECKS.add(
    Part.TECHNICAL,
    "foreign-bytes",
    "Des octets étrangers ou non signés sont refusés",
    "Foreign or unsigned bytes are refused",
)
def foreign_bytes(bench: Bench) -> None:
    """`receive` takes nothing the partner did not make."""
    case, adapter = bench.case, bench.adapter()
    must(case.foreign, "le cas n'en donne aucun", "the case gives none")
    for headers, body in [*(({}, body) for body in case.foreign), *case.forged]:
        try:
            adapter.receive(headers, body)
        except errors.Unreadable:
            continue
        shown = f"{len(body)} octets"
        raise Failed(f"{shown} acceptés", f"{len(body)} bytes accepted")


@CHECKS.add(
    Part.TECHNICAL,
    "unknown-status",
    "Un état inconnu n'est jamais une décision",
    "An unknown status is never a decision",
)
def unknown_status(bench: Bench) -> None:
    """A status nobody knows is unreadable or open, never final."""
    none = "aucun état dans ses messages", "its messages have no status"
    undecided = bench.need(bench.case.undecided, *none)
    for reply in _heard(bench, "s-1", undecided("s-1")):
        text = f"compris comme « {reply.kind} »"
        must(reply.kind not in FINAL, text, f"taken for “{reply.kind}”")


@CHECKS.add(
    Part.TECHNICAL,
    "late-answer",
    "La réponse tardive à A, reçue pendant que B est en route, va à A",
    "A late answer to A that comes while B is under way goes to A",
)
def late_answer(bench: Bench) -> None:
    """Answers are matched by reference, never by order or by who is waiting."""
    answer = bench.need(bench.case.answer, *SILENT_CASE)
    late = _heard(bench, "B", answer("A"))
    strange = [reply.reference for reply in late if reply.reference != "A"]
    must(not strange, f"rapportée à {strange}", f"given to {strange}")
    own = [reply.reference for reply in _heard(bench, "A", answer("A"))]
    must(own and set(own) == {"A"}, f"A non reconnue : {own}", f"A not recognised: {own}")


def _heard(bench: Bench, key: str, body: bytes) -> Sequence[Reply]:
    """What the adapter makes of these bytes while it waits for an answer to `key`."""
    try:
        if not bench.by_line():
            return bench.adapter().receive(bench.case.headers(body), body)
        with bench.answering(body) as adapter:
            return [adapter.send(bench.message(key))]
    except (errors.Unreadable, errors.Unconfirmed, errors.Unreachable):
        return []


def duplicates(bench: Bench, key: str) -> Sequence[Reply]:
    """The partner's decision about a key, as the adapter gives it to the hub."""
    return _heard(bench, key, bench.need(bench.case.answer, *SILENT_CASE)(key))
