"""Regular expressions of FHIRPath: linear time, the spellings of other engines."""

import time

import pytest

from hub.errors import Invalid
from hub.mapping.expression import Expression


def evaluate(function, regex, text, *more):
    escaped = [part.replace("\\", "\\\\").replace("'", "\\'") for part in (regex, *more)]
    arguments = ", ".join(f"'{part}'" for part in escaped)
    return Expression(f"text.{function}({arguments})").evaluate({"text": text})


@pytest.mark.parametrize(
    "regex", ["(a+)+$", "((a+))+$", "(a|aa)+$", "(a?a?){30}c", "a*a*a*a*a*a*b"]
)
def test_expressions_that_explode_elsewhere_end_at_once(regex):
    started = time.monotonic()
    assert evaluate("matches", regex, "a" * 50_000 + "!") == [False]
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("regex", "text", "verdict"),
    [
        (r"\S+( \S+)*", "Awa Cissé née Traoré", True),
        ("[0-9]+", "7", True),
        (r"[A-Z]{2}(-[0-9])?", "ML-1", True),
        (r"\p{Lu}\p{L}*", "Élodie", True),
        (r"\i\c*", "é1", True),
        (r"a\u0062c", "abc", True),
        (r"[\u0061-\u0063]+", "abc", True),
        (r"a.c", "a\nc", True),
        (r"x{,2}", "xx", True),
        (r"[]a]+", "]a", True),
        (r"[[]", "[", True),
        (r"[[:digit:]\-/]+", "1-2/3", True),
        (r"\é", "é", True),
        (r"(?<year>\d{4})", "2026", True),
        (r"\d", "x", False),
    ],
)
def test_spellings_of_other_engines_are_understood(regex, text, verdict):
    assert evaluate("matchesFull", regex, text) == [verdict]


@pytest.mark.parametrize(
    "regex",
    [r"(a)\1", "(?=a)", "(?!a)", "(?<=a)b", "(?>a)", "a++", "[a-z-[b]]", "[a&&b]", "a{5000}", "("],
)
def test_what_linear_time_lacks_is_refused_with_the_reason(regex):
    with pytest.raises(Invalid, match=r"linear time \(|not a regular expression") as caught:
        evaluate("matches", regex, "a")
    assert "écrivez-la autrement" in caught.value.text or "corrigez-la" in caught.value.text


@pytest.mark.parametrize(
    ("regex", "by", "result"),
    [
        (r"(\d\d)/(\d\d)", "$2-$1", "21-11"),
        (r"(?<d>\d\d)/(?<m>\d\d)", "${m}.${d}", "21.11"),
        ("/", r"\$", "11$21"),
        ("z", "y", "11/21"),
    ],
)
def test_a_replacement_names_its_groups(regex, by, result):
    assert evaluate("replaceMatches", regex, "11/21", by) == [result]


def test_a_replacement_with_an_unknown_group_says_so():
    with pytest.raises(Invalid, match="no group 3"):
        evaluate("replaceMatches", "(a)", "a", "$3")


def test_a_replacement_cannot_make_a_huge_text():
    with pytest.raises(Invalid, match="more than the"):
        evaluate("replaceMatches", "a", "a" * 50_000, "b" * 1000)
