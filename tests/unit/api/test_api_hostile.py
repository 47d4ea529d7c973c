"""No input gives a 5xx: https://hl7.org/fhir/R4/http.html#Status-Codes"""

import copy
import random

import pytest
from api_sheets import FHIR, claim, codes, patient

from hub.formats import exact_json

TEXT = exact_json.dumps(patient())

UNREADABLE = {
    "empty": b"",
    "spaces": b"  ",
    "nan": TEXT.replace(b'"1986"', b"NaN"),
    "infinity": TEXT.replace(b'"1986"', b"-Infinity"),
    "lone surrogate": TEXT.replace(b'"1986"', b'"\\ud800"'),
    "raw surrogate": TEXT.replace(b"1986", b"\xed\xa0\x80"),
    "nul": TEXT.replace(b"1986", b"\\u0000"),
    "latin-1": TEXT.replace(b"1986", "é".encode("latin-1")),
    "utf-16": TEXT.decode().encode("utf-16"),
    "bom": b"\xef\xbb\xbf" + TEXT,
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 65 + b"1" + b"}" * 65,
    "same key twice": TEXT.replace(b'"gender"', b'"birthDate"'),
    "long number": TEXT.replace(b'"1986"', b"1" * 10_000),
    "huge exponent": TEXT.replace(b'"1986"', b"1e999999999"),
    "cut": TEXT[:-1],
    "list": b"[]",
    "text": b'"Patient"',
    "null": b"null",
    "no type": b"{}",
    "type is a number": b'{"resourceType":5}',
    "type is a list": b'{"resourceType":["Patient"]}',
    "xml": b"<Patient/>",
}

ADDRESSES = (
    "/fhir",
    "/fhir/Patient",
    "/fhir/Claim",
    "/fhir/Claim/$submit",
    "/fhir/CoverageEligibilityRequest/$submit",
)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_body_that_cannot_be_read_is_400(post, address, body):
    answer = post(address, body)
    assert answer.status_code == 400, answer.text
    assert codes(answer)


@pytest.mark.parametrize("kind", ["Nothing", "../Patient", "x" * 5000, "", "é", "__proto__"])
def test_an_unknown_type_in_the_body_is_refused(post, kind):
    for address in ADDRESSES:
        answer = post(address, {"resourceType": kind})
        assert 400 <= answer.status_code < 500
        assert codes(answer)


WRONG = [None, True, 0, -1, "", "x", "\x7f", [], [None], [[]], {}, {"a": {}}, [{}], "9999-99-99"]


def places(node, path=()):
    """Every place in a tree."""
    children = node.items() if isinstance(node, dict) else enumerate(node)
    for key, child in children:
        yield (*path, key)
        if isinstance(child, dict | list):
            yield from places(child, (*path, key))


def changed(tree, path, value):
    tree = copy.deepcopy(tree)
    node = tree
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return tree


@pytest.mark.parametrize("address", ["/fhir/Claim", "/fhir/Claim/$submit", "/fhir"])
def test_a_wrong_type_anywhere_is_never_a_5xx(post, address):
    dice = random.Random(7)
    sheet = claim(billablePeriod={"start": "2026-10-05", "end": "2026-10-06"})
    whole = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"resource": sheet, "request": {"method": "POST", "url": "Claim", "ifNoneExist": "a=b"}}
        ],
    }
    tree = whole if address == "/fhir" else sheet
    for path in places(tree):
        answer = post(address, changed(tree, path, dice.choice(WRONG)))
        assert answer.status_code < 500, (path, answer.text)


@pytest.mark.parametrize(
    "path",
    [
        "/fhir/Patient?identifier=%",
        "/fhir/Patient?%00=1",
        "/fhir/Patient?identifier=%C0%80",
        "/fhir/Patient?_id=" + "x" * 5000,
        "/fhir/Patient?identifier=" + "%7C" * 200,
        "/fhir/Patient?identifier=%5C",
        "/fhir/Claim?patient=%5C%2C,%25",
        "/fhir/Claim?patient.identifier=%7C",
        "/fhir/Claim?patient.name=x",
        "/fhir/Claim?patient.identifier.x=x",
        "/fhir/Claim?patient:Claim=1",
        "/fhir/Claim?:=1",
        "/fhir/Claim?.=1",
        "/fhir/Claim?=1",
        "/fhir/Claim?created=9999-12-31T23:59:60.999999999%2B14:00",
        "/fhir/Claim?created=0000",
        "/fhir/Claim?created=ge0001-01-01T00:00:00%2B14:00",
        "/fhir/Claim?_cursor=" + "OTk5" * 10,
        "/fhir//",
        "/fhir/Patient/%2e%2e",
        "/fhir/Patient/_search",
    ],
)
def test_a_hostile_address_is_never_a_5xx(client, path):
    answer = client.get(path)
    assert answer.status_code < 500
    assert "OperationOutcome" in answer.text or answer.json()["resourceType"] == "Bundle"


@pytest.mark.parametrize(
    "headers",
    [
        {"prefer": "wait=99999999999999999999999, return=;;=,"},
        {"accept": ";;;,,,q=="},
        {"accept-language": "q=;,*;q=x,é"},
        {"content-type": "application/json; charset"},
        {"if-none-exist": "%"},
        {"if-none-exist": "identifier"},
        {"if-none-exist": "created=yesterday"},
        {"idempotency-key": "\xff"},
    ],
)
def test_a_hostile_header_is_never_a_5xx(client, headers):
    sent = {name: value.encode("latin-1") for name, value in {**FHIR, **headers}.items()}
    answer = client.post("/fhir/Claim/$submit", content=TEXT, headers=sent)
    assert 400 <= answer.status_code < 500
    created = client.post("/fhir/Patient", content=TEXT, headers=sent)
    assert created.status_code < 500, created.text
