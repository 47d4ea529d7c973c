"""What the hub's own codes are called where people read them."""

from __future__ import annotations

from hub.console.language import marked as _
from hub.console.words_rights import AREAS as AREAS
from hub.console.words_rights import REACHES as REACHES
from hub.console.words_rights import VERBS as VERBS
from hub.model import Operation, State

STATES = {
    State.ACCEPTED: _("reçu"),
    State.READY: _("traduit"),
    State.SENT: _("envoyé"),
    State.PENDING: _("en attente de réponse"),
    State.ANSWERED: _("répondu"),
    State.CLOSED: _("terminé"),
    State.CANCELLED: _("annulé"),
}

OPERATIONS = {
    Operation.CLAIM: _("feuille de soins"),
    Operation.CONTROL_COPY: _("copie de contrôle"),
    Operation.LIQUIDATION_COPY: _("copie de décision"),
    Operation.PREAUTHORIZATION: _("accord préalable"),
    Operation.ELIGIBILITY: _("question de droits"),
    Operation.STATUS: _("question de suivi"),
    Operation.CANCELLATION: _("annulation"),
    Operation.REGISTRATION: _("immatriculation"),
    Operation.REFERENCE: _("liste de référence"),
    Operation.STATEMENT: _("relevé du mois"),
}

#: Lines of an exchange's story; a code that is not here is shown as it is.
EVENTS = {
    "accepted": _("Reçu"),
    "acknowledged": _("Accusé de réception"),
    "answered": _("Répondu"),
    "asked": _("Question posée à l'organisme"),
    "cancellation-asked": _("Annulation demandée"),
    "cancelled": _("Annulé"),
    "closed": _("Terminé"),
    "delivered": _("Dépôt remis"),
    "double-billing": _("Acte facturé deux fois"),
    "held": _("Retenu"),
    "noted": _("Noté"),
    "paid": _("Payé"),
    "payment-blocked": _("Paiement bloqué"),
    "payment-differs": _("Paiement différent de la décision"),
    "replayed": _("Rejoué"),
    "resumed": _("Repris"),
    "routed": _("Routé"),
    "sent": _("Envoyé"),
    "set-aside": _("Réponse mise de côté"),
    "status": _("Suivi"),
    "translated": _("Traduit"),
    "unconfirmed": _("Issue inconnue"),
    "unreachable": _("Organisme injoignable"),
    "warning": _("Avertissement"),
    "withdrawn": _("Retiré"),
}

ACTIONS = {
    "hold": _("Retenir"),
    "resume": _("Reprendre"),
    "withdraw": _("Retirer"),
    "cancel": _("Demander l'annulation"),
    "replay": _("Rejouer"),
}

#: What each action does, told before it is confirmed.
EFFECTS = {
    "hold": _("L'échange s'arrête où il est, jusqu'à ce que quelqu'un le reprenne."),
    "resume": _(
        "L'échange repart. S'il n'a pas encore quitté la plateforme, il est traduit à nouveau avec "
        "les tables d'aujourd'hui."
    ),
    "withdraw": _("L'échange est annulé avant que rien ne soit parti. C'est définitif."),
    "cancel": _(
        "L'annulation de la feuille est demandée à l'organisme, qui peut la refuser. Ce qui n'est "
        "pas encore parti est retiré."
    ),
    "replay": _(
        "L'étape en cours est reprise avec les cartes d'aujourd'hui ; ce qui est parti n'est "
        "jamais envoyé une seconde fois. Une réponse déjà reçue est retraduite : si elle dit autre "
        "chose, elle a une nouvelle version."
    ),
}

#: What a replay does to an exchange as it is.
REPLAYS = {
    "resume": _("retenus : repris"),
    "now": _("en attente : essayés tout de suite"),
    "answer": _("répondus : réponse conservée retraduite"),
}

#: A partner's switch, told on the pages that it concerns.
SWITCHES = {
    "paused": _("Les envois à cet organisme sont en pause : rien ne part, ce qui arrive est pris."),
    "draining": _("Cet organisme se vide : rien de nouveau ne part, ce qui est parti est suivi."),
}

#: The same in a word.
MODES = {"": _("envois ouverts"), "paused": _("en pause"), "draining": _("se vide")}

ORDERS = {
    "pause": _("Mettre en pause"),
    "drain": _("Vider"),
    "resume": _("Reprendre les envois"),
}

ORDER_EFFECTS = {
    "pause": _(
        "Plus rien n'est envoyé ni demandé à cet organisme, dans la seconde. Ce qu'il dépose ou "
        "apporte est toujours pris. Les feuilles continuent d'être reçues et traduites ; elles "
        "attendent, rien n'est perdu."
    ),
    "drain": _(
        "Rien de nouveau ne part. Ce qui est déjà parti est suivi jusqu'à la décision : dépôts "
        "fermés, questions, réponses. Utile avant un arrêt prévu chez l'organisme."
    ),
    "resume": _("Ce qui attend part, dans l'ordre, à la cadence habituelle."),
}

PARTNER_DONE = {
    "pause": _("Les envois sont en pause."),
    "drain": _("L'organisme se vide : rien de nouveau ne part."),
    "resume": _("Les envois ont repris."),
    "misbehave": _("Le bac à sable fera cet écart à la prochaine occasion."),
    "behave": _("Le bac à sable a oublié les écarts demandés."),
    "proposed": _("La valeur est proposée ; une autre personne doit l'accepter."),
    "accepted": _("La valeur est acceptée ; elle vaut dans les secondes qui suivent."),
    "refused": _("La valeur est refusée ; rien ne change."),
}

PERSON_DONE = {
    "proposed": _("La demande est notée ; une autre personne doit l'accepter."),
    "accepted": _("La demande est acceptée et faite."),
    "refused": _("La demande est refusée ; rien ne change."),
    "disable": _("Le compte est désactivé et ses sessions sont terminées."),
    "unlock": _("Le blocage est levé."),
    "end-sessions": _("Ses sessions sont terminées."),
}

ME_DONE = {
    "password": _("Le mot de passe est changé ; vos autres sessions sont terminées."),
}

CLIENT_DONE = {
    "proposed": _("La demande est notée ; une autre personne doit l'accepter."),
    "accepted": _("La demande est acceptée et faite."),
    "refused": _("La demande est refusée ; rien ne change."),
    "revoke": _("Le client est révoqué : plus rien de lui n'est accepté, ses jetons sont morts."),
}

#: What a proposal would do.
PROPOSALS = {
    "add": _("ajouter"),
    "end": _("donner un dernier jour"),
    "roles": _("changer les rôles"),
    "enable": _("réactiver"),
    "totp": _("nouveau secret de codes"),
    "rotate": _("remplacer les clés"),
}

#: What a proposal carries, by the name of each value.
GIVEN = {
    "name": _("Nom"),
    "roles": _("Rôles"),
    "body": _("Organisme"),
    "value": _("Valeur"),
    "care": _("Pays des soins"),
    "cover": _("Pays de la couverture"),
    "start": _("Premier jour"),
    "end": _("Dernier jour"),
    "reference": _("Référence de l'accord"),
}

ACCOUNT_STATES = {
    "active": _("actif"),
    "disabled": _("désactivé"),
    "locked": _("bloqué"),
}

#: What was done about something in quarantine.
SETTLED = {
    "again": _("C'est repris et appliqué."),
    "matched": _("C'est rapproché : l'échange a pris la réponse."),
    "discarded": _("C'est écarté ; les octets restent conservés."),
}

#: Long work, by kind.
JOBS = {
    "bulk": _("Acte sur plusieurs échanges"),
    "certify": _("Certification d'un partenaire"),
}

DONE = {
    "matched": _("La réponse est rapprochée de cet échange."),
    "hold": _("L'échange est retenu."),
    "resume": _("L'échange est repris."),
    "withdraw": _("L'échange est retiré."),
    "cancel": _("L'annulation est demandée ; voici l'échange qui la porte."),
    "code": _("La ligne est ajoutée à la table."),
    "row": _("La ligne est dans le brouillon. Elle vaudra quand une autre personne l'aura publié."),
    "table": _("Les lignes sont dans le brouillon. Elles vaudront une fois publiées."),
    "replay": _("L'échange est rejoué ; son histoire dit ce qui a changé."),
}

#: What an import does to a row of a list, counted, and beside the row.
STEPS = {
    "new": _("nouvelles"),
    "changed": _("changées"),
    "corrected": _("corrigées"),
    "ended": _("closes"),
}
STEP = {
    "new": _("nouvelle"),
    "changed": _("changée à partir de la date"),
    "corrected": _("corrigée"),
    "ended": _("close"),
}

#: Columns of code tables.
COLUMNS = {
    "source_code": _("Code source"),
    "source_display": _("Libellé source"),
    "relationship": _("Relation"),
    "target_code": _("Code cible"),
    "target_display": _("Libellé cible"),
    "valid_from": _("Du"),
    "valid_until": _("Au"),
    "comment": _("Commentaire"),
    "source_system": _("Système source"),
    "target_system": _("Système cible"),
}

#: What a row of a code table says of its two codes (FHIR R4 and R5).
RELATIONS = {
    "equivalent": _("équivalent"),
    "equal": _("identique"),
    "wider": _("cible plus large"),
    "subsumes": _("cible englobante"),
    "narrower": _("cible plus étroite"),
    "specializes": _("cible plus précise"),
    "relatedto": _("en rapport"),
    "inexact": _("approché"),
    "unmatched": _("sans équivalent"),
    "disjoint": _("sans rapport"),
    "source-is-narrower-than-target": _("cible plus large"),
    "source-is-broader-than-target": _("cible plus étroite"),
    "related-to": _("en rapport"),
    "not-related-to": _("sans rapport"),
    "no-map": _("sans équivalent"),
}

#: Where a draft stands.
DRAFTS = {"draft": _("brouillon"), "tested": _("essayé"), "proposed": _("proposé")}


def column(name: str) -> str:
    """What a column is called; one that a row depends on keeps its attribute's own name."""
    return COLUMNS.get(name) or name.partition(":")[2].rpartition("/")[2] or name
