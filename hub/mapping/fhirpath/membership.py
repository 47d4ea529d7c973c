"""memberOf(), subsumes(), subsumedBy() and %terminologies, by what the packs hold.

Source: https://hl7.org/fhir/R4/fhirpath.html#functions, https://hl7.org/fhir/R5/fhirpath.html#txapi
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hub.mapping.fhirpath import functions
from hub.mapping.fhirpath.values import Collection, one
from hub.mapping.findings import Failure

Pair = tuple[str, str]  #: system, "" for a bare code; code


def resolve(run: Any, items: Collection) -> Collection:
    """resolve(): in the document at hand, else a ValueSet or CodeSystem of the packs."""
    found = functions.resolve(run.source, items)
    if found:
        return found
    canonicals = (run.terms.resource(item) for item in items if isinstance(item, str))
    return [resource for resource in canonicals if resource is not None]


def member_of(terms: Any, items: Collection, value_set: Collection) -> Collection:
    """Is the code, the Coding or one coding of the CodeableConcept in the ValueSet?

    Raises:
        Failure: the ValueSet is unknown or cannot be expanded here.
    """
    item, url = one(items), one(value_set)
    if item is None or url is None:
        return []
    codes = terms.codes(str(url))
    plain = {code for _, code in codes} if isinstance(item, str) else set()
    return [any((s, c) in codes or (not s and c in plain) for s, c in _pairs(item))]


def subsumes(terms: Any, items: Collection, others: Collection) -> Collection:
    """Is the one coding the other, or above it in its CodeSystem?

    Raises:
        Failure: the CodeSystem is unknown.
    """
    first, second = one(items), one(others)
    if first is None or second is None:
        return []
    return [
        any(
            s == system and terms.subsumes(s, code, below)
            for s, code in _pairs(first)
            for system, below in _pairs(second)
        )
    ]


def validate(terms: Any, value_set: Collection, coded: Collection) -> Collection:
    """%terminologies.validateVS(): a Parameters with `result`."""
    verdict = member_of(terms, coded, value_set)
    if not verdict:
        return []
    result = {"name": "result", "valueBoolean": verdict[0]}
    return [{"resourceType": "Parameters", "parameter": [result]}]


def compare(terms: Any, system: Collection, first: Collection, second: Collection) -> Collection:
    """%terminologies.subsumes(): equivalent, subsumes, subsumed-by or not-subsumed."""
    where, above, below = str(one(system) or ""), one(first), one(second)
    if above is None or below is None:
        return []
    codes = [next(iter(_pairs(each)))[1] for each in (above, below)]
    if codes[0] == codes[1]:
        return ["equivalent"]
    if terms.subsumes(where, *codes):
        return ["subsumes"]
    return ["subsumed-by" if terms.subsumes(where, codes[1], codes[0]) else "not-subsumed"]


def _pairs(item: Any) -> Iterator[Pair]:
    if isinstance(item, str):
        yield "", str(item)
        return
    if not isinstance(item, dict):
        raise Failure(
            "a code, a Coding or a CodeableConcept is wanted here",
            "Il faut ici un code, un Coding ou un CodeableConcept : nommez l’élément qui le porte",
        )
    for coding in item.get("coding", ()) if "coding" in item else (item,):
        if isinstance(coding, dict) and coding.get("code") is not None:
            yield str(coding.get("system") or ""), str(coding["code"])
