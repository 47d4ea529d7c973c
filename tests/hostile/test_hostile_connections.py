"""Connections that hold on, lie about their length or speak no HTTP: ended, in bounded time.

https://www.rfc-editor.org/rfc/rfc9112, RFC 9110 section 15.5
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from hostile_server import say, serving, status
from hostile_world import World

GET = b"GET /fhir/metadata HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\n"


@pytest.fixture(scope="module")
def address(world: World) -> Iterator[tuple[str, int]]:
    with serving(world.app) as found:
        yield found


ODD = {
    "not http": [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"],
    "only line ends": [b"\r\n" * 50 + b"x\r\n\r\n"],
    "http 0.9": [b"GET /fhir/metadata\r\n\r\n"],
    "http 9.9": [b"GET / HTTP/9.9\r\nHost: x\r\n\r\n"],
    "no method": [b" / HTTP/1.1\r\nHost: x\r\n\r\n"],
    "unknown method": [b"FROBNICATE /fhir HTTP/1.1\r\nHost: x\r\n\r\n"],
    "lower-case method": [b"get /fhir HTTP/1.1\r\nHost: x\r\n\r\n"],
    "connect": [b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n"],
    "options of all": [b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"],
    "address of another": [
        b"GET http://127.0.0.1:9/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    ],
    "address is not ascii": [
        b"GET /fhir/\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    ],
    "nul in the address": [b"GET /fhir/\x00 HTTP/1.1\r\nHost: x\r\n\r\n"],
    "space in the address": [b"GET /fhir/a b HTTP/1.1\r\nHost: x\r\n\r\n"],
    "nul in a header": [GET + b"X: a\x00b\r\n\r\n"],
    "header without a name": [GET + b": a\r\n\r\n"],
    "header without a colon": [GET + b"nonsense\r\n\r\n"],
    "folded header": [GET + b"X: a\r\n b\r\nConnection: close\r\n\r\n"],
    "space before the colon": [GET + b"X : a\r\n\r\n"],
    "length and chunks": [
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ],
    "two lengths": [POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}   "],
    "negative length": [POST + b"Content-Length: -1\r\n\r\n{}"],
    "length is a word": [POST + b"Content-Length: abc\r\n\r\n{}"],
    "endless length": [POST + b"Content-Length: 99999999999999999999999\r\n\r\n{}"],
    "length over the limit": [POST + b"Content-Length: 999999999\r\n\r\n{}"],
    "chunk size is a word": [POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"],
    "chunk size overflows": [POST + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}"],
    "transfer encoding unknown": [
        POST + b"Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    ],
    "transfer encoding twice": [POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"],
    "10,000 headers": [GET + b"".join(b"X%d: 1\r\n" % n for n in range(10_000)) + b"\r\n"],
    "a header of 70 KB": [GET + b"X: " + b"a" * 70_000 + b"\r\n\r\n"],
    "an address of 70 KB": [b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"],
    "an upgrade": [GET + b"Connection: upgrade, close\r\nUpgrade: h2c\r\n\r\n"],
    "a web socket": [
        GET + b"Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ],
}


#: Allowed by the specification, and of no consequence: what they ask for is not done.
HARMLESS = {"address of another", "folded header", "an upgrade", "a web socket"}


@pytest.mark.parametrize("name", ODD)
def test_what_is_no_good_http_is_answered_once_and_the_connection_ends(address, world, name):
    before = world.stored()
    began = time.monotonic()
    heard = say(address, ODD[name])
    assert time.monotonic() - began < 30
    assert 400 <= status(heard) < 500 or (name in HARMLESS and status(heard) == 200), heard[:200]
    assert heard.count(b"HTTP/1.1 ") == 1
    assert b"Traceback" not in heard
    assert world.stored() == before


SLOW = {
    "silence": [],
    "a head byte by byte": [bytes([c]) for c in GET[:15]],
    "a head that never ends": [GET, *(b"X-%d: 1\r\n" % n for n in range(12))],
    "an endless first line": [b"GET /", *(b"a" for _ in range(12))],
    "a body byte by byte": [POST + b"Content-Length: 1000\r\n\r\n", *(b" " for _ in range(12))],
    "a body that never comes": [POST + b"Content-Length: 1000\r\n\r\n"],
    "chunks byte by byte": [
        POST + b"Transfer-Encoding: chunked\r\n\r\n",
        *(b"1\r\n \r\n" for _ in range(12)),
    ],
    "expect and never send": [POST + b"Expect: 100-continue\r\nContent-Length: 10\r\n\r\n"],
}


@pytest.mark.parametrize("name", SLOW)
def test_who_is_too_slow_is_told_so_and_let_go(address, world, name):
    before = world.stored()
    began = time.monotonic()
    heard = say(address, SLOW[name], pause=0.1)
    assert time.monotonic() - began < 30
    assert b" 408 " in heard or b" 401 " in heard
    assert world.stored() == before


def test_a_slow_body_of_somebody_let_in_is_408_with_an_outcome(address, world):
    head = POST + b"Authorization: Bearer " + world.token.encode() + b"\r\n"
    heard = say(address, [head + b"Content-Length: 1000\r\n\r\n", *(b" ",) * 12], pause=0.1)
    assert status(heard) == 408
    said = json.loads(heard.partition(b"\r\n\r\n")[2])
    assert (said["resourceType"], said["issue"][0]["code"]) == ("OperationOutcome", "timeout")
    assert b"connection: close" in heard.lower()


def test_an_endless_head_is_refused_before_it_is_whole(address):
    heard = say(address, [b"GET / HTTP/1.1\r\nX: ", *(b"a" * 4096,) * 50])
    assert status(heard) in (0, 431)  # 0: cut while we were still sending


@pytest.mark.parametrize("begun", [b"2\r\n{}\r\n0\r\nX: ", b"2\r\n{}\r\n0\r\n", b"2;"])
def test_what_is_neither_head_nor_body_does_not_go_on_for_ever(address, begun):
    """Trailers would be kept in memory, and the extension of a chunk read, until time is up."""
    piece = b"X: y\r\n" * 700 if begun.endswith(b"\n") else b"y" * 4096
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    heard = say(address, [head + begun, *(piece,) * 50], pause=0.001)
    assert status(heard) in (0, 401, 431)  # 0: cut while we were still sending


def test_trailers_are_no_headers(address, world):
    """What comes after the body would otherwise be believed like what came before it."""
    late = b"Authorization: Bearer " + world.token.encode() + b"\r\n\r\n"
    heard = say(address, [POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n" + late])
    assert status(heard) == 401


def test_a_hasty_request_is_served_and_may_be_followed_by_another(address):
    heard = say(address, [GET + b"\r\n", GET + b"Connection: close\r\n\r\n"])
    assert heard.count(b"HTTP/1.1 200") == 2


def test_a_smuggled_request_is_not_served(address):
    inner = b"GET /fhir/metadata HTTP/1.1\r\nHost: x\r\n\r\n"
    length = b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % (len(inner) + 5)
    heard = say(address, [POST + length + inner])
    assert heard.count(b"HTTP/1.1 ") == 1
    assert 400 <= status(heard) < 500
