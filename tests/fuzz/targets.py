"""What is fuzzed: readers of whatever comes from outside, each with the errors it may raise.

A reader may take an input, or refuse it with an error of hub.errors; anything else is a finding.
What it takes must keep its meaning when it is written and read again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey
from lxml import etree

from adapters.canam import documents as canam
from adapters.cmss import returns as cmss
from adapters.inps import returns as inps
from adapters.inps.adapter import Inps
from adapters.inps.settings import Settings as InpsSettings
from adapters.transports.wssecurity import Trust, verified
from hub.access import assertions
from hub.access.clients import Client
from hub.access.keysets import key_set
from hub.errors import Invalid, Problem, TokenRefused, Unreadable
from hub.formats import delimited, exact_json, fixed_width, xml_strict

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "unit" / "formats"))
from record_layouts import BORDEREAU, LOTS  # noqa: E402 - a module of the tests of formats

NOW = datetime(2026, 11, 22, 8, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Target:
    """One reader under fire."""

    read: Callable[[bytes], Any]
    declared: tuple[type[Problem], ...]  #: what it may raise
    seeds: Callable[[], list[bytes]]  #: good inputs, to be changed
    words: tuple[bytes, ...] = ()  #: what inputs are made of


def _json(raw: bytes) -> None:
    tree = exact_json.loads(raw)
    again = exact_json.dumps(tree)
    if exact_json.loads(again) != tree or exact_json.dumps(exact_json.loads(again)) != again:
        raise AssertionError("written and read again, it is another tree")


def _xml(raw: bytes) -> None:
    root = xml_strict.parse(raw)
    text = "".join(map(str, root.itertext()))
    again = xml_strict.parse(etree.tostring(root, encoding="utf-8"))
    if "".join(map(str, again.itertext())).replace("\r", "\n") != text.replace("\r", "\n"):
        raise AssertionError("written and read again, it is another text")


@cache
def _trust() -> Trust:
    return Trust.read(HERE.parent / "data" / "wssecurity" / "golden-ec.pem")


def _soap(raw: bytes) -> None:
    root = xml_strict.parse(raw)
    try:
        body = verified(root, _trust(), NOW)
    except Unreadable:
        canam_answer(root)
        raise
    if "12500" not in "".join(map(str, body.itertext())):
        raise AssertionError("a changed message was believed")


def canam_answer(root: etree._Element) -> None:
    """What stands in a Body, as an answer about rights, whether it is signed or not."""
    for element in root.iter():
        if canam.name_of(element) == "ConsulterDroitsReponse":
            canam.read("ConsulterDroits", etree.tostring(element))


AUDIENCE = "https://hub.example/auth/token"
KEY = ECKey.generate_key("P-384", {"kid": "k1"})
_PUBLIC = key_set({"keys": [KEY.as_dict(private=False)]})
_CLIENT = Client("a", "a", ("provider",), "t", ("*",), "system/*.cruds")


def _token(raw: bytes) -> None:
    text = raw.decode("latin-1")
    assertions.verify(text, AUDIENCE, NOW, lambda name: _CLIENT, lambda c, k: _PUBLIC)


def _tokens() -> list[bytes]:
    """A good assertion, one that nobody signed, and one that a public key signed."""
    claims = {"iss": "a", "sub": "a", "aud": AUDIENCE, "jti": "x"}
    claims |= {"exp": int(NOW.timestamp()) + 200}
    head = {"alg": "ES384", "kid": "k1"}
    good = jwt.encode(head, claims, KEY, algorithms=["ES384"])
    _, body, _ = good.split(".")
    return [good.encode(), b"eyJhbGciOiJub25lIn0." + body.encode() + b"."]


def _jwks(raw: bytes) -> None:
    key_set(exact_json.loads(raw))


def _cmss(raw: bytes) -> None:
    for reply in cmss.cut(raw):
        cmss.read(reply.body)


def _inps(raw: bytes) -> None:
    for reply in inps.cut(raw):
        adapter().decode(reply)


@cache
def adapter() -> Inps:
    return Inps(InpsSettings())


def _rows(raw: bytes) -> None:
    tree = delimited.loads(raw, BORDEREAU)
    if delimited.loads(delimited.dumps(tree, BORDEREAU).body, BORDEREAU) != tree:
        raise AssertionError("written and read again, it is another tree")


def _records(raw: bytes) -> None:
    fixed_width.loads(raw, LOTS)


def _kept(name: str) -> Callable[[], list[bytes]]:
    return lambda: [path.read_bytes() for path in sorted((HERE / "seeds" / name).iterdir())]


_JSON_WORDS = (b'"', b"{", b"}", b"[", b"]", b":", b",", b"\\u", b"\\ud800", b"1e", b"-0", b".5")
_XML_WORDS = (b"<!--", b"-->", b"<?x", b"?>", b"<!DOCTYPE", b"&#x", b"&amp;", b"xmlns=", b"]]>")
_JWT_WORDS = (b".", b"eyJ", b"==", b"none", b"HS256", b"ES384")
_LOT_WORDS = (b"\r\n", b"+", b"-", b"0", b" ", b"XOF", b"\xff", b"\x1a")

TARGETS: dict[str, Target] = {
    "json": Target(_json, (Invalid,), _kept("json"), _JSON_WORDS),
    "xml": Target(_xml, (Unreadable,), _kept("xml"), _XML_WORDS),
    "soap": Target(_soap, (Unreadable,), _kept("soap"), _XML_WORDS),
    "token": Target(_token, (TokenRefused,), _tokens, _JWT_WORDS),
    "keys": Target(_jwks, (Invalid,), _kept("keys"), _JSON_WORDS),
    "lot-xml": Target(_cmss, (Unreadable,), _kept("lot-xml"), _XML_WORDS),
    "lot-records": Target(_inps, (Unreadable,), _kept("lot-records"), _LOT_WORDS),
    "records": Target(_records, (Unreadable,), _kept("records"), _LOT_WORDS),
    "csv": Target(_rows, (Unreadable,), _kept("csv"), (b";", b'"', b"\r\n", b",")),
}


def run(name: str, raw: bytes) -> bool:
    """Was this input taken? An error that is not declared goes through, as a finding."""
    target = TARGETS[name]
    try:
        target.read(raw)
    except target.declared as problem:
        if not all(issue.fr and issue.en for issue in problem.issues):
            raise AssertionError("an error without words") from problem
        return False
    return True
