"""Who manages a claim on its date of care; what must be copied to whom; what may cross a border.

The table is data: mappings/routing.json, then the files of BENKAN_ROUTING.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from hub.errors import Issue, Unroutable
from hub.model import Tree

MANAGER = "manager"  #: liquidates and pays
SCHEME = "scheme"  #: holds the rights, decides prior authorisations, gets control copies


@dataclass(frozen=True, slots=True)
class Body:
    """An institution, as claims and covers name it."""

    code: str
    name: str
    role: str
    country: str
    partner: str  #: the adapter that reaches it
    keys: frozenset[str]  #: identifiers "system|value" and references "Organization/id"
    number: str = ""  #: identifier system of the numbers a scheme gives to insured people


@dataclass(frozen=True, slots=True)
class Agreement:
    """A dated agreement: care given in one country, cover held in another (domain finding 6)."""

    care: str
    cover: str
    start: date
    end: date | None
    reference: str


@dataclass(frozen=True, slots=True)
class Routing:
    """The table of bodies, copies and agreements."""

    bodies: Mapping[str, Body] = field(default_factory=dict)
    copies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    agreements: Sequence[Agreement] = ()
    double_billing: str = "hold"  #: the same act billed to two bodies: hold | flag

    def named(self, keys: Iterable[str]) -> Body | None:
        """The body that one of these keys names."""
        wanted = set(keys)
        return next((b for b in self.bodies.values() if b.keys & wanted), None)

    def scheme(self, country: str) -> Body | None:
        """The scheme manager of a country, who knows everybody's rights there."""
        return next(
            (b for b in self.bodies.values() if b.role == SCHEME and b.country == country), None
        )

    def agreement(self, body: Body, care_country: str, day: date) -> Agreement | None:
        """The agreement in force on that day for care in this country, under this body's cover."""
        for a in self.agreements:
            covered = a.start <= day and (a.end is None or day <= a.end)
            if covered and (a.care, a.cover) == (care_country, body.country):
                return a
        return None

    def check_border(self, body: Body, care_country: str, day: date) -> None:
        """Care abroad is carried only while a dated agreement says so; the default is none.

        Raises:
            Unroutable: no agreement covers that day.
        """
        if not care_country or care_country == body.country:
            return
        if self.agreement(body, care_country, day) is not None:
            return
        raise Unroutable(
            Issue(
                "business-rule",
                path="Claim.provider",
                fr=f"R17 : soins donnés dans le pays {care_country} à un assuré de l'organisme « "
                f"{body.name} » ({body.country}) le {day:%d/%m/%Y}, et aucun accord "
                "transfrontalier n'est enregistré à cette date. Remettez la feuille à l'assuré, ou "
                "demandez à l'opérateur d'enregistrer l'accord applicable.",
                en=f"R17: care given in {care_country} for a person insured by {body.name} "
                f"({body.country}) on {day.isoformat()}, and no cross-border agreement is "
                "recorded for that date. Hand the sheet to the insured person, or ask the "
                "operator to record the agreement that applies.",
            )
        )


def _agreement(row: Mapping[str, Any]) -> Agreement:
    end = row.get("end")
    return Agreement(
        care=row["care"],
        cover=row["cover"],
        start=date.fromisoformat(row["start"]),
        end=date.fromisoformat(end) if end else None,
        reference=row.get("reference", ""),
    )


def read(files: Iterable[Path]) -> Routing:
    """The table from its files; a later file adds bodies, keys to a body, and agreements."""
    bodies: dict[str, dict[str, Any]] = {}
    copies: dict[str, tuple[str, ...]] = {}
    agreements: list[Agreement] = []
    double_billing = "hold"
    for file in files:
        table = json.loads(file.read_text(encoding="utf-8"))
        for code, row in table.get("bodies", {}).items():
            known = bodies.setdefault(code, {"keys": []})
            bodies[code] = known | row | {"keys": known["keys"] + row.get("keys", [])}
        copies |= {country: tuple(codes) for country, codes in table.get("copies", {}).items()}
        double_billing = table.get("doubleBilling", double_billing)
        agreements += [_agreement(row) for row in table.get("agreements", [])]
    return Routing(
        bodies={
            code: Body(code=code, **(row | {"keys": frozenset(row["keys"])}))
            for code, row in bodies.items()
        },
        copies=copies,
        agreements=tuple(agreements),
        double_billing=double_billing,
    )


def country_of(provider: Tree | None) -> str:
    """The country of care: that of the provider's address, "" when nothing tells it."""
    addresses = (provider or {}).get("address", [])
    return next((str(a["country"]) for a in addresses if a.get("country")), "")


def keys(reference: Tree | None, organization: Tree | None) -> list[str]:
    """All names under which a Reference, and the Organization it leads to, may be known."""
    found: list[str] = []
    if reference:
        if isinstance(reference.get("reference"), str):
            found.append(reference["reference"])
        identifier = reference.get("identifier") or {}
        if identifier.get("value"):
            found.append(f"{identifier.get('system', '')}|{identifier['value']}")
    for identifier in (organization or {}).get("identifier", []):
        if identifier.get("value"):
            found.append(f"{identifier.get('system', '')}|{identifier['value']}")
    return found
