"""Tokens bound to a TLS certificate, and what is believed of whom a proxy says is calling."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from api_client import Client
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from test_api_token import CLIENT, form

from hub.access import certificates
from hub.app import create_app
from hub.errors import Misconfigured


def certificate(name: str) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder(called, called, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )


MINE, OTHER = certificate("csref.example"), certificate("autre.example")
PEM = MINE.public_bytes(Encoding.PEM)


def rfc9440(one: x509.Certificate) -> dict[str, str]:
    der = base64.b64encode(one.public_bytes(Encoding.DER)).decode()
    return {"client-cert": f":{der}:"}


NGINX = {"client-cert": quote(PEM.decode())}


@pytest.fixture
def call(closed) -> Callable[..., httpx.Response]:
    """Calls the hub, behind these proxies, of a client that is registered with a certificate."""
    bound = replace(CLIENT, certificate=certificates.thumbprint(PEM))
    closed.store.put_client(bound, "test", "client-added")

    def send(method: str, path: str, *, proxies: str = "127.0.0.1", **options: Any):
        told = {"client_cert_header": "Client-Cert", "trusted_proxies": [proxies]}
        closed.settings = closed.settings.model_copy(update=told)
        return Client(create_app(closed)).request(method, path, **options)

    return send


def bearer(call: Callable[..., httpx.Response]) -> dict[str, str]:
    given = call("POST", "/auth/token", data=form(), headers=rfc9440(MINE))
    assert given.status_code == 200, given.text
    return {"authorization": f"Bearer {given.json()['access_token']}"}


@pytest.mark.parametrize("shown", [rfc9440(MINE), NGINX], ids=["RFC 9440", "nginx"])
def test_a_bound_token_is_good_with_its_certificate_alone(call, shown) -> None:
    token = bearer(call)
    assert call("GET", "/fhir/Claim", headers=token | shown).status_code == 200
    for wrong in (rfc9440(OTHER), {}, {"client-cert": ":AAAA:"}, {"client-cert": "x"}):
        refused = call("GET", "/fhir/Claim", headers=token | wrong)
        assert refused.status_code == 401
        assert "invalid_token" in refused.headers["www-authenticate"]


def test_a_certificate_said_twice_is_none(call) -> None:
    twice = [*bearer(call).items(), *rfc9440(MINE).items(), *rfc9440(MINE).items()]
    assert call("GET", "/fhir/Claim", headers=twice).status_code == 401


def test_without_its_certificate_it_gets_no_token(call) -> None:
    for shown in ({}, rfc9440(OTHER)):
        answer = call("POST", "/auth/token", data=form(), headers=shown)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_certificate_that_no_trusted_proxy_told_is_dropped(call) -> None:
    token = bearer(call)
    shown = token | rfc9440(MINE)
    assert call("GET", "/fhir/Claim", proxies="10.0.0.0/8", headers=shown).status_code == 401
    asked = call("POST", "/auth/token", proxies="10.0.0.0/8", data=form(), headers=shown)
    assert asked.status_code == 401


def test_discovery_says_that_tokens_can_be_bound(call) -> None:
    said = call("GET", "/fhir/.well-known/smart-configuration").json()
    assert said["tls_client_certificate_bound_access_tokens"] is True


def test_a_proxy_that_is_no_address_is_told_at_the_start(call) -> None:
    with pytest.raises(Misconfigured, match="BENKAN_TRUSTED_PROXIES"):
        call("GET", "/", proxies="mandataire.example")
