"""What the Python written for an expression may name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hub.mapping.fhirpath import (
    arithmetic,
    boundaries,
    choices,
    components,
    functions,
    logic,
    membership,
    numbers,
    sets,
    strings,
    values,
)
from hub.mapping.fhirpath.temporal import Quantity, Temporal


def names() -> dict[str, Any]:
    """Name in the generated source → module or class."""
    return {
        "A": arithmetic,
        "B": boundaries,
        "C": choices,
        "Decimal": Decimal,
        "E": components,
        "F": functions,
        "L": logic,
        "M": numbers,
        "N": membership,
        "Quantity": Quantity,
        "S": strings,
        "Temporal": Temporal,
        "U": sets,
        "V": values,
    }
