"""What operations and reaches of the rights matrix are called where people read them."""

from __future__ import annotations

from hub.console.language import marked as _

#: First words of the operations of the rights matrix.
AREAS = {
    "metadata": _("Capacités"),
    "sheet": _("Feuilles"),
    "answer": _("Réponses et paiements"),
    "person": _("Personnes et couvertures"),
    "directory": _("Annuaire"),
    "rights": _("Droits ouverts"),
    "partner": _("Partenaires"),
    "exchange": _("Échanges"),
    "quarantine": _("Quarantaine"),
    "claims": _("Exports sans identité"),
    "statistics": _("Tableaux de bord"),
    "mapping": _("Cartes"),
    "code": _("Tables de codes"),
    "reference": _("Listes de référence"),
    "audit": _("Audit"),
    "client": _("Clients et clés"),
    "user": _("Comptes"),
    "diagnosis": _("Diagnostics"),
}

#: What an operation does, after its area.
VERBS = {
    "read": _("lire"),
    "create": _("créer"),
    "search": _("chercher"),
    "cancel": _("annuler"),
    "match": _("rapprocher"),
    "ask": _("demander"),
    "callback": _("rappeler la plateforme"),
    "list": _("lister"),
    "payload": _("messages entiers"),
    "replay": _("rejouer"),
    "hold": _("retenir, reprendre"),
    "answer": _("régler"),
    "edit": _("écrire"),
    "propose": _("proposer"),
    "publish": _("approuver"),
    "rollback": _("revenir en arrière"),
    "add": _("ajouter"),
    "import": _("importer"),
    "pause": _("mettre en pause"),
    "endpoint": _("réglages"),
    "task": _("décider qui c'est"),
    "verify": _("vérifier"),
    "export": _("exporter"),
    "sign": _("signer"),
    "manage": _("gérer"),
    "rotate": _("remplacer les clés"),
    "erase": _("effacer"),
}

#: How far a right reaches, in a word or two; the page tells them in full.
REACHES = {
    "own": _("les siens"),
    "body": _("son organisme"),
    "body-purpose": _("son organisme, finalité"),
    "country": _("son pays, finalité"),
    "assigned": _("confiés"),
    "other": _("autre personne"),
    "glass": _("bris de glace"),
    "all": _("tout"),
}
