"""The words for how two codes relate: R4 `equivalence` and R5 `relationship`, both ways.

R4 describes the target seen from the source (`wider`: the target is wider), R5 the source.
Source: https://hl7.org/fhir/R4/valueset-concept-map-equivalence.html,
https://hl7.org/fhir/R5/valueset-concept-map-relationship.html
"""

from __future__ import annotations

#: R4 equivalence → R5 relationship. Several R4 words become one.
RELATIONSHIP = {
    "relatedto": "related-to",
    "equivalent": "equivalent",
    "equal": "equivalent",
    "wider": "source-is-narrower-than-target",
    "subsumes": "source-is-narrower-than-target",
    "narrower": "source-is-broader-than-target",
    "specializes": "source-is-broader-than-target",
    "inexact": "related-to",
    "unmatched": "not-related-to",
    "disjoint": "not-related-to",
}
#: R5 relationship → R4 equivalence: the plain word of each.
EQUIVALENCE = {
    "related-to": "relatedto",
    "equivalent": "equivalent",
    "source-is-narrower-than-target": "wider",
    "source-is-broader-than-target": "narrower",
    "not-related-to": "disjoint",
}
#: The same relation read from the other end, in both vocabularies.
OPPOSITE = {
    "wider": "narrower",
    "narrower": "wider",
    "subsumes": "specializes",
    "specializes": "subsumes",
    "source-is-narrower-than-target": "source-is-broader-than-target",
    "source-is-broader-than-target": "source-is-narrower-than-target",
}
#: Relationships whose target may be used, best first.
USABLE = (
    "equivalent",
    "source-is-narrower-than-target",
    "related-to",
    "source-is-broader-than-target",
)


def relationship(word: str) -> str:
    """The R5 word for a word of either vocabulary; an unknown word stays as it is."""
    return RELATIONSHIP.get(word, word)


def equivalence(word: str) -> str:
    """The R4 word for a word of either vocabulary; an unknown word stays as it is."""
    return EQUIVALENCE.get(word, word)


def opposite(word: str) -> str:
    """The word for the same relation when source and target change places."""
    return OPPOSITE.get(word, word)
