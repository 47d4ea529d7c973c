"""The evidence of a translation: JSON, tables and a page a person can keep."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

import mappings
from hub.formats import exact_json
from hub.mapping.tools import MapTools

ROOT = Path(mappings.__file__).parent
MAP = "https://benkan.example/fhir/StructureMap/cmss-claim"
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def tools():
    return MapTools([ROOT], ROOT, clock=lambda: NOW)


@pytest.fixture(scope="module")
def sheet():
    return (ROOT / "cmss/examples/claim/pharmacie.in.json").read_bytes()


def test_the_evidence_names_map_tables_and_source_by_their_content(tools, sheet):
    found = tools.explain(MAP, "pharmacie.in.json", sheet)
    assert found.map == MAP + "|0.1.0"
    assert found.source.sha256 == hashlib.sha256(sheet).hexdigest()
    file = ROOT / "cmss/claim.fml"
    assert [m.sha256 for m in found.maps] == [hashlib.sha256(file.read_bytes()).hexdigest()]
    named = {table.name.rpartition("/")[2] for table in found.tables}
    used = {r.concept_map.rpartition("/")[2] for s in found.traced.steps for r in s.rows}
    assert {name.partition("|")[0] for name in named} == used
    assert "cmss-medicament|0.1.0" in named


def test_amounts_keep_their_digits_in_the_json(tools):
    sheet = (ROOT / "cmss/examples/claim/hl7-100156.in.json").read_bytes()
    tree = tools.as_tree(tools.explain(MAP, "x", sheet))
    told = exact_json.loads(exact_json.dumps(tree))
    values = {step["path"]: step["value"] for step in told["targets"]}
    assert values["CmssFeuille.montantTotal"] == Decimal("2255.00")
    assert str(values["CmssFeuille.montantTotal"]) == "2255.00"
    assert told["at"] == "2026-11-22T08:30:00+00:00"


class Tags(HTMLParser):
    """The tags of a page and whatever they load."""

    def __init__(self):
        super().__init__()
        self.tags, self.loaded = set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.loaded += [(k, v) for k, v in attrs if k in ("src", "href") or k.startswith("on")]


def test_the_page_loads_nothing_and_runs_nothing_whatever_the_source_says(tools, sheet):
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>&\"'"
    body = sheet.replace("Koné".encode(), hostile.replace('"', '\\"').encode())
    page = tools.page(tools.explain(MAP, "<b>.json", body))
    tags = Tags()
    tags.feed(page)
    assert tags.tags <= {
        *("html", "head", "meta", "title", "style", "body", "h1", "h2", "p"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    }
    assert tags.loaded == []
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;b&gt;.json" in page
    assert page.count("2026-11-22 08:30:00") == 1
    assert len(re.findall(r"<td>[0-9a-f]{64}</td>", page)) >= 3


def test_the_tables_name_rule_line_and_row_and_cut_long_values(tools, sheet):
    found = tools.explain(MAP, "x", sheet)
    rows = {row[0]: row for row in tools.target_rows(found.traced, 2, 20)}
    assert rows["ligne[0].libelle"][1] == "Quinine 300 mg comp…"
    assert rows["ligne[0].code"][3].startswith("Ligne/medicament\nclaim.fml:")
    assert "table cmss-medicament: quinine-300-cp → 3402055" in rows["ligne[0].code"][2]
    assert rows["devise"][2].splitlines()[-1] == "… et 3 autre(s) / and 3 more"
    uses = {row[0]: row[2] for row in tools.source_rows(found.traced, 2, 20)}
    assert uses["claim.use"] == "non utilisé / unused"
    assert uses["claim.type.coding[0].code"] == "lu / read"
