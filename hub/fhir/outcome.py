"""OperationOutcome in the reader's language: https://hl7.org/fhir/R4/operationoutcome.html"""

from __future__ import annotations

from collections.abc import Sequence

from hub.errors import Issue
from hub.model import Tree

#: BCP 47 tag of the text, by language.
TAGS = {"fr": "fr", "en": "en"}


def outcome(issues: Sequence[Issue], language: str) -> Tree:
    """An OperationOutcome that lists every issue, its text in "fr" or "en".

    Without issues it says that all is well (https://hl7.org/fhir/R4/operationoutcome.html#notes).
    """
    rows = [_row(issue, language) for issue in issues] or [_all_well(language)]
    return {"resourceType": "OperationOutcome", "language": TAGS[language], "issue": rows}


def language(accept_language: str | None) -> str:
    """ "fr" or "en", whichever an Accept-Language header prefers; "fr" when it does not say.

    Source: RFC 9110, section 12.5.4. A malformed part of the header counts for nothing.
    """
    best, weight = "fr", 0.0
    for part in (accept_language or "").split(","):
        tag, *parameters = (piece.strip() for piece in part.split(";"))
        primary = tag.partition("-")[0].lower()
        quality = _quality(parameters)
        if primary in TAGS and quality > weight:
            best, weight = primary, quality
    return best


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(float(value), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def _row(issue: Issue, language: str) -> Tree:
    row: Tree = {
        "severity": issue.severity,
        "code": issue.code,
        "details": {"text": issue.fr if language == "fr" else issue.en},
    }
    if issue.path:
        row["expression"] = [issue.path]
    return row


def _all_well(language: str) -> Tree:
    text = "Aucune erreur." if language == "fr" else "No errors."
    return {"severity": "information", "code": "informational", "details": {"text": text}}
