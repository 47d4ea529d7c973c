"""Idempotency-Key: draft-ietf-httpapi-idempotency-key-header-07 §2"""

import hashlib

from api_sheets import claim, codes, patient


def test_the_same_key_gives_the_same_bytes_and_does_nothing_twice(post, client):
    first = post("/fhir/Patient", patient(), idempotency_key="k-1")
    second = post("/fhir/Patient", patient(), idempotency_key="k-1")
    assert (second.status_code, second.content) == (201, first.content)
    for name in ("location", "etag", "last-modified", "content-type"):
        assert second.headers[name] == first.headers[name]
    assert client.get("/fhir/Patient?_count=0").json()["total"] == 1


def test_a_submission_is_remembered_with_its_answer(post):
    first = post("/fhir/Claim/$submit", claim(), idempotency_key="k-2", prefer="respond-async")
    again = post("/fhir/Claim/$submit", claim(), idempotency_key="k-2", prefer="respond-async")
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.content == first.content
    assert again.headers["content-location"] == first.headers["content-location"]


def test_another_request_under_the_same_key_is_422(post):
    post("/fhir/Patient", patient(), idempotency_key="k-3")
    other = post("/fhir/Patient", patient("2"), idempotency_key="k-3")
    assert other.status_code == 422
    assert codes(other) == ["duplicate"]


def test_a_request_that_still_runs_is_409(post, hub):
    body = b'{"resourceType":"Patient"}'
    digest = hashlib.sha256(b"POST /fhir/Patient \n" + body).hexdigest()
    assert hub.store.remember("anonymous", "k-4", digest) is None
    assert post("/fhir/Patient", body, idempotency_key="k-4").status_code == 409


def test_a_refused_request_frees_its_key(post):
    assert post("/fhir/Patient", b"{", idempotency_key="k-5").status_code == 400
    assert post("/fhir/Patient", patient(), idempotency_key="k-5").status_code == 201


def test_keys_of_different_clients_do_not_meet(post):
    post("/fhir/Patient", patient(), idempotency_key="k-6", authorization="Bearer a")
    other = post("/fhir/Patient", patient("2"), idempotency_key="k-6", authorization="Bearer b")
    assert other.status_code == 201


def test_a_key_that_is_none_is_400(post):
    for key in ("", '""', "x" * 256):
        assert post("/fhir/Patient", patient(), idempotency_key=key).status_code == 400
