"""The quick reader gives exactly what the careful one gives, or nothing."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.formats import exact_json
from hub.formats.quick_json import Quick

QUICK = Quick(Decimal, exact_json.MAX_DEPTH, exact_json.MAX_NUMBER)
TEXT = st.text(alphabet='ab":\\{}[],-0 \té\n', max_size=8)
LEAF = st.one_of(TEXT, st.integers(), st.booleans(), st.none(), st.decimals(-999, 999, places=2))
TREE = st.recursive(
    LEAF, lambda inner: st.one_of(st.lists(inner), st.dictionaries(TEXT, inner)), max_leaves=20
)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":2}',
        '{"a" :1,"a": ":"}',
        '{"a":{"b":1,"b":1},"c":":"}',
        '{"a":-0}',
        '{"a":[1, -0]}',
        '{"a":"\\u0061"}',
        '{"a":"\\ud800"}',
        '{"a":"\\b"}',
        '{"a":' + "1" * 65 + "}",
        '{"a":1.' + "1" * 65 + "}",
        '{"a":NaN}',
        '{"a":1,}',
        '{"a":' * 65 + "1" + "}" * 65,
        '{"a":' + "[" * 64 + "1" + "]" * 64 + "}",
        "\ufeff{}",
        "[]",
        '"a"',
    ],
)
def test_a_text_in_doubt_is_left_to_the_careful_reader(text):
    assert QUICK.loads(text.encode()) is None


@pytest.mark.parametrize("depth", [2, 64])
def test_a_text_as_deep_as_allowed_is_read(depth):
    body = '{"a":' * (depth - 1) + '{"b":1.50}' + "}" * (depth - 1)
    assert QUICK.loads(body.encode()) == json.loads(body, parse_float=Decimal)


@settings(deadline=None)
@given(TREE, st.sampled_from([None, 1, "\t"]))
def test_what_is_read_quickly_is_what_was_written(tree, indent):
    plain = json.loads(json.dumps(tree, default=float), parse_float=Decimal)
    body = json.dumps({"a": tree}, default=float, ensure_ascii=False, indent=indent).encode()
    quick = QUICK.loads(body)
    assert quick is None or quick == {"a": plain}
    assert exact_json.loads(body) == {"a": plain}


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT, TREE), min_size=2, max_size=5))
def test_a_key_given_twice_is_never_read_quickly(pairs):
    pairs.append(pairs[0])
    inside = ",".join(
        f"{json.dumps(key, ensure_ascii=False)}:{json.dumps(value, default=float)}"
        for key, value in pairs
    )
    body = f"{{{inside}}}".encode()
    assert QUICK.loads(body) is None
    with pytest.raises(Invalid):
        exact_json.loads(body)
