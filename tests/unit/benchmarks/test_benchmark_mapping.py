"""The benchmark measures engines that give the same message; nothing here measures time."""

import json
from decimal import Decimal

import pytest

from benchmarks.mapping import report
from benchmarks.mapping.claims import claim
from benchmarks.mapping.contenders import benkan, hand, xslt
from benchmarks.mapping.measure import Row, differing, rounded
from hub.formats import exact_json


@pytest.mark.parametrize("size", ["simple", "multi", "40"])
@pytest.mark.parametrize("contender", [benkan, xslt, hand], ids=lambda module: module.__name__)
def test_every_form_of_a_contender_gives_the_message_written_by_hand(contender, size):
    body = exact_json.dumps(claim(size))
    expected = rounded(hand.message(claim(size)))
    for form in contender.FORMS.values():
        given = form.show(form.run(form.read(body)))
        assert differing(expected, rounded(given)) == []


def test_the_map_and_the_hand_keep_every_digit_alike():
    made = benkan.FORMS["bytes"].run(exact_json.dumps(claim("multi")))
    assert json.loads(made, parse_float=Decimal) == hand.message(claim("multi"))
    assert b'"unitPrice":1400.00' in made


def test_a_generated_claim_has_its_lines_numbered_and_no_total():
    made = claim("40")
    assert [line["sequence"] for line in made["item"]] == list(range(1, 41))
    assert "total" not in made


def test_differences_are_named_by_their_place():
    expected = {"line": [{"code": "A", "amount": 1}], "total": 1}
    given = {"line": [{"code": "B", "amount": 1}]}
    assert differing(expected, given) == ["message.line[0].code", "message.total"]


def test_a_contender_that_fails_is_reported_and_not_dropped(tmp_path):
    timed = {size: [1e-6, 3e-6, 2e-6] for size in ("simple", "multi", "40")}
    rows = [
        Row("by hand", "in memory", timed, {}),
        Row("by hand", "bytes", timed, {}),
        Row("other", "in memory", {}, {"simple": "differs at message.total"}),
    ]
    path = tmp_path / "page.md"
    said = {"processors": "one processor", "rounds": "3", "seconds": "1"}
    report.write(path, rows, {"read": 1.0, "compile": 2.0}, {1000: 1.0}, said)
    text = path.read_text(encoding="utf-8")
    assert "other · in memory · 1 line: differs at message.total" in text
    assert "**1.00** · 2.0 (1.0–3.0)" in text
