"""A client assertion is accepted only when everything about it is right."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from hub.access.assertions import Assertion, verify
from hub.access.clients import Client
from hub.errors import TokenRefused

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
AUDIENCE = "https://hub.example/auth/token"
EC = ECKey.generate_key("P-384", {"kid": "ec"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
CLIENT = Client("csref", "CSRéf fictif", ("provider",), "csref", ("s|v",), "system/*.crs")
GONE = Client("gone", "Parti", ("provider",), "gone", (), "system/*.rs", disabled=NOW)


def public(*keys: Any) -> KeySet:
    return KeySet.import_key_set({"keys": [key.as_dict(private=False) for key in keys]})


def judged(text: str, now: datetime = NOW, keys: KeySet | None = None) -> Assertion:
    known = {c.id: c for c in (CLIENT, GONE)}
    return verify(text, AUDIENCE, now, known.get, lambda _client, _kid: keys or public(EC, RSA))


def claims(**changes: Any) -> dict[str, Any]:
    said = {
        "iss": "csref",
        "sub": "csref",
        "aud": AUDIENCE,
        "exp": int((NOW + timedelta(minutes=4)).timestamp()),
        "jti": "one",
    }
    said |= changes
    return {name: value for name, value in said.items() if value is not ...}


def signed(key: Any = EC, alg: str = "ES384", kid: str = "ec", **changes: Any) -> str:
    return jwt.encode({"alg": alg, "kid": kid}, claims(**changes), key, algorithms=[alg])


@pytest.mark.parametrize(("key", "alg"), [(EC, "ES384"), (RSA, "RS384")])
def test_both_algorithms_of_smart_are_accepted(key: Any, alg: str) -> None:
    found = judged(signed(key, alg, key.kid))
    assert (found.client, found.jti) == (CLIENT, "one")
    assert found.expires > NOW + timedelta(minutes=4)


def test_an_audience_in_a_list_is_accepted() -> None:
    assert judged(signed(aud=["x", AUDIENCE])).jti == "one"


WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "other"},
    "a disabled client": {"iss": "gone", "sub": "gone"},
    "another subject": {"sub": "gone"},
    "another audience": {"aud": "https://hub.example/auth/token/"},
    "no audience": {"aud": ...},
    "no expiry": {"exp": ...},
    "an expiry that is text": {"exp": "4000000000"},
    "an expiry that is true": {"exp": True},
    "an expiry of long ago": {"exp": int((NOW - timedelta(minutes=2)).timestamp())},
    "an expiry too far": {"exp": int((NOW + timedelta(minutes=7)).timestamp())},
    "an expiry beyond time": {"exp": 2**63},
    "not yet valid": {"nbf": int((NOW + timedelta(minutes=3)).timestamp())},
    "issued in the future": {"iat": int((NOW + timedelta(minutes=3)).timestamp())},
    "no jti": {"jti": ...},
    "an empty jti": {"jti": ""},
    "a jti that is a number": {"jti": 1},
    "a long jti": {"jti": "x" * 201},
}


@pytest.mark.parametrize("what", WRONG)
def test_one_wrong_claim_is_enough(what: str) -> None:
    with pytest.raises(TokenRefused) as refused:
        judged(signed(**WRONG[what]))
    assert (refused.value.oauth, refused.value.status) == ("invalid_client", 401)


def test_a_signature_of_another_key_is_refused() -> None:
    other = ECKey.generate_key("P-384", {"kid": "ec"})
    with pytest.raises(TokenRefused) as refused:
        judged(signed(other))
    assert refused.value.check == "signature"


def test_a_removed_key_is_refused() -> None:
    with pytest.raises(TokenRefused):
        judged(signed(), keys=public(RSA))


def test_a_public_key_used_as_a_shared_secret_is_refused() -> None:
    secret = OctKey.import_key(json.dumps(EC.as_dict(private=False)).encode())
    text = jwt.encode({"alg": "HS384", "kid": "ec"}, claims(), secret, algorithms=["HS384"])
    with pytest.raises(TokenRefused) as refused:
        judged(text)
    assert refused.value.check == "alg"


def part(tree: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(tree).encode()).decode().rstrip("=")


@pytest.mark.parametrize("alg", ["none", "None", "ES256", "RS256", "HS256", "", None, 1])
def test_an_unsigned_or_weakly_signed_assertion_is_refused(alg: object) -> None:
    with pytest.raises(TokenRefused):
        judged(f"{part({'alg': alg, 'kid': 'ec'})}.{part(claims())}.")


def test_a_critical_extension_nobody_knows_is_refused() -> None:
    head = {"alg": "ES384", "kid": "ec", "crit": ["x"], "x": 1}
    with pytest.raises(TokenRefused):
        judged(f"{part(head)}.{part(claims())}.{'A' * 128}")


def test_every_refusal_looks_the_same() -> None:
    texts = set()
    for text in ("", "a.b.c", signed(iss="nobody", sub="nobody"), signed(aud="x"), "x" * 9000):
        with pytest.raises(TokenRefused) as refused:
            judged(text)
        texts.add(refused.value.issues)
    assert len(texts) == 1


@given(st.text(max_size=300))
def test_any_text_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(TokenRefused):
        judged(text)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_any_json_in_the_three_parts_is_refused(tree: object) -> None:
    for text in (f"{part(tree)}.{part(tree)}.{part(tree)}", signed()[:40] + part(tree)):
        with pytest.raises(TokenRefused):
            judged(text)


@given(st.integers(0, 400), st.characters(codec="ascii"))
def test_no_character_of_a_good_assertion_can_change(place: int, sign: str) -> None:
    text = signed()
    place %= len(text)
    changed = text[:place] + sign + text[place + 1 :]
    try:
        accepted = judged(changed)
    except TokenRefused:
        return
    # The last character of a part may carry bits that base64 ignores: then nothing has changed.
    assert accepted == judged(text)
