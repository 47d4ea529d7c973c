"""The ClaimResponse while there is no decision yet: outcome=queued, and what is happening."""

from __future__ import annotations

from hub.exchange import held_words
from hub.model import Exchange, Operation, State, Tree

#: Tags of a queued ClaimResponse: the state of the exchange, and `held` when it waits for a person.
STATE_SYSTEM = "https://benkan.example/fhir/CodeSystem/etat-echange"

#: What happens in each state, for the provider: (French, English).
HAPPENING = {
    State.ACCEPTED: (
        "Feuille reçue et enregistrée ; traduction en cours pour l'organisme.",
        "Claim received and stored; being translated for the institution.",
    ),
    State.READY: (
        "Feuille prête ; elle part avec le prochain envoi à l'organisme.",
        "Claim ready; it leaves with the next delivery to the institution.",
    ),
    State.SENT: (
        "Feuille envoyée ; le hub attend l'accusé de réception de l'organisme.",
        "Claim sent; the hub waits for the institution's acknowledgement.",
    ),
    State.PENDING: (
        "Feuille reçue par l'organisme ; liquidation en cours. Rien à renvoyer.",
        "Claim received by the institution; being adjudicated. Do not send it again.",
    ),
    State.ANSWERED: (
        "L'organisme a répondu ; la réponse est en cours de mise à disposition.",
        "The institution has answered; the answer is being made available.",
    ),
    State.CLOSED: ("Échange terminé.", "Exchange complete."),
    State.CANCELLED: (
        "Feuille retirée avant envoi : rien n'a été transmis à l'organisme.",
        "Claim withdrawn before sending: nothing went to the institution.",
    ),
}

#: Instead of HAPPENING when the institution has a request for prior authorisation: what it says of
#: missing papers is to be acted on.
EXAMINED = (
    "Demande d'accord préalable reçue par l'organisme ; décision en attente. Ne la redéposez pas.",
    "Request for prior authorisation received by the institution; awaiting its decision. Do not "
    "submit it again.",
)

#: Instead of HAPPENING when a cancelled claim had left before.
TAKEN_BACK = (
    "Feuille annulée chez l'organisme, à la demande du prestataire : elle ne sera pas liquidée.",
    "Claim cancelled at the institution, as the provider asked: it will not be adjudicated.",
)


def disposition(exchange: Exchange, language: str) -> str:
    """One or two sentences: where the claim is and what to do, if anything."""
    french, english = HAPPENING[exchange.state]
    if exchange.state is State.CANCELLED and exchange.detail.get("left"):
        french, english = TAKEN_BACK
    if exchange.state is State.PENDING and exchange.operation is Operation.PREAUTHORIZATION:
        french, english = EXAMINED
    if not exchange.held:
        told = str(exchange.detail.get("told", ""))
        return " ".join(filter(None, (english if language == "en" else french, told)))
    return held_words.held(exchange, language)


def queued(exchange: Exchange, claim: Tree, language: str) -> Tree:
    """A ClaimResponse that says the claim is on its way, or was taken back (status cancelled).

    Source: https://hl7.org/fhir/R4/claimresponse.html, outcome `queued`
    """
    gone = exchange.state is State.CANCELLED
    states = [str(exchange.state), *(["held"] if exchange.held else [])]
    return {
        "resourceType": "ClaimResponse",
        "id": exchange.id,
        "meta": {"tag": [{"system": STATE_SYSTEM, "code": code} for code in states]},
        "status": "cancelled" if gone else "active",
        "type": claim["type"],
        "use": claim["use"],
        "patient": outside(claim["patient"], claim),
        "created": exchange.created.isoformat(timespec="seconds"),
        "insurer": outside(
            claim.get("insurer") or {"display": exchange.partner or "à déterminer"}, claim
        ),
        "requestor": outside(claim["provider"], claim),
        "request": {"reference": exchange.resource},
        "outcome": "complete" if gone else "queued",
        "disposition": disposition(exchange, language),
    }


def outside(reference: Tree, claim: Tree) -> Tree:
    """The reference as it holds outside the Claim: what is contained there is told by identifier.

    Extensions of the Claim are not repeated: they say something about the Claim.
    """
    target = str(reference.get("reference", ""))
    plain = {k: v for k, v in reference.items() if k in ("reference", "type", "display")}
    identifier = reference.get("identifier") or {}
    if target.startswith("#"):
        inside = (c for c in claim.get("contained", []) if c.get("id") == target[1:])
        contained: Tree = next(inside, {"resourceType": "Claim"})
        identifier = next(iter(contained.get("identifier") or []), identifier)
        kind = contained["resourceType"]
        plain = {"type": kind, "display": plain.get("display", kind)}
    named = {k: identifier[k] for k in ("system", "value") if k in identifier}
    return {**plain, **({"identifier": named} if named else {})} or {"display": "Claim"}
