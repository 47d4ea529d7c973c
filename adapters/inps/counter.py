"""Questions to INPS and its answers: rights, follow-up, cancellation, monthly statement."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from adapters.inps import documents, returns
from adapters.inps.rest import RestClient
from adapters.transports.https import Answer
from hub import errors
from hub.formats import exact_json
from hub.model import Message, Reply, ReplyKind, Tree

JSON = "application/json"
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True, slots=True)
class Desk:
    """One operation of the service."""

    question: str  #: model of what is sent
    answer: str  #: model of what comes back
    path: str
    books: bool = False  #: INPS registers something: a doubt is asked about, not repeated


DESKS: Mapping[str, Desk] = {
    "eligibility": Desk("droits-question", "droits", "/v1/droits"),
    "status": Desk("suivi-question", "suivi", "/v1/factures"),
    "cancellation": Desk("annulation-demande", "annulation", "/v1/annulations", books=True),
    "statement": Desk("etat-demande", "etat", "/v1/etats"),
}


def question(operation: str, tree: Tree, key: str) -> Message:
    """The JSON bytes of a question.

    Raises:
        Refused: not an operation of this counter, or not a complete question.
    """
    desk = DESKS.get(operation)
    if desk is None:
        raise refused(
            f"l'INPS ne reçoit pas l'opération « {operation} » : corrigez le routage.",
            f"INPS does not take the operation “{operation}”: correct the routing.",
        )
    if tree.get("reference", key) != key or _KEY.fullmatch(key) is None:
        raise refused(
            "La référence du message n'est pas celle de l'envoi, ou dépasse 40 lettres, chiffres, "
            "points ou tirets : corrigez le mapping.",
            "The message's reference is not the submission id, or is longer than 40 letters, "
            "digits, dots or dashes: correct the map.",
        )
    return Message(operation, key, documents.write(tree | {"reference": key}, desk.question), JSON)


def answer(rest: RestClient, message: Message) -> Reply:
    """Ask, and give the answer.

    Raises:
        Unreachable: nothing left.
        Unconfirmed: something may have left; or what INPS registers got an unreadable answer.
        Refused: INPS refuses the question.
        Unreadable: an answer to a question that registers nothing.
    """
    desk = DESKS[message.operation]
    if message.operation == "status":
        asked: Tree = documents.read(message.body, desk.question)
        return where_is(rest, message, asked["feuille"])
    try:
        return _told(message, taken(rest.call("POST", desk.path, message.body)))
    except errors.Unreadable as error:
        if desk.books:
            raise errors.Unconfirmed(*error.issues) from error
        raise


def again(rest: RestClient, message: Message) -> Reply:
    """What became of this request? What registers nothing is asked again.

    Raises:
        Unreachable, Unconfirmed, Refused, Unreadable: as `answer`.
    """
    desk = DESKS[message.operation]
    if not desk.books:
        return answer(rest, message)
    found = rest.call("GET", f"{desk.path}/{message.key}")
    if found.status == 404:
        return unknown(message, "L'INPS n'a jamais reçu cette demande.")
    return _told(message, taken(found))


def where_is(rest: RestClient, message: Message, sheet: str) -> Reply:
    """Where a sheet stands; its whole decision when there is one.

    Raises:
        Unreachable, Unconfirmed, Refused, Unreadable: as `answer`.
    """
    if _KEY.fullmatch(sheet) is None:
        raise refused(
            "l'identifiant de dépôt de la feuille n'est pas de ceux que le hub donne.",
            "the sheet's submission id is not one that the hub gives.",
        )
    found = rest.call("GET", f"{DESKS['status'].path}/{sheet}")
    if found.status == 404:
        return unknown(message, "L'INPS n'a jamais reçu cette feuille.")
    body = taken(found)
    tree = documents.read(body, "suivi")
    _about(tree["feuille"], sheet)
    if tree["statut"] == "inconnue":
        return unknown(message, tree["texte"])
    if tree.get("liquidation"):
        decision = returns.decided(_records(tree["liquidation"]), message.operation)
        _about(str(decision.reference), sheet)
        return replace(decision, reference=message.key)
    return Reply(
        ReplyKind.ACKNOWLEDGED,
        message.operation,
        message.key,
        body,
        JSON,
        partner_reference=tree.get("numero", ""),
        text=tree["texte"],
    )


def read(operation: str, body: bytes) -> Tree:
    """The tree of an answer.

    Raises:
        Unreadable: it is not one of this counter.
    """
    desk = DESKS.get(operation)
    if desk is None:
        raise unreadable(f"opération « {operation} »", f"operation “{operation}”")
    return documents.read(body, desk.answer)


def taken(answer: Answer) -> bytes:
    """The bytes of an answer that says yes.

    Raises:
        Refused: INPS refuses, with its own words.
        Unreadable: any other status.
    """
    if answer.status in (200, 202):
        return answer.body
    if not 400 <= answer.status < 500:
        raise unreadable(f"HTTP {answer.status}", f"HTTP {answer.status}")
    words = _words(answer.body)
    raise refused(
        f"L'INPS a refusé (HTTP {answer.status}) : {words}. Corrigez, puis reprenez l'échange.",
        f"INPS refused (HTTP {answer.status}): {words}. Correct it, then resume the exchange.",
    )


def unknown(message: Message, text: str) -> Reply:
    """INPS has never seen it."""
    return Reply(ReplyKind.UNKNOWN, message.operation, message.key, b"", JSON, text=text)


def refused(fr: str, en: str) -> errors.Refused:
    """The error for what cannot be sent, or was not taken."""
    return errors.Refused(errors.Issue("business-rule", fr, en))


def unreadable(fr: str, en: str) -> errors.Unreadable:
    """The error for an answer that is none."""
    return errors.Unreadable(
        errors.Issue(
            "structure",
            f"La réponse de l'INPS ne suit pas le contrat ({fr}). Signalez-le à l'INPS.",
            f"INPS's answer does not follow the contract ({en}). Tell INPS.",
        )
    )


def _told(message: Message, body: bytes) -> Reply:
    tree = documents.read(body, DESKS[message.operation].answer)
    _about(tree["reference"], message.key)
    return Reply(
        ReplyKind.ANSWER,
        message.operation,
        message.key,
        body,
        JSON,
        partner_reference=tree.get("numero", ""),
        text=tree.get("message", ""),
    )


def _about(said: str, asked: str) -> None:
    if said != asked:
        raise unreadable(f"elle ne porte pas la référence {asked}", f"it does not say {asked}")


def _records(text: str) -> bytes:
    try:
        return text.encode("iso-8859-1")
    except UnicodeEncodeError:
        raise unreadable("caractères hors ISO-8859-1", "characters outside ISO-8859-1") from None


def _words(body: bytes) -> str:
    """What INPS says about a refusal: its message, kept to one line."""
    try:
        tree = exact_json.loads(body)
    except errors.Invalid:
        return "sans explication"
    said = tree.get("message") if isinstance(tree, dict) else None
    return " ".join(str(said).split())[:500] if said else "sans explication"
