"""Documents of maps: files of records by their layout, XML by the version its map names."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from hub.errors import Invalid, Unreadable
from hub.formats import exact_json
from hub.formats.records_model import FIELD, FILE, TYPE
from hub.mapping.library import Library
from hub.mapping.transform_file import Wanted, transform

ROWS = "https://benkan.example/fhir/StructureDefinition/rows"
MAP = f"""/// url = 'http://example.org/StructureMap/m'
/// name = 'm'
uses "{ROWS}" alias Rows as source
uses "{ROWS}" alias Made as target
group m(source src : Rows, target tgt : Made) {{
  src.row as r -> tgt.row as t then {{
    r.act as a -> t.act = append('X', a) 'a';
    r.amount -> t.amount;
  }} 'row';
}}
"""


def _complex(url: str, **parts: Any) -> dict[str, Any]:
    kinds = {int: "valueInteger", str: "valueString", bool: "valueBoolean"}
    inner = [{"url": name, kinds[type(value)]: value} for name, value in parts.items()]
    return {"url": url, "extension": inner}


def _layout(**file: Any) -> dict[str, Any]:
    if file["form"] == "fixed":
        act = _complex(FIELD, position=1, length=4)
        amount = _complex(FIELD, position=5, length=6, decimals=2)
    else:
        act, amount = _complex(FIELD, column="act"), _complex(FIELD, column="amount")
    elements: list[dict[str, Any]] = [
        {"path": "Rows", "min": 1, "max": "1"},
        {"path": "Rows.row", "min": 0, "max": "*"},
        {"path": "Rows.row.act", "min": 1, "max": "1", "type": [{"code": "string"}]},
        {"path": "Rows.row.amount", "min": 1, "max": "1", "type": [{"code": "decimal"}]},
    ]
    elements[1]["extension"] = [{"url": TYPE, "valueString": "*"}]
    elements[2]["extension"], elements[3]["extension"] = [act], [amount]
    return {
        "resourceType": "StructureDefinition",
        "url": ROWS,
        "name": "Rows",
        "type": ROWS,
        "kind": "logical",
        "extension": [_complex(FILE, **file)],
        "snapshot": {"element": elements},
    }


@pytest.fixture
def convert(tmp_path):
    """Sends bytes through the map with a layout."""

    def run(body: bytes, to: str, **file: Any) -> bytes:
        (tmp_path / "m.fml").write_text(MAP, encoding="utf-8")
        (tmp_path / "rows.json").write_text(json.dumps(_layout(**file)), encoding="utf-8")
        library = Library([tmp_path])
        return transform(library, Wanted(str(tmp_path / "m.fml"), to), body).body

    return run


def test_a_fixed_file_is_read_and_written_by_its_layout(convert):
    body = b"ab  001250\ncd  000100\n"
    file = {"form": "fixed", "end": "LF", "length": 10}
    assert convert(body, "bytes", **file) == b"Xab 001250\nXcd 000100\n"
    made = exact_json.loads(convert(body, "json", **file))
    assert made["row"][0] == {"act": "Xab", "amount": Decimal("12.50")}


def test_a_csv_is_read_and_written_by_its_layout(convert):
    body = b"act;amount\r\nab;12.50\r\n"
    made = convert(body, "bytes", form="delimited", header="exact")
    assert made == b"act;amount\r\nXab;12.50\r\n"


def test_json_stays_json_where_the_model_is_a_layout(convert):
    body = b'{"row": [{"act": "a", "amount": 1.00}]}'
    assert exact_json.loads(convert(body, "json", form="fixed"))["row"][0]["act"] == "Xa"


def test_a_wrong_record_is_refused_with_its_line(convert):
    with pytest.raises(Unreadable) as refused:
        convert(b"ab  00x250\n", "json", form="fixed", end="LF", length=10)
    assert "1" in refused.value.issues[0].path or "1" in refused.value.issues[0].en


def test_a_layout_that_contradicts_itself_is_refused(convert):
    with pytest.raises(Invalid, match="contradicts itself"):
        convert(b"ab  001250\n", "json", form="fixed", end="none")


def test_xml_is_read_as_the_version_the_map_names(tmp_path):
    (tmp_path / "m.map").write_text(
        'map "http://example.org/m" = "m"\n'
        'uses "http://hl7.org/fhir/3.0/StructureDefinition/Claim" alias ClaimR3 as source\n'
        'uses "http://hl7.org/fhir/StructureDefinition/Claim" alias Claim as target\n'
        "group m(source src : ClaimR3, target tgt : Claim) {\n"
        "  src.information as i -> tgt.supportingInfo as t then {\n"
        "    i.value : string as v -> t.value = v 'v';\n"
        "  } 'i';\n}\n",
        encoding="utf-8",
    )
    body = (
        b'<Claim xmlns="http://hl7.org/fhir"><information>'
        b'<sequence value="1"/><valueString value="x"/></information></Claim>'
    )
    made = transform(Library([tmp_path]), Wanted(str(tmp_path / "m.map"), "json"), body).body
    assert exact_json.loads(made)["supportingInfo"] == [{"valueString": "x"}]
