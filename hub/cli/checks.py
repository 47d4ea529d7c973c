"""What must hold before the hub may start: each check says what is wrong and what to do.

Source: reliability rule « start-up self-check ».
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import redis
from pydantic import BaseModel

from hub.cli import partner_state
from hub.errors import Problem
from hub.evidence import keyfile
from hub.partner_wiring import partners
from hub.settings import Settings
from hub.wiring import Hub
from hub.worker import queues

#: Releases below these have known holes.
OLDEST = {"lxml": (6, 1), "starlette": (1, 3, 1), "python-multipart": (0, 0, 27)}
CLOCK_SECONDS = 60.0
HERE = ("127.0.0.1", "localhost", "::1")
_BROKER_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Check:
    """One check: fine when `wrong` is empty. What is wrong never holds a secret."""

    code: str
    fr: str  #: what is checked
    en: str
    wrong: Sequence[tuple[str, str]] = ()  #: (French, English), each with what to do
    blocks: bool = True  #: does the hub refuse to start?


def of_hub(settings: Settings, hub: Hub) -> list[Check]:
    """All checks, on a hub whose database answers and has this version's schema."""
    return [
        Check("schema", "schéma de la base", "schema of the database"),
        _audit_rights(hub),
        _clock(hub),
        *of_machine(settings),
    ]


def of_machine(settings: Settings) -> list[Check]:
    """Those that need no database."""
    return [
        _access(settings),
        _audit_key(settings),
        _data(settings),
        broker(settings.broker_url),
        packages(metadata.version),
        *_partners(settings),
    ]


def _audit_rights(hub: Hub) -> Check:
    rights = hub.store.audit_rights()
    told = ", ".join(rights)
    wrong = [
        (
            f"le compte de la base pourrait changer la chaîne d'audit ({told}). Lancez « benkan "
            "db upgrade --grant RÔLE » comme propriétaire, puis démarrez le hub avec RÔLE.",
            f"the account of the database could change the audit chain ({told}). Run 'benkan db "
            "upgrade --grant ROLE' as owner, then start the hub as ROLE.",
        )
    ]
    return Check(
        "audit-rights", "audit en ajout seul", "audit append-only", wrong if rights else ()
    )


def _clock(hub: Hub) -> Check:
    offset = hub.store.clock_offset()
    wrong = [
        (
            f"l'horloge de cette machine s'écarte de {offset:.0f} s de celle de la base : "
            "réglez-les toutes deux (NTP).",
            f"this machine's clock is {offset:.0f} s off the database's: set both (NTP).",
        )
    ]
    return Check("clock", "horloges", "clocks", wrong if abs(offset) > CLOCK_SECONDS else ())


def _access(settings: Settings) -> Check:
    """Open doors are for one machine alone; behind a proxy the address listened on says nothing."""
    reached = urlsplit(settings.url).hostname if settings.url else settings.host
    here = settings.host in HERE and reached in HERE
    wrong = [
        (
            "les portes FHIR sont ouvertes à tous (BENKAN_ACCESS=open) : ôtez ce réglage, et "
            "enregistrez les systèmes par « benkan client add ».",
            "the FHIR doors are open to everybody (BENKAN_ACCESS=open): remove that setting, and "
            "register systems with 'benkan client add'.",
        )
    ]
    return Check(
        "access",
        "jeton exigé aux portes FHIR",
        "token asked for at the FHIR doors",
        wrong if settings.access == "open" else (),
        blocks=not here,
    )


def _audit_key(settings: Settings) -> Check:
    path = Path(settings.audit_key) if settings.audit_key else settings.data / "audit-key.pem"
    wrong: list[tuple[str, str]] = []
    if settings.audit_key or path.exists():  # else the hub makes one
        try:
            keyfile.load(path)
        except Problem as problem:
            wrong = [(issue.fr, issue.en) for issue in problem.issues]
    return Check("audit-key", "clé qui signe l'audit", "key that signs the audit", wrong)


def _data(settings: Settings) -> Check:
    folder = settings.data
    open_to_others = folder.exists() and folder.stat().st_mode & 0o007
    wrong = [
        (
            f"d'autres comptes peuvent lire {folder} : faites « chmod 700 {folder} ».",
            f"other accounts can read {folder}: run 'chmod 700 {folder}'.",
        )
    ]
    return Check(
        "data-folder", "dossier des données", "data folder", wrong if open_to_others else ()
    )


def broker(url: str) -> Check:
    """Would the broker keep what it was given?"""
    fr, en = "courtier de messages", "message broker"
    if url.startswith("redis"):
        return _redis(url, fr, en)
    wrong = []
    if url.startswith(("amqp", "pyamqp")):
        options = queues.make_app(url).conf.broker_transport_options
        if options.get("confirm_publish") is not True:
            wrong.append(
                (
                    "RabbitMQ ne confirmerait pas ce qu'on lui confie : remettez confirm_publish.",
                    "RabbitMQ would not confirm what it is given: set confirm_publish again.",
                )
            )
    return Check("broker", fr, en, wrong)


def _redis(url: str, fr: str, en: str) -> Check:
    patience = {"socket_connect_timeout": _BROKER_SECONDS, "socket_timeout": _BROKER_SECONDS}
    try:
        with redis.Redis.from_url(url, **patience) as client:
            told = cast("Mapping[str, Any]", client.info())
    except (redis.RedisError, OSError, ValueError):
        unknown = (
            "Redis ne répond pas : vérifiez BENKAN_BROKER_URL et relancez « benkan doctor ».",
            "Redis does not answer: check BENKAN_BROKER_URL and run 'benkan doctor' again.",
        )
        return Check("broker", fr, en, [unknown], blocks=False)  # a worker waits for it
    wrong = []
    if not told.get("aof_enabled"):
        wrong.append(
            (
                "Redis oublierait tout en s'arrêtant : réglez « appendonly yes ».",
                "Redis would forget everything when it stops: set 'appendonly yes'.",
            )
        )
    if told.get("maxmemory_policy") != "noeviction":
        wrong.append(
            (
                "Redis jetterait des messages pour faire de la place : réglez « maxmemory-policy "
                "noeviction ».",
                "Redis would drop messages to make room: set 'maxmemory-policy noeviction'.",
            )
        )
    return Check("broker", fr, en, wrong)


def packages(version: Callable[[str], str]) -> Check:
    """Are the libraries that read what comes from outside recent enough?"""
    wrong = []
    for name, oldest in OLDEST.items():
        try:
            found = version(name)
        except metadata.PackageNotFoundError:
            continue  # what is not there reads nothing
        if tuple(int(part) for part in re.findall(r"\d+", found)[: len(oldest)]) < oldest:
            wanted = ".".join(map(str, oldest))
            wrong.append(
                (
                    f"{name} {found} est trop ancien : installez {wanted} ou plus (« make "
                    "install »).",
                    f"{name} {found} is too old: install {wanted} or later ('make install').",
                )
            )
    return Check("packages", "bibliothèques", "libraries", wrong)


def _partners(settings: Settings) -> Iterator[Check]:
    late: list[tuple[str, str]] = []
    plain: list[tuple[str, str]] = []
    missing: list[tuple[str, str]] = []
    for name in settings.partners:
        known = partners(settings).get(name)
        try:
            with partner_state.introduced(name, partner_state.known(settings, name)):
                told = known.settings() if known else None
        except (Problem, ValueError):
            missing.append(
                (
                    f"{name} : un réglage manque ou ne convient pas ; « benkan partner show "
                    f"{name} » le nomme.",
                    f"{name}: a setting is missing or wrong; 'benkan partner show {name}' names "
                    "it.",
                )
            )
            continue
        if told is not None:
            late += _deadline(name, told)
            plain += _plain(name, told)
    yield Check("partner-settings", "réglages des partenaires", "settings of partners", missing)
    yield Check("partner-deadline", "délais des partenaires", "deadlines of partners", late)
    yield Check("partner-http", "adresses des partenaires", "addresses of partners", plain)


def _deadline(name: str, settings: BaseModel) -> Iterator[tuple[str, str]]:
    seconds = getattr(settings, "deadline", None)
    if not isinstance(seconds, int | float) or not (math.isfinite(seconds) and seconds > 0):
        setting = f"BENKAN_{name.upper()}_DEADLINE"
        yield (
            f"{name} : un appel pourrait attendre sans fin. Réglez {setting} en secondes.",
            f"{name}: a call could wait for ever. Set {setting} in seconds.",
        )


def _plain(name: str, settings: BaseModel) -> Iterator[tuple[str, str]]:
    for field, value in settings.model_dump().items():
        address = urlsplit(value) if isinstance(value, str) else urlsplit("")
        if address.scheme == "http" and address.hostname not in HERE:
            setting = f"BENKAN_{name.upper()}_{field.upper()}"
            yield (
                f"{setting} est en http : tout y passe en clair. Donnez une adresse https://.",
                f"{setting} is plain http: everything passes in clear. Give an https:// address.",
            )
