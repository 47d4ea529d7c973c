"""JSON and XML through one tree: https://hl7.org/fhir/R4/xml.html, and CDA's own forms."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from hub.errors import Refused, Unreadable
from hub.mapping.library import Library

EXAMPLES = sorted((Path(__file__).parents[2] / "data" / "r4-examples").glob("*.json"))
CORE = "http://hl7.org/fhir/StructureDefinition/"
OWN = "http://example.org/StructureDefinition/"
TOOLS = "http://hl7.org/fhir/tools/StructureDefinition/"


def element(path, kind=None, most="1", form=None, extension=None):
    made = {"path": path, "min": 0, "max": most}
    made |= {"type": [{"code": kind}]} if kind else {}
    made |= {"representation": [form]} if form else {}
    return made | ({"extension": extension} if extension else {})


def model(name, elements, base=CORE + "Base"):
    """A logical model as CDA's are given: a differential over a base, in a namespace."""
    return {
        "resourceType": "StructureDefinition",
        "url": OWN + name,
        "name": name.replace("-", "_"),
        "kind": "logical",
        "type": OWN + name,
        "baseDefinition": base,
        "derivation": "specialization",
        "abstract": False,
        "extension": [{"url": TOOLS + "xml-namespace", "valueUri": "urn:own"}],
        "differential": {"element": [{"path": name}, *elements]},
    }


MOMENT = [{"url": TOOLS + "elementdefinition-date-format", "valueString": "YYYYMMDDHHMMSS"}]
FOREIGN = [
    {"url": TOOLS + "xml-namespace", "valueUri": "urn:other"},
    {"url": TOOLS + "xml-name", "valueString": "mark"},
]
GROUP = [{"url": TOOLS + "xml-choice-group", "valueBoolean": True}]
MODELS = {
    "any.json": model("ANY", [element("ANY.nullFlavor", "code", form="xmlAttr")]),
    "st.json": model("ST", [element("ST.xmlText", "string", form="xmlText")], OWN + "ANY"),
    "pq.json": model(
        "PQ",
        [
            element("PQ.value", "decimal", form="xmlAttr"),
            element("PQ.unit", "code", form="xmlAttr"),
        ],
        OWN + "ANY",
    ),
    "ts.json": model(
        "TS", [element("TS.value", "dateTime", form="xmlAttr", extension=MOMENT)], OWN + "ANY"
    ),
    "pn.json": model(
        "PN",
        [
            element("PN.use", "code", form="xmlAttr"),
            element("PN.item", "Element", "*", extension=GROUP),
            element("PN.item.given", OWN + "ST"),
            element("PN.item.family", OWN + "ST"),
        ],
    ),
    "doc.json": model(
        "Doc",
        [
            element("Doc.title", OWN + "ST"),
            element("Doc.time", OWN + "TS"),
            element("Doc.text", "xhtml", form="cdaText"),
            element("Doc.value", OWN + "ANY", "*", form="typeAttr"),
            element("Doc.name", OWN + "PN"),
            element("Doc.part"),
            element("Doc.part.flag", "boolean"),
            element("Doc.part.otherMark", "string", extension=FOREIGN),
        ],
    ),
}
DOCUMENT = b"""<?xml version="1.0"?>
<!-- a comment -->
<Doc xmlns="urn:own" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:o="urn:other">
  <title nullFlavor="NI">Caf\xc3\xa9 &amp; th\xc3\xa9</title>
  <time value="20130202201303-0500"/>
  <text>un <paragraph styleCode="Bold">deux</paragraph></text>
  <value xsi:type="PQ" value="1.50" unit="mg"/>
  <value xsi:type="ST">texte</value>
  <name use="L"><given>Awa</given><family>Keita</family><given>A.</given></name>
  <part><flag value="true"/><o:mark value="x"/></part>
</Doc>"""
TREE = {
    "title": {"nullFlavor": "NI", "xmlText": "Café & thé"},
    "time": {"value": "2013-02-02T20:13:03-05:00"},
    "text": '<div xmlns="http://www.w3.org/1999/xhtml">un <p class="Bold">deux</p></div>',
    "value": [
        {"resourceType": "PQ", "value": Decimal("1.50"), "unit": "mg"},
        {"resourceType": "ST", "xmlText": "texte"},
    ],
    "name": {
        "use": "L",
        "item": [
            {"given": {"xmlText": "Awa"}},
            {"family": {"xmlText": "Keita"}},
            {"given": {"xmlText": "A."}},
        ],
    },
    "part": {"flag": True, "otherMark": "x"},
}
MAP = f"""map "http://example.org/StructureMap/doc" = "doc"
uses "{OWN}Doc" alias Doc as source
uses "{OWN}PQ" alias PQ as source
uses "{OWN}ST" alias ST as source
uses "{CORE}Observation" alias Observation as target
uses "{CORE}Quantity" alias Quantity as target
uses "{CORE}string" alias string as target
group main(source doc : Doc, target obs : Observation) {{
  doc.title as t -> obs.note as n, n.text = t;
  doc.time as t -> obs.effective = create('dateTime') as e, e.value = t;
  doc.value : PQ -> obs.value;
  doc.value : ST as v -> obs.method as m, m.text = v;
}}
group quantity(source s : PQ, target t : Quantity) <<type+>> {{ s.value -> t.value; }}
group text(source s : ST, target t : string) <<type+>> {{ s.xmlText as x -> t.value = x; }}
"""


def structure(node):
    children = [(structure(c), (c.tail or "").strip()) for c in node]
    return node.tag, dict(node.attrib), (node.text or "").strip(), children


def test_the_official_examples_are_there():
    assert len(EXAMPLES) > 100


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_official_example_is_the_same_after_xml(path):
    library = Library([])
    resource = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    assert library.read(library.write_xml(resource, None)) == resource


def test_what_primitives_carry_beside_their_value_survives_xml():
    library = Library([])
    patient = {
        "resourceType": "Patient",
        "birthDate": "1990",
        "_birthDate": {"id": "b", "extension": [{"url": "urn:e", "valueCode": "x"}]},
        "name": [{"given": ["Awa", None], "_given": [None, {"id": "g"}]}],
        "contained": [{"resourceType": "Organization", "id": "o", "name": "O"}],
    }
    assert library.read(library.write_xml(patient, None)) == patient


def test_elements_are_written_in_the_order_of_the_definition():
    written = Library([]).write_xml(
        {"resourceType": "Patient", "birthDate": "1990", "active": True, "id": "p"}, None
    )
    names = [etree.QName(child).localname for child in etree.fromstring(written)]
    assert names == ["id", "active", "birthDate"]


def test_a_model_document_becomes_the_tree_its_definitions_say(library_of):
    assert library_of(MODELS).read(DOCUMENT) == TREE


def test_a_model_tree_becomes_the_document_again(library_of):
    same = "group main(source s : Doc, target t : Doc) { s as x -> t = x; }"
    head = f'map "u" = u uses "{OWN}Doc" alias Doc as source\n'
    library = library_of({**MODELS, "same.map": head + same})
    outcome = library.run("u", library.read(DOCUMENT))
    written = etree.fromstring(library.write_xml(outcome.tree, outcome.made))
    expected = etree.fromstring(DOCUMENT, etree.XMLParser(remove_comments=True))
    assert structure(written) == structure(expected)


def test_default_groups_and_type_filters_follow_the_types_in_the_document(library_of):
    library = library_of({**MODELS, "doc.map": MAP})
    outcome = library.run("http://example.org/StructureMap/doc", library.read(DOCUMENT))
    assert outcome.tree == {
        "resourceType": "Observation",
        "effectiveDateTime": "2013-02-02T20:13:03-05:00",
        "valueQuantity": {"value": Decimal("1.50")},
        "note": [{"text": "Café & thé"}],
        "method": {"text": "texte"},
    }


def test_models_maps_and_tables_may_be_xml(library_of):
    library = Library([])
    files = {
        name.replace("json", "xml"): library.write_xml(content, None).decode()
        for name, content in MODELS.items()
    }
    assert library_of(files).read(DOCUMENT) == TREE


def test_a_document_of_unknown_type_is_read_as_it_stands():
    tree = Library([]).read(
        b'<Foo xmlns="urn:x" a="1"><b value="2"/><b value="3"/><c><d/></c></Foo>'
    )
    assert tree == {"resourceType": "Foo", "a": "1", "b": ["2", "3"], "c": {"d": {}}}


@pytest.mark.parametrize(
    "body", [b"<a>", b"<a/><b/>", b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', b"<a" * 3]
)
def test_what_is_no_plain_document_is_refused(body):
    with pytest.raises(Unreadable):
        Library([]).read(body)


def test_markup_that_is_not_well_formed_is_refused_when_written():
    resource = {"resourceType": "Patient", "text": {"status": "empty", "div": "<div><p></div>"}}
    with pytest.raises(Refused):
        Library([]).write_xml(resource, None)


def test_a_created_value_says_by_xsi_type_what_it_is(library_of):
    text = f"""map "http://example.org/StructureMap/back" = "back"
uses "{CORE}Observation" alias Observation as source
uses "{OWN}Doc" alias Doc as target
uses "{OWN}PQ" alias PQ as target
uses "{OWN}ST" alias ST as target
group main(source obs : Observation, target doc : Doc) {{
  obs.value : Quantity as v ->
    doc.value = create('PQ') as q, q.unit = (v.unit), q.value = (v.value);
  obs.status as s -> doc.value = create('ST') as t, t.xmlText = s;
  obs.note as n -> doc.part as p, p.otherMark = n.text, doc.title as t, t.nullFlavor = 'NI';
}}
"""
    library = library_of({**{n: json.dumps(m) for n, m in MODELS.items()}, "back.map": text})
    source = {
        "resourceType": "Observation",
        "status": "final",
        "valueQuantity": {"value": Decimal("1.50"), "unit": "mg"},
        "note": [{"text": "x"}],
    }
    outcome = library.run("http://example.org/StructureMap/back", source)
    written = library.write_xml(outcome.tree, outcome.made)
    expected = b"""<Doc xmlns="urn:own" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
      <title nullFlavor="NI"/>
      <value xsi:type="PQ" value="1.50" unit="mg"/><value xsi:type="ST">final</value>
      <part><o:mark xmlns:o="urn:other" value="x"/></part></Doc>"""
    assert structure(etree.fromstring(written)) == structure(etree.fromstring(expected))
    assert library.read(written) == outcome.tree
