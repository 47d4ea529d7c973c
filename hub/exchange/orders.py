"""What a provider orders about a claim of his: a financial Task to cancel it, or to ask for it.

Source: https://hl7.org/fhir/R4/task.html, codes
http://terminology.hl7.org/CodeSystem/financialtaskcode. The Task of a cancellation has the id of
the exchange that carries it out.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.errors import Invalid, Issue
from hub.exchange import dossier, numbered, resources
from hub.exchange.parts import Parts
from hub.model import Exchange, NewResource, Operation, Tree

CODES = "http://terminology.hl7.org/CodeSystem/financialtaskcode"
REASONS = "https://benkan.example/fhir/CodeSystem/motif-rejet"
TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"
CANCEL, STATUS = "cancel", "status"


@dataclass(frozen=True, slots=True)
class Words:
    """One thing said in both languages, with the canonical reason when there is one."""

    fr: str
    en: str
    code: str = ""

    def concept(self) -> Tree:
        """A CodeableConcept: French text, its English translation, the reason as coding."""
        found = self.member("text")
        return {"coding": [{"system": REASONS, "code": self.code}], **found} if self.code else found

    def member(self, name: str) -> Tree:
        """A string element of this name in French, with its English translation."""
        inside = [{"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": self.en}]
        return {
            name: self.fr,
            f"_{name}": {"extension": [{"url": TRANSLATION, "extension": inside}]},
        }


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for, about which claim."""

    code: str  #: CANCEL or STATUS
    claim: Exchange
    reason: str


def read(parts: Parts, task: Tree) -> Order:
    """Understand a Task that was posted.

    Raises:
        Invalid: 422; no such order, no such claim, or somebody else's.
    """
    code = _code(task)
    if task.get("status") != "requested":
        raise _refused(
            "Task.status",
            "Une demande au hub s'envoie au statut « requested » ; le hub la fait avancer.",
            "An order to the hub is sent with status 'requested'; the hub moves it on.",
        )
    claim = _claim(parts, task)
    return Order(code, claim, _reason(task))


def moved(
    parts: Parts, exchange: Exchange, status: str, words: Words | None = None
) -> tuple[NewResource, ...]:
    """The next version of an exchange's Task; none when it has none."""
    stored = parts.store.read("Task", exchange.id)
    if stored is None:
        return ()
    now = parts.clock.now()
    changes: Tree = {"status": status, "lastModified": now.isoformat(timespec="seconds")}
    if words is not None:
        changes["statusReason"] = words.concept()
    return (resources.revised(stored, now, **changes),)


def made(parts: Parts, claim: Exchange, id: str, reason: str, actor: str) -> NewResource:
    """The Task of a cancellation that an operator asks for."""
    now = parts.clock.now()
    tree: Tree = {
        "resourceType": "Task",
        "id": id,
        "status": "requested",
        "intent": "order",
        "code": {"coding": [{"system": CODES, "code": CANCEL}]},
        "focus": {"reference": claim.resource},
        "authoredOn": now.isoformat(timespec="seconds"),
        "requester": {"display": actor},
        "reasonCode": {"text": reason},
    }
    return resources.emitted(tree, id, now)


def _code(task: Tree) -> str:
    codings = (task.get("code") or {}).get("coding", [])
    named = [c.get("code") for c in codings if c.get("system", CODES) == CODES]
    found = next((c for c in named if c in (CANCEL, STATUS)), None)
    if found is None:
        raise _refused(
            "Task.code",
            "Le hub prend deux demandes : « cancel » (annuler une feuille) et « status » (savoir "
            f"où elle en est), dans {CODES}.",
            f"The hub takes two orders: 'cancel' (a claim) and 'status' (of a claim), in {CODES}.",
        )
    return str(found)


def _reason(task: Tree) -> str:
    concept = task.get("reasonCode") or {}
    coded = next((c.get("display") or c.get("code") for c in concept.get("coding", [])), "")
    notes = [n.get("text", "") for n in task.get("note", [])]
    said = [concept.get("text"), coded, task.get("description"), *notes]
    return next((str(s) for s in said if s), "motif non précisé")


def _claim(parts: Parts, task: Tree) -> Exchange:
    focus, requester = task.get("focus") or {}, task.get("requester")
    if not requester:
        raise _refused(
            "Task.requester",
            "Dites qui demande : requester est le prestataire de la feuille.",
            "Say who asks: requester is the provider of the claim.",
        )
    who = dossier.References(parts.store, base=parts.base).provider(requester, task)
    found = [e for e in _named(parts, focus) if _is_a_claim(e)]
    if not found:
        raise _refused(
            "Task.focus",
            "Le hub ne transporte aucune feuille de ce nom. Donnez Claim/<id> ou son numéro "
            "(identifier avec system).",
            "The hub carries no claim of this name. Give Claim/<id> or its number (identifier "
            "with system).",
            "not-found",
        )
    own = [e for e in found if e.provider == who]
    if not own:
        raise _refused(
            "Task.requester",
            "Cette feuille est d'un autre prestataire : lui seul peut le demander.",
            "This claim is another provider's: only that provider may ask.",
            "forbidden",
        )
    return own[0]


def _named(parts: Parts, focus: Tree) -> list[Exchange]:
    reference = str(focus.get("reference", "")).removeprefix(f"{parts.base}/")
    local = reference.partition("/_history/")[0]
    if local.startswith("Claim/"):
        return parts.store.exchanges(resource=local)
    number = focus.get("identifier") or {}
    if not number.get("value"):
        return []
    return numbered.exchanges(parts.store, str(number.get("system", "")), str(number["value"]))


def _is_a_claim(exchange: Exchange) -> bool:
    carried = (Operation.CLAIM, Operation.PREAUTHORIZATION)
    return exchange.parent is None and exchange.operation in carried


def _refused(path: str, fr: str, en: str, code: str = "business-rule") -> Invalid:
    return Invalid(
        Issue(code, path=path, fr=f"{fr} Rien n'a été enregistré.", en=f"{en} Nothing was stored.")
    )
