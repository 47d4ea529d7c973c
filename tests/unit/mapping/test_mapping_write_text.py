"""Resource to text and back: https://build.fhir.org/ig/HL7/mapping-language-ig/."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from hub.mapping.parse import parse
from hub.mapping.structure_map import normal
from hub.mapping.write_text import write

FOLDER = Path(__file__).parents[2] / "data" / "fml"
MAPS = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))["parse_only"]
ODD = r"""
/// url = 'u'
/// name = "it's a \"name\""
/// jurisdiction.coding.code = 'ML'
/// experimental = true
conceptmap "#c" {
  prefix s = "urn:s"
  prefix t = "urn:t"
  unmapped for s = provided
  s:"a b" == t:x
  s:"a b" >= t:y
}
uses "urn:a" alias A as queried
imports "urn:*"
let k = 'a' & 'b';
group g(source `a b` : "http://x", target t) extends h <<type+>> {
  for a.`x.y` : Q 1..* default (1 + 1) first as v
    where (b.c > 1) check v.x log ('m') -> t.z.w = 1.50 as q share "s";
  a.b as c, c.d as e -> t.f = create(), cp('x') as z, (a & 'q') as r first,
    t.g = @2020-01-01T10:00:00Z;
  a -> t.x = evaluate(a, b as c) then g(a, t), h(a, 'lit', 3) { a.q -> t.q; } "named";
  a -> t : one, two "batch";
  a then { a then { a -> t = -3; }; } inner;
}
"""


def same(resource):
    text = write(resource)
    again = parse(text).resource
    assert again == resource
    assert write(again) == text


@pytest.mark.parametrize("case", MAPS, ids=lambda case: case["map"])
def test_an_official_map_survives_the_round_trip(case):
    same(parse((FOLDER / case["map"]).read_text(encoding="utf-8-sig")).resource)


def test_everything_the_language_can_say_survives_the_round_trip():
    resource = parse(ODD).resource
    assert resource["contained"][0]["group"][0]["unmapped"] == {"mode": "use-source-code"}
    assert resource["group"][0]["rule"][0]["target"][0]["parameter"] == [
        {"valueDecimal": Decimal("1.50")}
    ]
    same(resource)


@pytest.mark.parametrize("name", ["r5/qr2cda-eval.json", "r4b/qr2cda-eval.json"])
def test_a_published_json_map_survives_the_round_trip(name):
    text = (FOLDER / "fhir-test-cases" / name).read_text(encoding="utf-8-sig")
    resource = {**normal(json.loads(text)), "status": "draft"}
    assert parse(write(resource)).resource == resource
