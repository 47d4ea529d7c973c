"""Exact JSON: what is read, what is refused and where, what is written."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.formats.exact_json import MAX_DEPTH, dumps, loads

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], min_codepoint=32))
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9)) | (
    st.from_regex(r"-?(0|[1-9][0-9]{0,14})\.[0-9]{1,12}", fullmatch=True).map(Decimal)
)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def refused(body: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        loads(body)
    assert caught.value.status == 400
    issue = caught.value.issues[0]
    assert issue.fr
    return issue.en


def status_of(body: bytes) -> int:
    try:
        loads(body)
    except Invalid as error:
        return error.status
    return 200


@given(TREES)
def test_what_is_written_is_read_back_the_same(tree: object) -> None:
    body = dumps(tree)
    assert repr(loads(body)) == repr(tree)
    assert dumps(loads(body)) == body


@pytest.mark.parametrize(
    "digits", ["12.50", "0.10", "-1.000", "0.0000001", "1000.00", "-0.0", "-0"]
)
def test_digits_are_kept(digits: str) -> None:
    assert dumps(loads(b'{"value":%b}' % digits.encode())) == b'{"value":%b}' % digits.encode()


def test_an_exponent_keeps_its_precision() -> None:
    assert loads(b"1e2") == Decimal("1E+2")
    assert loads(b"1e2").as_tuple() == Decimal("1E+2").as_tuple()
    assert loads(dumps(loads(b"1e2"))).as_tuple() == Decimal("1E+2").as_tuple()


def test_whole_numbers_are_int_and_others_decimal() -> None:
    kinds = [type(v) for v in loads(b"[1, 1.0, true, 12500]")]
    assert kinds == [int, Decimal, bool, int]


def test_text_of_every_alphabet_survives() -> None:
    tree = {"nom": "Aïssata N’Diaye", "ߒߞߏ": "ߊ", "emoji": "😀"}
    assert loads(dumps(tree)) == tree
    assert loads(b'"\\ud83d\\ude00 \\u00e9 \\\\ud800"') == "😀 é \\ud800"


def test_key_order_is_kept() -> None:
    assert dumps(loads(b'{"z":1,"a":2,"m":3}')) == b'{"z":1,"a":2,"m":3}'


@pytest.mark.parametrize(
    ("body", "place", "word"),
    [
        (b"", "line 1, column 1", "not correct JSON"),
        (b'{"a":1,}', "line 1, column", "not correct JSON"),
        (b'{"a":1}\n x', "line 2, column 2", "not correct JSON"),
        (b'{"a": {"k":1,\n  "k":2}}', "line 2, column 3", '"k" is written twice'),
        (b'{"id":1, "\\u0069d":2}', "line 1, column 10", '"id" is written twice'),
        (b"[1,\n NaN]", "line 2, column 2", '"NaN"'),
        (b"[-Infinity]", "line 1, column 2", '"-Infinity"'),
        (b'["\\ud800"]', "line 1, column 3", "lone surrogate"),
        (b'["\\ud800x"]', "line 1, column 3", "lone surrogate"),
        (b'["\\ude00"]', "line 1, column 3", "lone surrogate"),
        (b'["\\ud83d\\ud83d\\ude00"]', "line 1, column 3", "lone surrogate"),
        (b'["a\\u0000"]', "line 1, column 4", "control character"),
        (b'["a\\bc"]', "line 1, column 4", "control character"),
        (b'["a\x01"]', "line 1, column 4", "not correct JSON"),
        (b"[1e400]", "line 1, column 2", "shorter number"),
        (b"[1e99999999999999999999]", "line 1, column 2", "shorter number"),
        (b"[" + b"1" * 65 + b"]", "line 1, column 2", "shorter number"),
        (b"[" + b"1" * 9999 + b"]", "line 1, column 2", "shorter number"),
        (b'{"\xc3\xa9": "\xff"}', "line 1, column 8", "not UTF-8"),
        (b"\xef\xbb\xbf{}", "line 1, column 1", "BOM"),
        ('{"a":1}'.encode("utf-16"), "line 1, column 1", "not UTF-8"),
        ("[1]".encode("utf-32-le"), "line 1, column 2", "not correct JSON"),
    ],
)
def test_what_is_refused_is_named_with_its_place(body: bytes, place: str, word: str) -> None:
    text = refused(body)
    assert place in text
    assert word in text


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 5000, 200_000])
def test_deep_nesting_is_refused(opening: bytes, levels: int) -> None:
    closing = {b"[": b"]", b'{"a":': b"}", b'[{"a":': b"}]"}[opening]
    assert "levels of nesting" in refused(opening * levels + b"1" + closing * levels)


def test_the_deepest_allowed_tree_is_read() -> None:
    assert loads(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


@pytest.mark.parametrize("value", [1.5, {"a": [0.1]}, object(), b"x", {1, 2}])
def test_a_float_or_a_foreign_value_is_never_written(value: object) -> None:
    with pytest.raises(TypeError):
        dumps(value)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_a_decimal_that_is_no_number_is_never_written(value: str) -> None:
    with pytest.raises(ValueError, match="not a JSON number"):
        dumps([Decimal(value)])


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    assert status_of(body) in (200, 400)


@given(st.text('{}[]",:\\u0123dDeE.-+ \ntrufalsn', max_size=40))
def test_anything_like_json_is_read_or_refused(text: str) -> None:
    assert status_of(text.encode()) in (200, 400)
