"""No request gives a 5xx, is answered late, stores anything or shows what is another's.

https://hl7.org/fhir/R4/http.html#Status-Codes, https://hl7.org/fhir/R4/security.html
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hostile_world import SECRET, World, patient
from json_bodies import BUNDLES, CLAIMS, TEXTS
from requests_table import ADDRESSES, HEADERS, METHODS, TWICE

from adapters.inps import signature
from adapters.loopback import failures
from adapters.loopback.adapter import SIGNATURE
from hub.formats import exact_json

GOOD = exact_json.dumps(patient())


@pytest.fixture
def unchanged(world: World):
    """Whatever happens in between stores nothing."""
    before = world.stored()
    yield world
    assert world.stored() == before


def refused(answer: Any, *also: int) -> None:
    assert 400 <= answer.status_code < 500 or answer.status_code in also, answer.text[:300]
    assert "Traceback" not in answer.text
    if answer.content and "json" in answer.headers["content-type"]:
        outcome = answer.json()
        assert outcome["resourceType"] == "OperationOutcome"
        assert all(issue["severity"] in ("error", "fatal") for issue in outcome["issue"])
        assert len(answer.content) < 200_000


def nothing_of(answer: Any, world: World) -> None:
    """An answer that is not refused is an empty Bundle, and neither names what is b's."""
    if answer.status_code == 200:
        assert answer.json()["resourceType"] == "Bundle"
        assert not answer.json().get("entry")
    elif answer.status_code == 303:
        assert answer.headers["location"].startswith("/console/")
    else:
        refused(answer)
    assert "Doumbia" not in answer.text
    assert "F-B" not in answer.text


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_is_read_as_a_resource(unchanged, name):
    for path in ("/fhir/Patient", "/fhir", "/fhir/Claim/$submit"):
        refused(unchanged.call("POST", path, TEXTS[name]))


@pytest.mark.parametrize("name", CLAIMS)
def test_no_claim_of_this_kind_is_taken(unchanged, name):
    for path in ("/fhir/Claim", "/fhir/Claim/$submit"):
        refused(unchanged.call("POST", path, CLAIMS[name]))


#: As a batch, each entry stands for itself: what is good of these would rightly be stored.
PARTLY_GOOD = {"one bad among good", "one of another provider", "full url twice"}


@pytest.mark.parametrize("name", BUNDLES)
def test_no_bundle_of_this_kind_changes_anything(unchanged, name):
    raw = BUNDLES[name].replace(b"THEIRS", unchanged.theirs["Patient"].encode())
    refused(unchanged.call("POST", "/fhir", raw))
    if name in PARTLY_GOOD:
        return
    as_batch = unchanged.call("POST", "/fhir", raw.replace(b'"transaction"', b'"batch"'))
    if as_batch.status_code == 200:
        told = [entry["response"]["status"] for entry in as_batch.json()["entry"]]
        assert told
        assert all(status.startswith("4") for status in told)
    else:
        refused(as_batch)


@pytest.mark.parametrize("path", ADDRESSES)
def test_no_address_leads_to_what_is_anothers(unchanged, path):
    for id in unchanged.theirs.values():
        nothing_of(unchanged.call("GET", path.replace("THEIRS", id)), unchanged)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", ["/fhir/Patient/THEIRS", "/fhir/Claim", "/fhir", "/auth/token"])
def test_no_other_method_is_served(unchanged, method, path):
    content = GOOD if method in ("PUT", "PATCH") else None
    answer = unchanged.call(method, path.replace("THEIRS", unchanged.theirs["Patient"]), content)
    refused(answer, 200 if method == "HEAD" and path == "/fhir/Claim" else 405)
    assert "Doumbia" not in answer.text


@pytest.mark.parametrize("name", HEADERS)
def test_no_header_opens_the_door(unchanged, name):
    refused(unchanged.call("POST", "/fhir/Patient", GOOD, **HEADERS[name]))


@pytest.mark.parametrize("name", TWICE)
def test_what_must_be_said_once_is_not_taken_twice(unchanged, name):
    pairs = [("authorization", f"Bearer {unchanged.token}")]
    pairs += [("content-type", "application/fhir+json"), ("host", "a")]
    pairs += [(name, "1")] * 2
    refused(unchanged.raw("POST", "/fhir/Patient", GOOD, pairs))


@pytest.mark.parametrize("count", [101, 5_000])
def test_no_thousands_of_headers(unchanged, count):
    pairs = [("authorization", f"Bearer {unchanged.token}")]
    answer = unchanged.raw("GET", "/fhir/Patient", None, pairs + [("x", "1")] * count)
    assert answer.status_code == 431


def test_no_body_over_the_limit_however_it_comes(unchanged):
    big = GOOD[:-1] + b" " * 400_000 + b"}"

    async def pieces():
        for at in range(0, len(big), 10_000):
            yield big[at : at + 10_000]

    pairs = [("authorization", f"Bearer {unchanged.token}")]
    pairs += [("content-type", "application/fhir+json")]
    for content in (big, pieces()):
        answer = unchanged.raw("POST", "/fhir/Patient", content, pairs)
        assert answer.status_code == 413
        refused(answer)


@pytest.mark.parametrize(
    "length", [b"\xb2", b"-1", b"1e9", b"+5", b"0x10", b"9" * 30, b" ", b"\xb9\xb2"]
)
def test_no_length_that_is_no_number_is_a_5xx(world, length):
    pairs = [("authorization", f"Bearer {world.token}"), ("content-length", length)]
    pairs += [("content-type", "application/fhir+json")]
    answer = world.raw("POST", "/fhir/Patient", b"{", pairs)
    refused(answer)


NEWS = b'{"kind":"answer","operation":"claim","reference":"nobody"}'


def _signed(at: datetime, secret: Any = SECRET, body: bytes = NEWS) -> dict[str, str]:
    return signature.sign(secret, body, at)


def _now() -> datetime:
    return datetime.now(UTC)


CALLS: dict[str, Any] = {
    "unsigned": lambda: ("inps", {}),
    "signed with nothing": lambda: ("inps", _signed(_now()) | {signature.SIGNATURE: ""}),
    "signed with zeros": lambda: ("inps", _signed(_now()) | {signature.SIGNATURE: "0" * 64}),
    "signed in capitals": lambda: (
        "inps",
        {k: v.upper() for k, v in _signed(_now()).items()},
    ),
    "signed by another": lambda: ("inps", _signed(_now(), type(SECRET)("autre"))),
    "signed by nobody": lambda: ("inps", _signed(_now(), type(SECRET)(""))),
    "other bytes signed": lambda: ("inps", _signed(_now(), body=b"{}")),
    "signed long ago": lambda: ("inps", _signed(_now() - timedelta(hours=1))),
    "signed tomorrow": lambda: ("inps", _signed(_now() + timedelta(days=1))),
    "time moved": lambda: (
        "inps",
        _signed(_now() - timedelta(hours=1)) | {signature.MOMENT: f"{_now():%Y-%m-%dT%H:%M:%SZ}"},
    ),
    "time is noise": lambda: ("inps", _signed(_now()) | {signature.MOMENT: "hier"}),
    "time is a bomb": lambda: ("inps", _signed(_now()) | {signature.MOMENT: "9" * 9000}),
    "no time": lambda: ("inps", {signature.SIGNATURE: _signed(_now())[signature.SIGNATURE]}),
    "name of a file": lambda: ("inps", {"name": "retour.xml"}),
    "applied before": lambda: ("inps", {"via": "inbox"}),
    "signature of another partner": lambda: (
        "inps",
        {SIGNATURE: failures.sign(b"loopback", NEWS)},
    ),
    "to the other partner": lambda: ("loopback", _signed(_now())),
    "to a partner that never calls": lambda: ("cmss", _signed(_now())),
    "to a partner that never calls, named": lambda: ("canam", {"name": "x.xml"}),
    "to nobody": lambda: ("nobody", _signed(_now())),
    "to a folder": lambda: ("..%2f..%2ffhir", _signed(_now())),
    "to a class": lambda: ("__class__", {}),
    "digest of the bytes": lambda: (
        "inps",
        _signed(_now()) | {signature.SIGNATURE: hashlib.sha256(NEWS).hexdigest()},
    ),
    "signature is noise": lambda: ("inps", _signed(_now()) | {signature.SIGNATURE: "é" * 64}),
    "signature is long": lambda: ("inps", _signed(_now()) | {signature.SIGNATURE: "a" * 20_000}),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("body", [NEWS, b"", b"\x00", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_no_call_that_the_partner_did_not_sign_is_kept(unchanged, name, body):
    partner, headers = CALLS[name]()
    answer = unchanged.raw("POST", f"/partners/{partner}", body, list(headers.items()))
    refused(answer)
    assert unchanged.hub.store.quarantined() == []


def test_the_tables_are_as_long_as_promised():
    tables = (TEXTS, CLAIMS, BUNDLES, ADDRESSES, HEADERS, METHODS, TWICE, CALLS)
    assert sum(len(table) for table in tables) >= 330
