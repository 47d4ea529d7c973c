"""The rights matrix: roles × operations → condition. What it does not say is denied.

The table is data (rights.json), used by the code and by the tests alike.
Source: reliability matrix « default deny; person, not role, must differ ».
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from hub.errors import Forbidden, Issue
from hub.formats import exact_json


class Condition(StrEnum):
    """How far a right reaches."""

    OWN = "own"  #: what belongs to the caller's organisation
    BODY = "body"  #: what the caller's institution manages
    BODY_PURPOSE = "body-purpose"  #: the same, with a stated purpose
    COUNTRY = "country"  #: the caller's country, with a stated purpose
    ASSIGNED = "assigned"  #: institutions assigned to the person
    OTHER = "other"  #: another person's work
    GLASS = "glass"  #: with a reason, and an alert
    ALL = "all"


#: What a purpose of use must be stated for.
PURPOSEFUL = frozenset({Condition.BODY_PURPOSE, Condition.COUNTRY})

#: The one that reaches furthest first.
_REACH = (
    Condition.ALL,
    Condition.COUNTRY,
    Condition.BODY,
    Condition.BODY_PURPOSE,
    Condition.OWN,
    Condition.ASSIGNED,
    Condition.OTHER,
    Condition.GLASS,
)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Operations, roles, and what each role may."""

    roles: Mapping[str, Mapping[str, str]]  #: role → names by language
    conditions: Mapping[str, Mapping[str, str]]  #: condition → texts by language
    rights: Mapping[str, Mapping[str, Condition]]  #: operation → role → condition
    groups: Mapping[str, str]  #: FHIR type → the group its operations are named for

    def granted(self, roles: Iterable[str], operation: str) -> Condition | None:
        """The furthest-reaching right that these roles give; None: denied.

        Raises:
            KeyError: there is no such operation: a defect, never a right.
        """
        row = self.rights[operation]
        found = {row[role] for role in (*roles, "*") if role in row}
        return next((condition for condition in _REACH if condition in found), None)

    def require(self, roles: Iterable[str], operation: str) -> Condition:
        """As `granted`.

        Raises:
            Forbidden: denied. The text does not say who else may.
        """
        condition = self.granted(roles, operation)
        if condition is None:
            raise Forbidden(
                Issue(
                    "forbidden",
                    f"Votre compte n'a pas le droit « {operation} ». Demandez-le à "
                    "l'administrateur de sécurité de la plateforme.",
                    f"Your account does not have the right '{operation}'. Ask the platform's "
                    "security administrator for it.",
                )
            )
        return condition

    def operation(self, type_name: str, interaction: str) -> str:
        """The operation behind an interaction (create, read, search) with a FHIR type.

        Raises:
            KeyError: the type has no group.
        """
        return f"{self.groups[type_name]}.{interaction}"


@cache
def matrix() -> Matrix:
    """The matrix of this version of the hub."""
    text = files("hub.access").joinpath("rights.json").read_bytes()
    data: dict[str, Any] = exact_json.loads(text)
    rights = {
        operation: {role: Condition(name) for role, name in row.items()}
        for operation, row in data["rights"].items()
    }
    return Matrix(data["roles"], data["conditions"], rights, data["types"])
