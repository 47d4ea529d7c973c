"""The official FHIRPath tests for FHIR R4, with JSON and XML inputs; docs/fhirpath.md tells them.

https://github.com/FHIR/fhir-test-cases
"""

import json
import re
from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from hub.errors import Invalid
from hub.formats import fhir_xml
from hub.mapping.expression import Expression
from hub.mapping.fhirpath.strings import written
from hub.mapping.schema import Schema

FOLDER = Path(__file__).parents[2] / "data" / "fhirpath"
PAGE = Path(__file__).parents[3] / "docs" / "fhirpath.md"


@cache
def cases():
    return json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))["r4"]


@cache
def json_tree(name):
    text = (FOLDER / name).read_text(encoding="utf-8-sig")
    return json.loads(text, parse_float=Decimal)


@cache
def xml_tree(name):
    return fhir_xml.loads((FOLDER / "r4" / "input" / name).read_bytes(), Schema())


def verdict(case, tree):
    try:
        kind = tree.get("resourceType", "")
        result = Expression(case["expression"], type_name=kind).evaluate(tree)
    except Invalid:
        return bool(case["invalid"])
    if case["predicate"]:
        result = [bool(result) and result[0] is not False]
    wanted = [((o.get("value") or "").lstrip("@"), o["type"]) for o in case["outputs"]]
    if case["invalid"] or len(wanted) != len(result):
        return False
    return all(
        written(item) == text or (kind in ("decimal", "integer") and Decimal(text) == item)
        for item, (text, kind) in zip(result, wanted, strict=True)
    )


@cache
def judged():
    return [
        (case, verdict(case, json_tree(case["input_json"]) if case["input_json"] else {}))
        for case in cases()
    ]


def table():
    total = Counter(case["group"] for case in cases())
    right = Counter(case["group"] for case, ok in judged() if ok)
    rows = [f"| {group} | {right[group]} | {total[group]} |" for group in total]
    last = f"| **all** | **{sum(right.values())}** | **{sum(total.values())}** |"
    return "\n".join(["| group | right | tests |", "|---|---:|---:|", *rows, last])


def test_at_least_97_percent_of_the_suite_is_right():
    right = sum(ok for _, ok in judged())
    assert len(judged()) == 935
    assert right / 935 >= 0.97


def test_the_page_tells_the_figures_of_every_group():
    assert table() in PAGE.read_text(encoding="utf-8"), table()


def test_the_page_gives_the_reason_for_every_test_that_is_not_right():
    listed = re.findall(r"^\| `(r4/[^`]+)` \| \S", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(case["id"] for case, ok in judged() if not ok)


@pytest.mark.parametrize("name", ["patient-example.xml", "observation-example.xml"])
def test_xml_inputs_give_what_json_inputs_give(name):
    using = [(case, ok) for case, ok in judged() if case["inputfile"] == name]
    assert len(using) > 30
    assert [c["id"] for c, ok in using if verdict(c, xml_tree(name)) != ok] == []
