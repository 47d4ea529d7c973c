"""The quick reader gives exactly what the careful one gives, or nothing."""

import json
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.formats import exact_json
from hub.formats.quick_json import QuickReader, quickly_written
from hub.formats.write_json import written

QUICK = QuickReader(exact_json.MAX_DEPTH, exact_json.MAX_NUMBER, exact_json.MAX_EXPONENT)
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
        '{"a":1e2}',
        '{"a":1E+400}',
        '{"a":0E+400}',
        '{"a":0.0000001}',
        '{"a":"\\/"}',
        '{"\\u0061":1}',
        '{"a":[' * 22 + "[" * 21 + "1" + "]" * 21 + "]}" * 22,
        '{"a}\\"":' * 70 + "1" + "}" * 70,
        '{"a":"' + "{" * 70 + '","b":' + "[" * 65 + "]" * 65 + "}",
        '{"a":[' + '{"n":1},' * 2000 + "[" * 64 + "]" * 64 + "]}",
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


def as_pairs(tree):
    """The tree with every type and the order of keys visible."""
    if isinstance(tree, dict):
        return [(key, as_pairs(value)) for key, value in tree.items()]
    return [as_pairs(item) for item in tree] if isinstance(tree, list) else repr(tree)


def carefully(monkeypatch, body):
    with monkeypatch.context() as without:
        without.setattr(exact_json, "_quickly", lambda body: None)
        try:
            return as_pairs(exact_json.loads(body))
        except Invalid as refused:
            return refused.issues


def agree(monkeypatch, body):
    quick = QUICK.loads(body)
    careful = carefully(monkeypatch, body)
    assert quick is None or as_pairs(quick) == careful
    return quick is not None


FIXTURES = settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
NUMBERS = ["1", "-0", "1.50", "1E+2", "1e2", "0.0000001", "1.0E+308", "9" * 25, "9" * 70]
ESCAPES = ["\\u0001", "\\ud800", "\\b", "\\/"]
WORDS = ['"a"', '"b"', '"":', '{"a":', "true", "null", "NaN", "é"]
PIECES = st.sampled_from([*'{}[]",:\\ \n', *NUMBERS, *ESCAPES, *WORDS])


@FIXTURES
@given(st.lists(PIECES, max_size=14).map("".join))
def test_both_readers_agree_on_anything_like_json(monkeypatch, text):
    agree(monkeypatch, b'{"a":' + text.encode() + b"}")
    agree(monkeypatch, text.encode())


@FIXTURES
@given(st.binary(max_size=40))
def test_both_readers_agree_on_any_bytes(monkeypatch, body):
    agree(monkeypatch, b'{"a":"' + body + b'"}')
    agree(monkeypatch, body)


@FIXTURES
@given(st.dictionaries(TEXT, TREE, max_size=4), st.data())
def test_both_readers_agree_on_a_spoilt_text(monkeypatch, tree, data):
    body = exact_json.dumps(tree)
    start = data.draw(st.integers(0, len(body)))
    stop = data.draw(st.integers(start, min(len(body), start + 3)))
    agree(monkeypatch, body[:start] + data.draw(PIECES).encode() + body[stop:])


def test_ordinary_texts_are_read_quickly(monkeypatch):
    tree = {"a": [{"b": Decimal("12.50"), "c": 'é {[\n"', "d": True}] * 900, "e": -7, "f": None}
    for text in (
        json.dumps(tree, default=str, ensure_ascii=False),
        exact_json.dumps(tree).decode(),
    ):
        assert agree(monkeypatch, text.encode())
        assert agree(monkeypatch, text.replace('"c":', '\n\t"c" :  ').encode())


ODD = st.one_of(
    LEAF, st.decimals(), st.floats(), st.binary(max_size=2), st.just("\ud800"), st.just((1,))
)
ODD_TREE = st.recursive(
    ODD,
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(TEXT | st.integers(0, 1), inner)),
    max_leaves=8,
)


@settings(deadline=None)
@given(ODD_TREE)
def test_what_is_written_quickly_is_what_the_careful_writer_writes(tree):
    quick = quickly_written(tree)
    assert quick is None or quick == written(tree).encode()


def test_a_plain_tree_is_written_quickly():
    tree = {"a": [Decimal("12.50"), 3, None, True, {"b": 'é\x7f\x01"\\/'}], "c": {}, "d": []}
    assert quickly_written(tree) == written(tree).encode()
