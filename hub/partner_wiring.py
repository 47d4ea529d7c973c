"""Finds partners: by entry point, or by a profile file for a declared family of adapters."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, SecretStr, ValidationError

from hub.errors import Issue, Misconfigured, NotFound, Problem
from hub.formats import exact_json
from hub.ports import Adapter
from hub.ports.certification import Case
from hub.settings import Settings

PROFILE = "profile.json"  #: the profile of a folder in BENKAN_PROFILES


class Family(Protocol):
    """Adapters that differ by their profile only (entry point group ``benkan.families``)."""

    def build(self, profile: Path) -> Adapter:
        """The adapter a profile declares.

        Raises:
            Misconfigured: the profile is not complete or contradicts itself.
        """

    def case(self, profile: Path) -> Case | None:
        """What certification must know of it; None when its profile says nothing of it."""

    def settings(self, profile: Path) -> BaseModel:
        """The profile's settings, secrets as SecretStr."""


@dataclass(frozen=True, slots=True)
class Partner:
    """One partner the hub could be connected to."""

    name: str
    build: Callable[[], Adapter]
    case: Callable[[], Case | None]
    settings: Callable[[], BaseModel | None]  #: None: it has none
    profile: Path | None = None  #: the file that declares it; None: it has an adapter of its own


def partners(settings: Settings) -> dict[str, Partner]:
    """Every partner installed or declared, by name.

    Raises:
        Misconfigured: a profile cannot be read, or has the name of another partner.
    """
    found = {e.name: _installed(e) for e in entry_points(group="benkan.adapters")}
    for path in settings.profiles:
        declared = _declared(path / PROFILE if path.is_dir() else path)
        if declared.name in found:
            raise _misconfigured(
                f"{path} : le nom « {declared.name} » est déjà pris ; choisissez-en un autre.",
                f"{path}: the name “{declared.name}” is taken; choose another one.",
            )
        found[declared.name] = declared
    return found


def named(settings: Settings, name: str) -> Partner:
    """One of them.

    Raises:
        NotFound: nobody has this name. Misconfigured: as `partners`.
    """
    found = partners(settings).get(name)
    if found is None:
        raise NotFound(
            Issue(
                "not-found",
                f"Aucun partenaire « {name} » n'est installé.",
                f"No partner '{name}' is installed.",
            )
        )
    return found


def load_adapters(settings: Settings) -> dict[str, Adapter]:
    """The adapters of BENKAN_PARTNERS, found by entry point or profile.

    Raises:
        Misconfigured: a partner nobody knows, or a setting of its own that is missing or wrong.
    """
    found = partners(settings)
    unknown = [name for name in settings.partners if name not in found]
    if unknown:
        names, known = ", ".join(unknown), ", ".join(sorted(found))
        raise Misconfigured(
            Issue(
                "not-found",
                f"Partenaire inconnu : {names}. Corrigez BENKAN_PARTNERS ; sont installés : "
                f"{known}.",
                f"Unknown partner: {names}. Correct BENKAN_PARTNERS; installed: {known}.",
            )
        )
    return {name: adapter(found[name]) for name in settings.partners}


def adapter(partner: Partner) -> Adapter:
    """This partner's adapter, with its settings.

    Raises:
        Misconfigured: a setting of its own is missing or wrong.
    """
    try:
        return partner.build()
    except ValidationError as error:
        raise misconfigured(error, f"BENKAN_{partner.name.upper()}_") from None


def shown(partner: Partner) -> dict[str, str]:
    """Its settings by the names of their environment variables, without secrets.

    Raises:
        Misconfigured: a setting of its own is missing or wrong.
    """
    try:
        settings = partner.settings()
    except ValidationError as error:
        raise misconfigured(error, f"BENKAN_{partner.name.upper()}_") from None
    told = settings.model_dump() if settings is not None else {}
    prefix = f"BENKAN_{partner.name.upper()}_"
    return {f"{prefix}{name}".upper(): _told(value) for name, value in told.items()}


def _told(value: Any) -> str:
    if isinstance(value, SecretStr):
        return "***" if value.get_secret_value() else ""
    return "" if value is None else str(value)


def misconfigured(error: ValidationError, prefix: str = "BENKAN_") -> Misconfigured:
    """What settings lack, one line each, by the names of their environment variables.

    The values are left out: they may be passwords.
    """
    issues = []
    for wrong in error.errors(include_input=False, include_url=False):
        name = prefix + "_".join(str(part) for part in wrong["loc"]).upper()
        if wrong["type"] == "missing":
            fr = f"le réglage {name} manque : donnez-le, puis relancez la commande."
            en = f"setting {name} is missing: give it, then run the command again."
        else:
            fr = f"la valeur du réglage {name} ne convient pas ({wrong['msg']})."
            en = f"the value of setting {name} is not right ({wrong['msg']})."
        issues.append(Issue("value", fr, en))
    return Misconfigured(*issues)


def _installed(entry: EntryPoint) -> Partner:
    def build() -> Adapter:
        made: Adapter = entry.load()()
        return made

    def case() -> Case | None:
        told = {e.name: e for e in entry_points(group="benkan.certification")}
        if entry.name not in told:
            return None
        made: Case = told[entry.name].load()()
        return made

    def settings() -> BaseModel | None:
        """By convention the class Settings of the module `settings` beside the adapter."""
        name = f"{entry.module}.settings"
        if importlib.util.find_spec(name) is None:
            return None
        made: BaseModel = importlib.import_module(name).Settings()
        return made

    return Partner(entry.name, build, case, settings)


def _declared(file: Path) -> Partner:
    families = {e.name: e for e in entry_points(group="benkan.families")}
    try:
        told: Any = exact_json.loads(file.read_bytes())
        name, family = str(told["name"]), families[str(told["family"])]
    except (OSError, Problem, KeyError, TypeError) as error:
        known = ", ".join(sorted(families))
        raise _misconfigured(
            f"{file} : profil de partenaire illisible ({error}). Il faut un objet JSON avec "
            f"« name » et « family » (familles : {known}).",
            f"{file}: the partner profile cannot be read ({error}). It must be a JSON object "
            f"with “name” and “family” (families: {known}).",
        ) from error
    loaded: Family = family.load()
    return Partner(
        name,
        lambda: loaded.build(file),
        lambda: loaded.case(file),
        lambda: loaded.settings(file),
        file,
    )


def _misconfigured(fr: str, en: str) -> Misconfigured:
    return Misconfigured(Issue("value", fr, en))
