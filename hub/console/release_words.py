"""What the states, kinds and acts of releases are called where people read them."""

from __future__ import annotations

from hub.console.language import marked as _

KINDS = {
    "StructureMap": _("Cartes"),
    "ConceptMap": _("Tables de codes"),
    "CodeSystem": _("Listes de codes (lecture seule)"),
    "StructureDefinition": _("Modèles (lecture seule)"),
}

STATES = {
    "draft": _("brouillon"),
    "tested": _("essayé"),
    "proposed": _("proposé"),
    "approved": _("approuvée, à venir"),
    "effective": _("en vigueur"),
    "packaged": _("livrée avec la plateforme"),
    "replaced": _("remplacée"),
    "retired": _("retirée"),
    "available": _("disponible"),
    "new": _("jamais publiée"),
}

#: How each state looks, with the classes the console has.
LOOKS = {
    "draft": "pending",
    "tested": "pending",
    "proposed": "held",
    "approved": "sent",
    "effective": "closed",
    "packaged": "closed",
    "retired": "cancelled",
}

#: The first is what a form offers.
BY = {"submission": _("date de dépôt"), "care": _("date des soins")}

ENTRIES = {
    "published": _("Publiée"),
    "reverted": _("Retour à cette version"),
    "retired": _("Retirée"),
}

CHANGES = {
    "changed": _("modifié"),
    "missing": _("disparaît"),
    "added": _("apparaît"),
    "failed": _("échec"),
}

REPLAYS = {
    "running": _("en cours"),
    "done": _("fini"),
    "failed": _("échoué"),
    "stopped": _("interrompu"),
}

HISTORY = {
    "draft-opened": _("Brouillon ouvert"),
    "draft-saved": _("Brouillon enregistré"),
    "draft-tested": _("Brouillon essayé"),
    "draft-proposed": _("Proposé"),
    "draft-sent-back": _("Renvoyé à ses auteurs"),
    "draft-discarded": _("Brouillon abandonné"),
    "draft-replayed": _("Essayé sur des échanges réels"),
    "map-published": _("Approuvé et publié"),
    "map-reverted": _("Retour à la version précédente"),
    "map-retired": _("Retirée"),
    "code-added": _("Code ajouté"),
    "break-glass": _("Bris de glace"),
}

DONE = {
    "open": _("Le brouillon est ouvert : écrivez-le, puis lancez ses essais."),
    "test": _("Les essais sont faits : voyez leur résultat ci-dessous."),
    "propose": _("Le brouillon est proposé : une autre personne doit l'approuver."),
    "send-back": _("Le brouillon est renvoyé à ses auteurs, avec votre motif."),
    "discard": _("Le brouillon est abandonné ; l'audit en garde l'empreinte."),
    "approve": _("La version est publiée : elle vaut à partir de la date choisie."),
    "retire": _("La version est retirée ; les échanges ouverts gardent la leur."),
    "revert": _("La version précédente vaut de nouveau."),
}
