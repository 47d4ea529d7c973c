"""No text crashes the parser: it parses, or gives findings with a place inside the text."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.mapping.expression import Expression
from hub.mapping.parse import MapParser

SAMPLE = (
    Path(__file__).parents[2] / "data/fml/fhir-test-cases/r5/qr2pat-humannameshared.map"
).read_text(encoding="utf-8")
WORDS = [
    "group",
    "source",
    "target",
    "->",
    "then",
    "{",
    "}",
    "(",
    ")",
    ";",
    ",",
    ":",
    "as",
    "where",
]
WORDS += [
    "'a'",
    '"b"',
    "///",
    "uses",
    "let",
    "=",
    "share",
    "first",
    "..",
    "1",
    "x",
    ".",
    "check",
    "|",
]
WORDS += [
    "conceptmap",
    "prefix",
    "<<",
    ">>",
    "types",
    "+",
    "-",
    "not",
    "is",
    "%",
    "@2020",
    "`",
    "\\",
]


def found(text):
    parsed = MapParser(text, "x.fml").parse()
    lines = text.count("\n") + 1
    assert all(1 <= e.line <= lines and e.column >= 1 and e.fr for e in parsed.errors)
    assert len(parsed.errors) <= 50
    return parsed


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_without_a_crash(text):
    found(text)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=60))
def test_any_row_of_tokens_is_read_without_a_crash(words):
    found(" ".join(words))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SAMPLE)), st.integers(0, 40), st.sampled_from(["", *WORDS]))
def test_a_damaged_map_gives_findings_or_parses(start, length, by):
    found(SAMPLE[:start] + by + SAMPLE[start + length :])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*WORDS, "a", "where(", "iif(", "and", "5"]), max_size=25))
def test_any_expression_is_compiled_or_refused(words):
    with suppress(Invalid):
        assert Expression(" ".join(words)).source


@pytest.mark.parametrize(
    "text", ["(" * 5000, "group a(source b) {" + "a then {" * 2000, "-" * 5000 + "1"]
)
def test_deep_nesting_is_a_finding(text):
    assert found(text).errors
    with pytest.raises(Invalid):
        Expression(text)


def test_several_mistakes_are_found_in_one_reading():
    text = (
        "map 'u' = 'n'\ngroup a(source s, target t) {\n s.a -> ;\n s.b -> t.b;\n s.c as -> t;\n}\n"
    )
    text += "grup x\ngroup b(source s) { s -> = ; }\n"
    assert [e.line for e in found(text).errors] == [3, 5, 7, 8]
