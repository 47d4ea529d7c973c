"""What `benkan doctor` says of the keys that encrypt what is stored."""

from __future__ import annotations

from datetime import UTC, datetime

from hub.cli.checks import Check
from hub.settings import Settings
from hub.wiring import Hub


def payload_keys(settings: Settings, hub: Hub) -> list[Check]:
    """Are all keys there, readable by this account alone, and not too old?"""
    keys = hub.store.keys
    wrong = [
        (issue.fr, issue.en)
        for entry, problem in keys.lacking()
        if entry.retired is None  # what sealed with it has another key since
        for issue in problem.issues
    ]
    if not wrong and not hub.store.opens():
        wrong.append(
            (
                f"les clés de {keys.folder} n’ouvrent pas ce que la base contient : donnez à tous "
                "les processus le même dossier de clés (BENKAN_KEYS).",
                f"the keys of {keys.folder} do not open what the database holds: give all "
                "processes the same folder of keys (BENKAN_KEYS).",
            )
        )
    owners = {entry.owner for entry in keys.entries() if entry.retired is None}
    lacking = [name for name in settings.partners if name not in owners]
    if lacking and not keys.makes:
        named = " ".join(f"--partner {name}" for name in lacking)
        wrong.append(
            (
                f"pas de clé de chiffrement pour {', '.join(lacking)} : lancez « benkan keys make "
                f"{named} ».",
                f"no encryption key for {', '.join(lacking)}: run 'benkan keys make {named}'.",
            )
        )
    there = Check("payload-keys", "clés de chiffrement", "encryption keys", wrong)
    return [there, _age(settings, hub), _open(hub)]


def _age(settings: Settings, hub: Hub) -> Check:
    today = datetime.now(UTC).date()
    old = [
        entry.id
        for entry in hub.store.keys.entries()
        if entry.retired is None
        and not entry.owner.startswith("#")
        and (today - entry.made).days > settings.key_days
    ]
    wrong = [
        (
            f"clés de plus de {settings.key_days} jours ({', '.join(old)}) : lancez « benkan keys "
            "rotate ».",
            f"keys older than {settings.key_days} days ({', '.join(old)}): run 'benkan keys "
            "rotate'.",
        )
    ]
    return Check(
        "payload-key-age",
        "âge des clés de chiffrement",
        "age of encryption keys",
        wrong if old else (),
        blocks=False,
    )


def _open(hub: Hub) -> Check:
    wrong = [
        (
            "des données d’avant le chiffrement peuvent rester en clair : lancez « benkan keys "
            "rotate ».",
            "data from before encryption may lie open: run 'benkan keys rotate'.",
        )
    ]
    return Check(
        "payload-open",
        "données chiffrées",
        "data encrypted",
        wrong if hub.store.keys.reads_plain else (),
        blocks=False,
    )
