"""Questions to institutions that are about no claim: reference lists and monthly statements.

They are safe to repeat. Whoever wants to know notes the question in the store; a worker, which has
the way to the partner, puts it.
"""

from __future__ import annotations

import logging
from datetime import date

from hub.errors import Problem, Unconfirmed, Unreachable
from hub.exchange import dossier, inquiry, references, resources, routing, statements
from hub.exchange.parts import Parts
from hub.exchange.trip import Trip
from hub.model import Operation, Reply, ReplyKind, Tree
from hub.ports import Adapter, Question

log = logging.getLogger(__name__)

#: Seconds a worker has for one question.
SECONDS = 120.0
#: What is told of a question to which the answer comes as a file.
LATER = "Question reçue par l'organisme ; la réponse viendra comme un fichier."
#: What is told of a question to an institution that is not connected, or does not take it.
NOT_ASKED = "Cet organisme n'est pas raccordé, ou ne répond pas à cette question."
#: The lists that are pulled every day (domain.md §15, 9).
LISTS = ("conventions", "suspensions", "actes", "medicaments", "taux", "tarifs")


def publishers(parts: Parts, operation: Operation) -> list[routing.Body]:
    """The connected bodies that answer such questions."""
    return [
        body
        for body in parts.table.bodies.values()
        if body.partner in parts.adapters
        and operation.value in parts.adapters[body.partner].operations
    ]


def ask_lists(parts: Parts, day: date, *, again: bool = False) -> list[int]:
    """Note the question for every list of every scheme manager on a day; gives their ids."""
    return [
        parts.store.ask_for(body.partner, Operation.REFERENCE, name, day.isoformat(), again=again)
        for body in publishers(parts, Operation.REFERENCE)
        if body.role == routing.SCHEME
        for name in LISTS
    ]


def put_due(parts: Parts) -> int:
    """Put the next question that is due: a partner that is slow must not keep the sweep waiting
    for long. Gives how many. Each day's lists are asked for once."""
    ask_lists_daily(parts)
    due = parts.store.questions_due(SECONDS, 1)
    for question in due:
        put(parts, question)
    return len(due)


def ask_lists_daily(parts: Parts) -> None:
    """Note today's questions unless they are noted: one look a sweep."""
    today = parts.clock.now().date()
    for body in publishers(parts, Operation.REFERENCE):
        if body.role == routing.SCHEME and not parts.store.asked_on(body.partner, today):
            ask_lists(parts, today)


def put(parts: Parts, question: Question) -> None:
    """Put one question, and keep what is answered or when to ask again.

    Where a claim stands (subject: its exchange) is asked once, and told at once.
    """
    if question.operation == Operation.STATUS and isinstance(parts, Trip):
        parts.store.question_told(question.id, inquiry.told(parts, question.subject), None)
        return
    adapter = parts.adapters.get(question.partner)
    if adapter is None or question.operation not in adapter.operations:
        parts.store.question_told(question.id, NOT_ASKED, None)
        return
    try:
        reply, tree = _asked(parts, adapter, question)
        if reply.kind is ReplyKind.ACKNOWLEDGED:
            told = LATER
        else:
            told = _kept(parts, question, reply, tree)
        parts.store.question_told(question.id, told, None)
    except (Unreachable, Unconfirmed) as problem:
        when = parts.clock.now() + parts.pace.delay(question.attempts)
        parts.store.question_told(question.id, problem.text, when)
    except Problem as problem:
        parts.set_aside(question.partner, problem, str(question.id))
        named = type(problem).__name__  # its text may quote the partner
        log.warning("question %s to %s: %s", question.operation, question.partner, named)
        parts.store.question_told(question.id, problem.text, None)
    except Exception as surprise:
        log.exception("question %s to %s", question.operation, question.partner)
        told = f"Erreur interne du hub ({type(surprise).__name__}) ; l'exploitant en est averti."
        parts.store.question_told(question.id, told, None)


def _asked(parts: Parts, adapter: Adapter, question: Question) -> tuple[Reply, Tree]:
    tree: Tree = {"submission": resources.new_id()}
    if question.operation == Operation.REFERENCE:
        tree |= {"list": question.subject, "day": question.period}
    else:
        tree |= {"body": question.subject, "month": question.period}
    name = f"{dossier.MAPS}{question.partner}-{question.operation}"
    made = parts.mapper.map(parts.mapper.pin(name), tree)
    message = adapter.encode(question.operation, made, tree["submission"])
    reply = adapter.send(message)
    adapter.check(message, reply)
    return reply, tree


def _kept(parts: Parts, question: Question, reply: Reply, asked: Tree) -> str:
    if question.operation == Operation.REFERENCE:
        return references.keep(parts, question, reply, asked)
    return statements.keep(parts, question.partner, reply, asked)
