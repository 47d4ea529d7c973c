"""References and narratives."""

from __future__ import annotations

from typing import Any

import pytest
from fhir_samples import CLAIM, PATIENT, changed, findings

from hub.fhir.validate import validate


def patient_of(**reference: object) -> dict[str, Any]:
    return changed(CLAIM, "patient", reference)


@pytest.mark.parametrize(
    "text",
    [
        "Patient/1",
        "Patient/1/_history/2",
        "https://a.example/fhir/Patient/1",
        "http://pas-un-serveur.example/assures/123456",
        "http://a.example/Patient/1/_history/3",
        "urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
        "urn:oid:1.2.3",
    ],
)
def test_references_of_every_form_are_accepted(text: str) -> None:
    assert validate(patient_of(reference=text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "x y z",
        "Patient",
        "Patient/",
        "Patient/a_b",
        "Patient/1 ",
        "Foo/1",
        "patient/1",
        "/Patient/1",
        "Patient?identifier=1",
        "urn:uuid:1",
        "urn:oid:9",
        "#nobody",
        "https://a.example/a b",
        "Organization/1",
        "https://a.example/fhir/Organization/1",
    ],
)
def test_a_bad_reference_or_target_is_refused(text: str) -> None:
    assert [path for path, _ in findings(patient_of(reference=text))] == ["Claim.patient.reference"]


def test_a_reference_may_be_logical_or_only_words() -> None:
    assert validate(patient_of(identifier={"system": "urn:x", "value": "1"})) == []
    assert validate(patient_of(display="Awa Traoré")) == []
    assert findings(patient_of(type="Patient")) == [("Claim.patient.reference", "required")]


@pytest.mark.parametrize("stated", ["Organization", "Foo"])
def test_the_stated_type_agrees_with_the_reference(stated: str) -> None:
    paths = [path for path, _ in findings(patient_of(reference="Patient/1", type=stated))]
    assert paths == ["Claim.patient.type"]


def test_the_stated_type_is_one_of_the_targets() -> None:
    assert findings(patient_of(display="x", type="Group")) == [("Claim.patient.type", "value")]
    assert validate(patient_of(display="x", type="Patient")) == []


def test_a_conditional_reference_is_for_transactions() -> None:
    claim = patient_of(reference="Patient?identifier=urn:x|1")
    entry = {"resource": claim, "request": {"method": "POST", "url": "Claim"}}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    assert validate(bundle) == []
    claim["patient"]["reference"] = "Organization?identifier=urn:x|1"
    assert len(validate(bundle)) == 1


def test_contained_references_are_looked_up_in_their_own_resource() -> None:
    inner = {"resourceType": "Patient", "id": "p", "name": [{"text": "Awa"}]}
    good = changed(patient_of(reference="#p"), "contained", [inner])
    stray = patient_of(reference="#p")
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": good}, {"resource": stray}],
    }
    assert findings(bundle) == [("Bundle.entry[1].resource.patient.reference", "invariant")]


UUID = "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"


def posted(full_url: str, resource: dict[str, Any]) -> dict[str, Any]:
    request = {"method": "POST", "url": resource["resourceType"]}
    return {"fullUrl": full_url, "resource": resource, "request": request}


def test_a_temporary_address_is_known_in_its_transaction() -> None:
    claim = posted("urn:uuid:c757873d-ec9a-4326-a141-556f43239521", patient_of(reference=UUID))
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [claim]}
    assert findings(bundle) == [("Bundle.entry[0].resource.patient.reference", "not-found")]
    bundle["entry"] = [claim, posted(UUID, PATIENT)]
    assert validate(bundle) == []


def test_an_entry_has_one_address() -> None:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": PATIENT}]}
    bundle["entry"][0]["fullUrl"] = "https://a.example/fhir/Patient/awa"
    assert validate(bundle) == []
    for other in ("https://a.example/Patient/fanta", "https://a.example/Person/awa"):
        bundle["entry"][0]["fullUrl"] = other
        assert findings(bundle) == [("Bundle.entry[0].fullUrl", "value")]


def narrated(div: str) -> dict[str, Any]:
    return changed(PATIENT, "text", {"status": "generated", "div": div})


XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


@pytest.mark.parametrize(
    "inner",
    [
        "Awa <b>Traoré</b>",
        '<a href="https://a.example">x</a>',
        '<a name="x">x</a>',
        '<a href="#x">x</a>',
        '<p style="color: red">x</p>',
        '<img src="#photo" alt="x"/>',
        '<img src="data:image/png;base64,AA" alt="x"/>',
        "<table><tr><td colspan='2'>1&#160;&lt;&amp;</td></tr></table><!-- note -->",
    ],
)
def test_simple_formatting_is_accepted(inner: str) -> None:
    assert validate(narrated(f"<div {XHTML}>{inner}</div>")) == []


@pytest.mark.parametrize(
    "div",
    [
        f"<div {XHTML}><script>alert(1)</script></div>",
        f"<div {XHTML}><p onclick='x()'>a</p></div>",
        f"<div {XHTML}><a href='javascript:x()'>a</a></div>",
        f"<div {XHTML}><a href=' JAVA&#10;SCRIPT:x()'>a</a></div>",
        f"<div {XHTML}><a href='data:text/html,x'>a</a></div>",
        f"<div {XHTML}><img src='https://a.example/track.png'/></div>",
        f"<div {XHTML}><img src='data:image/svg+xml;x'/></div>",
        f"<div {XHTML}><p style='background: url(https://a.example)'>a</p></div>",
        f"<div {XHTML}><p style='background: u\\72l(x)'>a</p></div>",
        f"<div {XHTML}><form><input/></form></div>",
        f"<div {XHTML}><iframe src='x'/></div>",
        f"<div {XHTML}><svg xmlns='http://www.w3.org/2000/svg'/></div>",
        f"<div {XHTML}><link rel='stylesheet' href='x'/></div>",
        f"<div {XHTML}>a<br></div>",
        f"<div {XHTML}>a&nbsp;b</div>",
        f"<div {XHTML}>a</div><div {XHTML}>b</div>",
        f"<div {XHTML}>  </div>",
        f"<div {XHTML}/>",
        f"<p {XHTML}>a</p>",
        "<div>a</div>",
        "a",
        "",
        f"<!DOCTYPE x [<!ENTITY a 'b'>]><div {XHTML}>&a;</div>",
        f"<?xml-stylesheet href='x'?><div {XHTML}>a</div>",
    ],
)
def test_active_or_broken_narratives_are_refused(div: str) -> None:
    assert [path for path, _ in findings(narrated(div))] == ["Patient.text.div"]
