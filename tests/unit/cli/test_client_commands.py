"""`benkan client`: register, show, rotate, disable; each is a row of the audit."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from hub import wiring
from hub.cli.credentials import private_key

Benkan = Callable[..., tuple[int, str]]
LAB = ("client", "add", "labo", "--role", "provider", "--organization", "s|v")


def audited() -> list[str]:
    hub = wiring.build(adapters={})
    found = hub.store.audit_search(object="Client/labo")
    hub.close()
    return [json.loads(entry.content)["action"] for entry in reversed(found)]


def shown(benkan: Benkan) -> dict[str, object]:
    status, printed = benkan("client", "show", "labo")
    assert status == 0, printed
    return dict(json.loads(printed))


def test_a_client_is_registered_rotated_disabled_and_enabled(benkan: Benkan) -> None:
    assert benkan(*LAB, "--new-key", "one.json")[0] == 0
    assert os.stat("one.json").st_mode & 0o777 == 0o600
    first = shown(benkan)
    assert first["state"] == "actif"
    assert first["jwks"]["keys"][0]["kid"] == private_key(Path("one.json")).kid
    assert "d" not in first["jwks"]["keys"][0]
    assert benkan("client", "rotate", "labo", "--new-key", "two.json")[0] == 0
    assert shown(benkan)["jwks"]["keys"][0]["kid"] == private_key(Path("two.json")).kid
    assert benkan("client", "disable", "labo")[0] == 0
    assert "désactivé" in benkan("client", "list")[1]
    assert benkan("client", "enable", "labo")[0] == 0
    assert audited() == ["client-added", "client-rotated", "client-disabled", "client-enabled"]


def test_a_certificate_is_kept_when_the_keys_are_replaced(benkan: Benkan) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "labo.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    Path("c.pem").write_bytes(made.public_bytes(Encoding.PEM))
    assert benkan(*LAB, "--new-key", "one.json", "--certificate", "c.pem")[0] == 0
    bound = shown(benkan)["certificate"]
    assert len(str(bound)) == 43
    assert benkan("client", "rotate", "labo", "--new-key", "two.json")[0] == 0
    assert shown(benkan)["certificate"] == bound
    Path("c.pem").write_text("rien")
    assert benkan("client", "rotate", "labo", "--new-key", "3.json", "--certificate", "c.pem")[0]


@pytest.mark.parametrize(
    "words",
    [
        LAB,
        (*LAB, "--new-key", "k.json", "--jwks-url", "https://labo.example/jwks"),
        (*LAB, "--jwks-url", "http://labo.example/jwks"),
        ("client", "add", "labo", "--role", "roi", "--new-key", "k.json"),
        ("client", "rotate", "personne", "--new-key", "k.json"),
        ("client", "disable", "personne"),
    ],
)
def test_what_makes_no_sense_registers_nobody(benkan: Benkan, words: tuple[str, ...]) -> None:
    status, printed = benkan(*words)
    assert status != 0
    assert "Traceback" not in printed
    assert audited() == []


def test_a_key_without_its_client_is_told(benkan: Benkan, monkeypatch) -> None:
    Path("f.json").write_text("{}")
    monkeypatch.setenv("BENKAN_CLIENT_KEY", "k.json")
    status, printed = benkan("submit", "f.json")
    assert (status, "BENKAN_CLIENT manque" in printed) == (2, True)
    monkeypatch.setenv("BENKAN_CLIENT", "labo")
    status, printed = benkan("token")
    assert (status, "k.json" in printed) == (2, True)
