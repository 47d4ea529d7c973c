"""Partners' settings at run time: typed by the adapter, secrets by reference, two persons each.

An accepted value holds over the environment's, in every process within seconds: the adapter is made
anew with it. What cannot be checked cannot be proposed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, SecretStr, ValidationError

from hub.errors import Invalid, Issue, NotFound
from hub.partner_wiring import Partner, adapter, misconfigured, named
from hub.ports import Adapter
from hub.ports.watch import Proposal
from hub.wiring import Hub

#: A secret is told as one of these: where the hub finds it, never itself.
ENV, FILE = "env:", "file:"
_CHANGING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a partner as it is now."""

    name: str
    value: str  #: "***" for a secret that is set
    kind: str  #: text | number | secret | choice
    given: bool  #: at run time, over the environment's
    choices: tuple[str, ...] = ()


def listed(hub: Hub, name: str) -> list[Setting]:
    """A partner's settings.

    Raises:
        NotFound: nobody has this name.
        Misconfigured: a setting of its own is missing or wrong.
    """
    partner = named(hub.settings, name)
    values = accepted(hub, name)
    with _over(name, values):
        made = _settings(partner)
    return [
        Setting(
            field,
            _told(getattr(made, field)),
            _kind(getattr(made, field)),
            field in values,
        )
        for field in type(made).model_fields
    ]


def accepted(hub: Hub, name: str) -> dict[str, str]:
    """Values given at run time, the newest of each setting."""
    found: dict[str, str] = {}
    for one in reversed(hub.store.proposals("setting", name)):
        if one.accepted:
            found[one.act] = str(one.payload.get("value", ""))
    return {setting: value for setting, value in found.items() if value}


def check(hub: Hub, proposal: Proposal) -> None:
    """Would the adapter take it? `act` is the setting; an empty value gives it back to the
    environment.

    Raises:
        NotFound: no such partner or setting.
        Invalid: the value is not right, or a secret is written out.
    """
    partner = named(hub.settings, proposal.subject)
    value = str(proposal.payload.get("value", ""))
    values = accepted(hub, proposal.subject)
    with _over(proposal.subject, values):
        now = _settings(partner)
    if proposal.act not in type(now).model_fields:
        raise NotFound(
            Issue(
                "not-found",
                f"{proposal.subject} n'a pas de réglage « {proposal.act} ».",
                f"{proposal.subject} has no setting '{proposal.act}'.",
            )
        )
    secret = isinstance(getattr(now, proposal.act), SecretStr)
    if secret and value and not value.startswith((ENV, FILE)):
        raise Invalid(
            Issue(
                "value",
                "Un secret ne s'écrit pas ici : donnez env:NOM (variable du hub) ou file:/chemin "
                "(fichier lisible par lui seul).",
                "A secret is not written here: give env:NAME (a variable of the hub) or "
                "file:/path (a file that only it can read).",
            )
        )
    with _over(proposal.subject, values | {proposal.act: value}):
        _settings(partner)


def make(hub: Hub, proposal: Proposal, who: str) -> Mapping[str, str]:
    """It holds from now on; this process takes it at once, the others within seconds."""
    apply(hub)
    return {}


def apply(hub: Hub) -> int:
    """Make anew the adapters whose settings have changed; gives how many. Safe to call often."""
    newest: dict[str, int] = {}
    for one in hub.store.proposals("setting"):
        if one.accepted:
            newest[one.subject] = max(newest.get(one.subject, 0), one.seq)
    changed = 0
    known: dict[str, int] = hub.__dict__.setdefault("_settings_applied", {})
    for name, seq in newest.items():
        if known.get(name) == seq or name not in hub.adapters:
            continue
        with _over(name, accepted(hub, name)):
            made = adapter(named(hub.settings, name))
        cast(dict[str, Adapter], hub.adapters)[name] = made
        known[name] = seq
        changed += 1
    return changed


def _settings(partner: Partner) -> BaseModel:
    try:
        made = partner.settings()
    except ValidationError as error:
        raise misconfigured(error, f"BENKAN_{partner.name.upper()}_") from None
    if made is None:
        raise NotFound(
            Issue(
                "not-found",
                f"{partner.name} n'a pas de réglage.",
                f"{partner.name} has no settings.",
            )
        )
    return made


@contextmanager
def _over(name: str, values: Mapping[str, str]) -> Iterator[None]:
    """While it lasts, these values stand in the environment, references replaced by secrets."""
    with _CHANGING:
        wanted = {f"BENKAN_{name.upper()}_{k.upper()}": _read(v) for k, v in values.items() if v}
        before = {key: os.environ.get(key) for key in wanted}
        os.environ.update(wanted)
        try:
            yield
        finally:
            for key, value in before.items():
                if value is None:
                    del os.environ[key]
                else:
                    os.environ[key] = value


def _read(value: str) -> str:
    """What a reference leads to; anything else is itself."""
    try:
        if value.startswith(ENV):
            return os.environ[value.removeprefix(ENV)]
        if value.startswith(FILE):
            return Path(value.removeprefix(FILE)).read_text(encoding="utf-8").strip()
    except (KeyError, OSError, UnicodeDecodeError):
        raise Invalid(
            Issue(
                "not-found",
                f"« {value} » ne mène à rien de lisible pour le hub. Posez d'abord la variable ou "
                "le fichier.",
                f"'{value}' leads to nothing the hub can read. Put the variable or file there "
                "first.",
            )
        ) from None
    return value


def _told(value: Any) -> str:
    if isinstance(value, SecretStr):
        return "***" if value.get_secret_value() else ""
    return "" if value is None else str(value)


def _kind(value: Any) -> str:
    if isinstance(value, SecretStr):
        return "secret"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return "number" if number else "text"
