"""FHIR R4 types and required value sets, read from tables beside this file.

The tables are made by hub/formats/compile_definitions.py from the official definitions
(npm package hl7.fhir.r4.examples 4.0.1, CC0).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def definition(type_name: str) -> Mapping[str, Any] | None:
    """The table of one FHIR type, None for a type R4 does not have.

    Keys: url, type, kind (primitive-type, complex-type, resource), base, abstract, elements:
    path → {min, max, types, targets, binding, invariants, modifier, ref}, in the order of the
    definition. ``ref`` is a contentReference: the path whose children the element has.
    """
    if not type_name.isalnum():
        return None
    path = files(__name__).joinpath(f"{type_name}.json")
    if not path.is_file():
        return None
    table: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return table


@cache
def value_sets() -> Mapping[str, Mapping[str, list[str]]]:
    """Required value sets: url → code system → codes."""
    path = files(__name__).joinpath("_valuesets.json")
    table: Mapping[str, Mapping[str, list[str]]] = json.loads(path.read_text(encoding="utf-8"))[
        "valuesets"
    ]
    return table


@cache
def type_names() -> frozenset[str]:
    """Every type of FHIR R4."""
    names = (entry.name for entry in files(__name__).iterdir())
    return frozenset(n[:-5] for n in names if n.endswith(".json") and not n.startswith("_"))
