"""What partners' messages, lists and settings are called where people read them."""

from __future__ import annotations

from hub.console.language import marked as _

#: What a message is to its exchange, and what a map was used for.
MESSAGES = {
    "request": _("demande"),
    "answer": _("réponse"),
    "acknowledged": _("accusé de réception"),
    "payment": _("paiement"),
    "claim": _("feuille de soins"),
    "deposit": _("dépôt"),
    "news": _("nouvelle"),
    "rejected": _("dépôt refusé"),
    "unknown": _("inconnu de l'organisme"),
}

#: Lists of reference.
LISTS = {
    "actes": _("Actes"),
    "conventions": _("Conventions"),
    "medicaments": _("Médicaments"),
    "suspensions": _("Suspensions"),
    "tarifs": _("Tarifs"),
    "taux": _("Taux de prise en charge"),
}

#: Settings of adapters, by the names several of them share; another is told by its name alone.
SETTINGS = {
    "callback_age": _("Âge au-delà duquel un envoi signé n'est plus pris (secondes)"),
    "callback_secret": _("Secret qui signe ce que l'organisme nous pousse"),
    "client": _("Identifiant de notre client OAuth2"),
    "connect": _("Délai pour ouvrir la connexion (secondes)"),
    "deadline": _("Délai d'un appel entier (secondes)"),
    "deposit_age": _("Attente de la plus ancienne feuille avant l'envoi du dépôt (secondes)"),
    "deposit_count": _("Feuilles du plus grand dépôt"),
    "deposit_size": _("Taille du plus grand dépôt (octets)"),
    "host": _("Serveur"),
    "hostkey": _("Clé publique du serveur, ou son fichier"),
    "key": _("Fichier de notre clé privée"),
    "login": _("Adresse de connexion, sous celle du service"),
    "max_answer": _("Taille de la plus grande réponse (octets)"),
    "password": _("Mot de passe de notre compte"),
    "port": _("Port"),
    "read": _("Délai entre deux morceaux d'une réponse (secondes)"),
    "secret": _("Secret de notre client OAuth2"),
    "sender": _("Notre nom d'émetteur chez l'organisme"),
    "trust": _("Certificats auxquels nous nous fions (fichier PEM)"),
    "url": _("Adresse du service"),
    "user": _("Notre compte"),
    "username": _("Notre compte"),
}
