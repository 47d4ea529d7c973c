"""The ConceptMaps of FHIR itself from its codes to those of v2 and v3 (CDA), used unless given.

They are the `cm-…` maps of the npm package hl7.fhir.r4b.core 4.3.0 (CC0), without texts.
Source: https://hl7.org/fhir/R4B/terminologies-conceptmaps.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files

from hub.mapping.concept_map import ConceptMap


@cache
def core_tables() -> Mapping[str, ConceptMap]:
    """Canonical url → ConceptMap."""
    text = files("hub.mapping").joinpath("core_tables.json").read_text(encoding="utf-8")
    tables = json.loads(text, parse_float=Decimal)
    return {str(resource["url"]): ConceptMap(resource) for resource in tables}
