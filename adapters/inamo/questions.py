"""Questions to the fund, safe to repeat, and cancellations: how each is asked and answered.

openIMIS has no cancellation over FHIR: here it is the cancel Task of FHIR Financial Management
(https://hl7.org/fhir/R4/task.html), as the profile invents it.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from decimal import Decimal

from adapters.inamo import decisions, dialect
from adapters.inamo.client import CONTENT_TYPE, Client
from hub import errors
from hub.formats import exact_json
from hub.model import Message, Reply, ReplyKind, Tree

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def complete(operation: str, tree: Tree, key: str) -> Tree:
    """The question as it is stored: what it needs, and the key.

    Raises:
        Refused: not a question to the fund, or something is missing.
    """
    needs = {
        "eligibility": ("patient", "servicedDate"),
        "status": ("identifiant",),
        "cancellation": ("focus",),
        "statement": ("mois",),
    }.get(operation)
    if needs is None:
        raise _refused(
            f"La CNPS ne reçoit pas l'opération « {operation} » : corrigez le routage.",
            f"The CNPS does not take the operation “{operation}”: correct the routing.",
        )
    missing = [name for name in needs if not tree.get(name)]
    if operation == "statement" and not missing and not _MONTH.fullmatch(str(tree["mois"])):
        missing = ["mois (AAAA-MM)"]
    if missing:
        told = ", ".join(missing)
        raise _refused(
            f"Il manque à la demande : {told}. Complétez-la, puis reprenez l'échange.",
            f"The request lacks: {told}. Complete it, then resume the exchange.",
        )
    if operation in ("eligibility", "cancellation"):
        return tree | {"identifier": [{"value": key}]}
    return tree | {"question": key}


def answer(client: Client, message: Message) -> Reply:
    """Ask now; registers nothing.

    Raises:
        Unreachable, Refused, Unconfirmed, Unreadable: see Client.
    """
    asked = dialect.read(message.body)
    if message.operation == "status":
        return _status(client, message, str(asked["identifiant"]))
    if message.operation == "statement":
        body = exact_json.dumps(_statement(client, str(asked["mois"])))
        return _answer(message, body, f"État du mois {asked['mois']}.")
    body = client.post("/CoverageEligibilityRequest/", message.body)
    tree = read("eligibility", dialect.read(body))
    return _answer(message, body, str(tree.get("disposition", "")))


def read(operation: str, tree: Tree) -> Tree:
    """The tree of an answer.

    Raises:
        Unreadable: it answers something else.
    """
    wanted = {"eligibility": "CoverageEligibilityResponse", "cancellation": "Task"}
    if operation in wanted and tree.get("resourceType") != wanted[operation]:
        raise dialect.unreadable(
            f"« {wanted[operation]} » était attendu", f"“{wanted[operation]}” was expected"
        )
    return tree


def cancelled(message: Message, task: Tree) -> Reply:
    """The reply to a cancellation: accepted or refused, both are decisions.

    Raises:
        Unreadable: not a Task, or one that is not decided.
    """
    read("cancellation", task)
    if task.get("status") not in ("completed", "rejected"):
        raise dialect.unreadable("l'annulation n'est pas décidée", "it is not decided")
    if message.key not in [i.get("value") for i in dialect.trees(task, "identifier")]:
        raise dialect.unreadable("c'est une autre annulation", "it is another cancellation")
    reason = task.get("statusReason")
    text = str((reason.get("text") if isinstance(reason, dict) else "") or "")
    return _answer(message, exact_json.dumps(task), text or "Annulation prise en compte.")


def _status(client: Client, message: Message, key: str) -> Reply:
    found = list(client.pages("/ClaimResponse/", identifier=key))
    if not found:
        text = "La CNPS ne connaît pas ce dossier."
        return Reply(ReplyKind.UNKNOWN, "status", message.key, b"", CONTENT_TYPE, text=text)
    told = decisions.decision(found[0])
    if told["identifiant"] != key:
        raise dialect.unreadable("c'est un autre dossier", "it is another record")
    final = told["statut"] in decisions.DECIDED or "accord" in told
    body = exact_json.dumps({k: v for k, v in found[0].items() if k != "created"})
    return Reply(
        ReplyKind.ANSWER if final else ReplyKind.ACKNOWLEDGED,
        "status",
        message.key,
        body,
        CONTENT_TYPE,
        partner_reference=told["numero"],
        text=decisions.words(told),
    )


def _statement(client: Client, month: str) -> Tree:
    """inamo-etat of a month of care: the claims, joined with what was decided on each."""
    last = calendar.monthrange(int(month[:4]), int(month[5:]))[1]
    query = {"billable-start": f"{month}-01", "billable-end": f"{month}-{last:02d}"}
    decided = {
        dialect.identifier(tree): decisions.decision(tree)
        for tree in client.pages("/ClaimResponse/", **query)
    }
    claims = client.pages("/Claim/", **query)
    return {"mois": month, "feuille": list(_rows(claims, decided))}


def _rows(claims: Iterable[Tree], decided: dict[str, Tree]) -> Iterable[Tree]:
    for claim in claims:
        key, total = dialect.identifier(claim), dialect.child(claim, "total")
        decision = decided.get(key)
        if decision is None:
            raise dialect.unreadable(f"dossier {key} sans état", f"record {key} has no status")
        cancelled_ = claim.get("status") == "cancelled"
        provider = dialect.child(dialect.child(claim, "provider"), "identifier")
        row: Tree = {
            "identifiant": key,
            "numero": dialect.explanation(claim).get("feuille"),
            "prestataire": provider.get("value"),
            "statut": "annulee" if cancelled_ else decision["statut"],
            "demande": dialect.decimal(total.get("value"), f"total de {key}"),
            "part": Decimal(0) if cancelled_ else decision.get("totalPart"),
            "devise": total.get("currency"),
        }
        yield {name: value for name, value in row.items() if value is not None}


def _answer(message: Message, body: bytes, text: str) -> Reply:
    return Reply(ReplyKind.ANSWER, message.operation, message.key, body, CONTENT_TYPE, text=text)


def _refused(fr: str, en: str) -> errors.Refused:
    return errors.Refused(errors.Issue("business-rule", fr, en))
