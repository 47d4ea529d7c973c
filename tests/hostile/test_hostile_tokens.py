"""No assertion but a right one, once, gives a token; the refusals all say the same.

RFC 7523, RFC 8725 (JWT best current practices); SMART Backend Services.
"""

from __future__ import annotations

import base64
import hmac
import json
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from hostile_world import KEY, World
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from hub.api.token import ASSERTION_TYPE

AUDIENCE = "https://hub.example/auth/token"
OTHER = ECKey.generate_key("P-384", {"kid": "k1"})
RSA = RSAKey.generate_key(2048, {"kid": "k1"})
WEAK = ECKey.generate_key("P-256", {"kid": "k1"})
PEM = KEY.as_pem(private=False)


def claims(**changes: Any) -> dict[str, Any]:
    made = {"iss": "a", "sub": "a", "aud": AUDIENCE, "exp": int(time.time()) + 240}
    made |= {"jti": uuid.uuid4().hex} | changes
    return {name: value for name, value in made.items() if value != "-"}


def part(tree: Any) -> str:
    raw = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(head: dict[str, Any] | None = None, key: Any = KEY, **changes: Any) -> str:
    """By a key, with this header and these claims."""
    header = {"alg": "ES384", "kid": "k1"} | (head or {})
    header = {name: value for name, value in header.items() if value != "-"}
    return jwt.encode(header, claims(**changes), key, algorithms=[header["alg"]])


def pasted(header: Any, said: Any = None, signature: str = "AAAA") -> str:
    """Three parts that nobody signed."""
    return f"{part(header)}.{part(said if said is not None else claims())}.{signature}"


def changed(change: Callable[[str], str]) -> str:
    return change(signed())


def shared(name: str, hashed: str) -> str:
    """The public key, as everybody has it, taken for a shared secret."""
    text = f"{part({'alg': name, 'kid': 'k1'})}.{part(claims())}"
    return f"{text}.{part(hmac.digest(PEM, text.encode(), hashed))}"


def _now(seconds: int) -> int:
    return int(time.time()) + seconds


FORMS: dict[str, Callable[[], str]] = {
    # algorithms
    "none": lambda: pasted({"alg": "none", "kid": "k1"}, signature=""),
    "None": lambda: pasted({"alg": "None", "kid": "k1"}, signature=""),
    "nOnE with a signature": lambda: pasted({"alg": "nOnE", "kid": "k1"}),
    "hs256 with the public key": lambda: shared("HS256", "sha256"),
    "hs384 with the public key": lambda: shared("HS384", "sha384"),
    "hs256 with nothing": lambda: pasted({"alg": "HS256", "kid": "k1"}),
    "es256": lambda: signed({"alg": "ES256"}, WEAK),
    "rs256": lambda: signed({"alg": "RS256"}, RSA),
    "rs384 of another key": lambda: signed({"alg": "RS384"}, RSA),
    "no algorithm": lambda: pasted({"kid": "k1"}),
    "algorithm is a list": lambda: pasted({"alg": ["ES384"], "kid": "k1"}),
    "algorithm is a number": lambda: pasted({"alg": 1, "kid": "k1"}),
    "algorithm is long": lambda: pasted({"alg": "E" * 5000, "kid": "k1"}),
    # keys
    "another key of the same name": lambda: signed(key=OTHER),
    "no kid": lambda: signed({"kid": "-"}),
    "unknown kid": lambda: signed({"kid": "k2"}),
    "kid climbs": lambda: signed({"kid": "../../../../dev/null"}),
    "kid is sql": lambda: signed({"kid": "k1' UNION SELECT 'x"}),
    "kid is a command": lambda: signed({"kid": "k1|id"}),
    "kid is a list": lambda: pasted({"alg": "ES384", "kid": ["k1"]}),
    "kid is long": lambda: signed({"kid": "k" * 7000}),
    "key in the header": lambda: pasted(
        {"alg": "ES384", "kid": "k1", "jwk": OTHER.as_dict(private=False)}
    ),
    "key in the header, signed by it": lambda: signed({"jwk": OTHER.as_dict(private=False)}, OTHER),
    "keys elsewhere": lambda: signed({"jku": "http://127.0.0.1:9/jwks"}, OTHER),
    "keys in a file": lambda: pasted({"alg": "ES384", "kid": "k1", "jku": "file:///etc/passwd"}),
    "certificate elsewhere": lambda: signed({"x5u": "http://127.0.0.1:9/cert"}, OTHER),
    "certificate in the header": lambda: signed({"x5c": ["MIIB"]}, OTHER),
    "a critical extension": lambda: pasted({"alg": "ES384", "kid": "k1", "crit": ["b64"]}),
    "unencoded payload": lambda: pasted(
        {"alg": "ES384", "kid": "k1", "crit": ["b64"], "b64": False}
    ),
    "another type": lambda: signed({"typ": "at+jwt"}),
    "a nested token": lambda: signed({"cty": "JWT", "typ": "JOSE"}),
    # claims, signed by the right key
    "another issuer": lambda: signed(iss="b"),
    "another subject": lambda: signed(sub="b"),
    "issuer and subject of nobody": lambda: signed(iss="nobody", sub="nobody"),
    "no issuer": lambda: signed(iss="-"),
    "issuer is a list": lambda: signed(iss=["a"]),
    "issuer is sql": lambda: signed(iss="a' OR '1'='1", sub="a' OR '1'='1"),
    "issuer has a nul": lambda: signed(iss="a\x00", sub="a\x00"),
    "issuer is long": lambda: signed(iss="a" * 5000, sub="a" * 5000),
    "no subject": lambda: signed(sub="-"),
    "another audience": lambda: signed(aud="https://other.example/auth/token"),
    "audience without its end": lambda: signed(aud="https://hub.example"),
    "audience with more": lambda: signed(aud=AUDIENCE + "/"),
    "audience in capitals": lambda: signed(aud=AUDIENCE.upper()),
    "audience empty": lambda: signed(aud=""),
    "audience is an empty list": lambda: signed(aud=[]),
    "audience is an object": lambda: signed(aud={AUDIENCE: 1}),
    "no audience": lambda: signed(aud="-"),
    "no end": lambda: signed(exp="-"),
    "expired": lambda: signed(exp=_now(-61)),
    "lives an hour": lambda: signed(exp=_now(3600)),
    "lives for ever": lambda: signed(exp=2**62),
    "ends beyond numbers": lambda: pasted(
        {"alg": "ES384", "kid": "k1"}, b'{"iss":"a","sub":"a","exp":1e999999999}'
    ),
    "end is a text": lambda: signed(exp=str(_now(240))),
    "end is a fraction": lambda: signed(exp=_now(240) + 0.5),
    "end is true": lambda: signed(exp=True),
    "end is negative": lambda: signed(exp=-1),
    "end is null": lambda: signed(exp=None),
    "not before tomorrow": lambda: signed(nbf=_now(86400)),
    "not before is a text": lambda: signed(nbf="now"),
    "issued tomorrow": lambda: signed(iat=_now(86400)),
    "no jti": lambda: signed(jti="-"),
    "jti empty": lambda: signed(jti=""),
    "jti is a number": lambda: signed(jti=7),
    "jti is long": lambda: signed(jti="j" * 201),
    # form
    "empty": lambda: "",
    "dots": lambda: "..",
    "one part": lambda: part({"alg": "ES384"}),
    "two parts": lambda: changed(lambda text: text.rpartition(".")[0]),
    "four parts": lambda: changed(lambda text: text + ".x"),
    "five parts (jwe)": lambda: ".".join(
        [part({"alg": "dir", "enc": "A256GCM"}), "", "a", "b", "c"]
    ),
    "no signature": lambda: changed(lambda text: text.rpartition(".")[0] + "."),
    "signature of zeros": lambda: changed(lambda text: text.rpartition(".")[0] + "." + "A" * 128),
    "signature cut": lambda: changed(lambda text: text[:-4]),
    "signature and more": lambda: changed(lambda text: text + "AAAA"),
    "der signature": lambda: changed(
        lambda text: text.rpartition(".")[0] + "." + part(b"\x30\x06\x02\x01\x01\x02\x01\x01")
    ),
    "standard base64": lambda: changed(lambda text: text.replace("-", "+").replace("_", "/") + "="),
    "white space": lambda: changed(lambda text: text.replace(".", " . ")),
    "a line break": lambda: changed(lambda text: text + "\n"),
    "header is no json": lambda: f"{part(b'x')}.{part(claims())}.AAAA",
    "header says alg twice": lambda: (
        f'{part(b"""{"alg":"none","alg":"ES384","kid":"k1"}""")}.{part(claims())}.AAAA'
    ),
    "claims say iss twice": lambda: pasted(
        {"alg": "ES384", "kid": "k1"}, b'{"iss":"b","iss":"a","sub":"a"}'
    ),
    "header is a list": lambda: f"{part([])}.{part(claims())}.AAAA",
    "header is deep": lambda: f"{part(b'[' * 3000)}.{part(claims())}.AAAA",
    "claims are a list": lambda: pasted({"alg": "ES384", "kid": "k1"}, []),
    "claims are latin-1": lambda: pasted(
        {"alg": "ES384", "kid": "k1"}, '{"iss":"é"}'.encode("latin-1")
    ),
    "huge": lambda: pasted({"alg": "ES384", "kid": "k1"}, {"x": "y" * 9000}),
    "not ascii": lambda: changed(lambda text: text.replace("e", "\u0435", 1)),
    "compressed": lambda: pasted({"alg": "ES384", "kid": "k1", "zip": "DEF"}),
}

GOOD = {
    "grant_type": "client_credentials",
    "client_assertion_type": ASSERTION_TYPE,
    "scope": "system/*.cruds",
}


def ask(world: World, body: bytes, kind: str = "application/x-www-form-urlencoded") -> Any:
    return world.raw("POST", "/auth/token", body, [("content-type", kind)])


@pytest.mark.parametrize("name", FORMS)
def test_no_assertion_of_this_kind_gives_a_token(world, name):
    answer = ask(world, urlencode(GOOD | {"client_assertion": FORMS[name]()}).encode())
    assert 400 <= answer.status_code < 500
    said = answer.json()
    assert set(said) == {"error", "error_description"}
    assert said["error"] in ("invalid_client", "invalid_request")
    assert answer.headers["cache-control"] == "no-store"


def test_a_right_one_gives_one_token_once(world):
    body = urlencode(GOOD | {"client_assertion": signed()}).encode()
    assert [ask(world, body).status_code for _ in range(2)] == [200, 401]


REQUESTS: dict[str, tuple[bytes, str]] = {
    "json": (json.dumps(GOOD).encode(), "application/json"),
    "no type": (urlencode(GOOD).encode(), ""),
    "nothing": (b"", "application/x-www-form-urlencoded"),
    "noise": (bytes(range(256)), "application/x-www-form-urlencoded"),
    "not escaped": (b"grant_type=%zz", "application/x-www-form-urlencoded"),
    "1,000 fields": (b"a=b&" * 1000, "application/x-www-form-urlencoded"),
    "huge": (b"a=" + b"b" * 100_000, "application/x-www-form-urlencoded"),
    "password grant": (
        urlencode(GOOD | {"grant_type": "password", "client_assertion": "x.y.z"}).encode(),
        "application/x-www-form-urlencoded",
    ),
    "secret instead": (
        b"grant_type=client_credentials&client_id=a&client_secret=x",
        "application/x-www-form-urlencoded",
    ),
    "grant twice": (
        urlencode(GOOD).encode() + b"&grant_type=client_credentials&client_assertion=x.y.z",
        "application/x-www-form-urlencoded",
    ),
    "another assertion type": (
        urlencode(GOOD | {"client_assertion_type": "saml2", "client_assertion": "x"}).encode(),
        "application/x-www-form-urlencoded",
    ),
    "multipart": (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_no_request_of_this_kind_is_one(world, name):
    answer = ask(world, *REQUESTS[name])
    assert 400 <= answer.status_code < 500
    assert set(answer.json()) == {"error", "error_description"}


@pytest.mark.parametrize(
    "scope",
    [
        "system/*.*",
        "user/*.read",
        "patient/Claim.rs",
        "openid",
        "*",
        "system/Claim",
        "\x00",
        "x" * 9000,
    ],
)
def test_no_scope_beyond_what_is_registered_is_given(world, scope):
    form = GOOD | {"client_assertion": signed(), "scope": scope}
    answer = ask(world, urlencode(form).encode())
    if answer.status_code == 200:
        assert set(answer.json()["scope"].split()) <= {"system/*.cruds"}
    else:
        assert 400 <= answer.status_code < 500
