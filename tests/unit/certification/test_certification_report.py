"""The report: what it says, in both languages, and that it runs nothing in a browser."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from hub.certification.findings import Note, Outcome, Part, Result
from hub.certification.report import Report

RESULTS = [
    Result(Part.TECHNICAL, "a", Note("Un <essai>", "A <trial>"), Outcome.PASSED),
    Result(
        Part.DOMAIN,
        "lossy-fields",
        Note("Pertes", "Losses"),
        Outcome.PASSED,
        (Note("Claim.use & Claim.status", "Claim.use & Claim.status"),),
    ),
    Result(
        Part.PROCESS,
        "b",
        Note("Trajet", "Trip"),
        Outcome.FAILED,
        (Note("aucune n'a été payée", "none was paid"),),
    ),
]


def report(*results: Result) -> Report:
    at = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    return Report("fictif", at, "0.1.0", "https://hote/x", [("claim", "rest")], results)


def test_it_passes_only_when_nothing_failed() -> None:
    assert report(*RESULTS[:2]).passed
    assert not report(*RESULTS).passed


def test_its_json_has_three_parts_and_says_that_people_are_synthetic() -> None:
    tree = json.loads(json.dumps(report(*RESULTS).tree()))
    assert set(tree["parts"]) == {"technical", "domain", "process"}
    assert tree["people"] == "synthetic"
    assert tree["illustrative"] is True
    assert tree["passed"] is False
    assert tree["at"] == "2026-11-22T08:00:00+00:00"
    assert tree["parts"]["domain"][0]["notes"][0]["fr"] == "Claim.use & Claim.status"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", ["Rapport de certification", "échoué", "aucune n&#x27;a été payée", "illustratif"]),
        ("en", ["Certification report", "failed", "none was paid", "Illustrative"]),
    ],
)
def test_its_page_is_in_the_language_asked_for(language: str, words: list[str]) -> None:
    page = report(*RESULTS).page(language)
    assert [word for word in words if word not in page] == []
    assert f'<html lang="{language}">' in page


def test_its_page_escapes_what_it_quotes_and_has_no_script() -> None:
    page = report(*RESULTS).page()
    assert "<essai>" not in page
    assert "&lt;essai&gt;" in page
    assert "<script" not in page
    assert "default-src 'none'" in page
