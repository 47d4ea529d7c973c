"""The official material: https://github.com/FHIR/fhir-test-cases and the mapping language guide."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from hub.mapping.library import Library
from hub.mapping.parse import parse

FOLDER = Path(__file__).parents[2] / "data" / "fml"
MANIFEST = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
PARSES = [case["map"] for case in MANIFEST["parse_only"]]
CASES = MANIFEST["cases"]


def read(name):
    return json.loads((FOLDER / name).read_text(encoding="utf-8-sig"), parse_float=Decimal)


def structure(node):
    """An XML element as it is compared: names, attributes, text, children in order."""
    children = [(structure(c), (c.tail or "").strip()) for c in node if isinstance(c.tag, str)]
    return node.tag, dict(node.attrib), (node.text or "").strip(), children


def test_the_manifest_is_complete():
    assert (len(PARSES), len(CASES)) == (86, 20)


@pytest.mark.parametrize("name", PARSES)
def test_every_official_map_parses_into_groups_with_rules(name):
    resource = parse((FOLDER / name).read_text(encoding="utf-8-sig"), name).resource
    assert resource["url"].startswith("http")
    assert all(rule["source"] for group in resource["group"] for rule in group["rule"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_an_official_transformation_gives_the_expected_document(case):
    library = Library([FOLDER / name for name in (case["map"], *case["models"])])
    source = library.read((FOLDER / case["input"]).read_bytes())
    outcome = library.run(library.maps()[0], source)
    if case["compare"] == "json":
        assert outcome.tree == read(case["expected"])
        return
    written = etree.fromstring(library.write_xml(outcome.tree, outcome.made))
    expected = etree.fromstring((FOLDER / case["expected"]).read_bytes())
    assert structure(written) == structure(expected)
