"""OperationOutcome and the choice of language."""

from __future__ import annotations

import pytest

from hub.errors import Issue
from hub.fhir.outcome import language, outcome
from hub.fhir.validate import validate

ISSUE = Issue("required", "Ajoutez-le.", "Add it.", "Claim.item[0].net")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "fr"),
        ("", "fr"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("fr-ML, en;q=0.8", "fr"),
        ("en;q=0.8, fr;q=0.9", "fr"),
        ("en;q=0.9, fr;q=0.8", "en"),
        ("de, en;q=0.5", "en"),
        ("de", "fr"),
        ("*", "fr"),
        ("en;q=0", "fr"),
        ("en;q=abc", "fr"),
        ("en;q=nan", "fr"),
        (";;,=;q", "fr"),
        ("bm, fr;q=0.7, en;q=0.7", "fr"),
    ],
)
def test_the_language_is_the_one_the_reader_prefers(header: str | None, expected: str) -> None:
    assert language(header) == expected


def test_an_outcome_lists_every_issue_with_its_place() -> None:
    made = outcome([ISSUE, Issue("value", "Faux.", "Wrong.", severity="warning")], "en")
    assert made["issue"] == [
        {
            "severity": "error",
            "code": "required",
            "details": {"text": "Add it."},
            "expression": ["Claim.item[0].net"],
        },
        {"severity": "warning", "code": "value", "details": {"text": "Wrong."}},
    ]


def test_the_text_is_in_the_language_asked_for() -> None:
    assert outcome([ISSUE], "fr")["issue"][0]["details"]["text"] == "Ajoutez-le."


@pytest.mark.parametrize("issues", [[], [ISSUE]])
def test_an_outcome_is_a_valid_resource(issues: list[Issue]) -> None:
    assert validate(outcome(issues, "fr"), "OperationOutcome") == []
