"""Start-up checks of what the outside sees and of who signs the audit."""

from __future__ import annotations

from urllib.parse import urlsplit

from hub.cli.checks import HERE, Check
from hub.evidence.checkpoints import key_id
from hub.settings import Settings
from hub.wiring import Hub


def https(settings: Settings) -> Check:
    """Do people and systems reach the hub over TLS, unless from this machine?"""
    address = urlsplit(settings.url)
    plain = address.scheme == "http" and address.hostname not in HERE
    wrong = [
        (
            f"BENKAN_URL est en http ({settings.url}) : jetons, mots de passe et données de santé "
            "passeraient en clair. Placez un mandataire TLS devant la plateforme, et donnez son "
            "adresse https://.",
            f"BENKAN_URL is plain http ({settings.url}): tokens, passwords and health data would "
            "pass in clear. Put a TLS proxy before the hub, and give its https:// address.",
        )
    ]
    return Check("https", "adresse publique en https", "public address by https", wrong * plain)


def audit_signer(hub: Hub) -> Check:
    """Is the key of this process the one that signs this database's audit?"""
    theirs, mine = hub.store.last_signer(), key_id(hub.audit_key.public_key())
    other = bool(theirs) and theirs != mine
    wrong = [
        (
            f"le dernier point de contrôle est signé par une autre clé ({theirs}) que celle de ce "
            f"processus ({mine}) : donnez à tous les processus le même fichier par "
            "BENKAN_AUDIT_KEY. Si la clé a été remplacée exprès, démarrez une fois avec "
            "BENKAN_ACCEPT=audit-signer : le démarrage et le changement restent dans l'audit.",
            f"the last checkpoint was signed by another key ({theirs}) than that of this process "
            f"({mine}): give all processes the same file in BENKAN_AUDIT_KEY. If the key was "
            "replaced on purpose, start once with BENKAN_ACCEPT=audit-signer: that start and the "
            "change stay in the audit.",
        )
    ]
    return Check("audit-signer", "clé de l'audit commune", "one key for the audit", wrong * other)
