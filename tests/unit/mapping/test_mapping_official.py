"""The official material: https://github.com/FHIR/fhir-test-cases and the mapping language guide."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from hub.mapping.library import Library
from hub.mapping.parse import parse

FOLDER = Path(__file__).parents[2] / "data" / "fml"
MANIFEST = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
PARSES = [case["map"] for case in MANIFEST["parse_only"]]
JSON_CASES = [case for case in MANIFEST["cases"] if case["compare"] == "json"]


def read(name):
    return json.loads((FOLDER / name).read_text(encoding="utf-8-sig"), parse_float=Decimal)


def test_the_manifest_is_complete():
    assert (len(PARSES), len(JSON_CASES)) == (86, 12)


@pytest.mark.parametrize("name", PARSES)
def test_every_official_map_parses_into_groups_with_rules(name):
    resource = parse((FOLDER / name).read_text(encoding="utf-8-sig"), name).resource
    assert resource["url"].startswith("http")
    assert all(rule["source"] for group in resource["group"] for rule in group["rule"])


@pytest.mark.parametrize("case", JSON_CASES, ids=lambda case: case["id"])
def test_an_official_transformation_gives_the_expected_resource(case):
    library = Library([FOLDER / case["map"]])
    assert library.map(library.maps()[0], read(case["input"])) == read(case["expected"])
