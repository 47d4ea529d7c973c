"""Somebody between the hub and CANAM's sandbox, who changes what CANAM answers."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
from lxml import etree
from signed_messages import STRANGER, Form, moved, part, swallowed, two_bodies, wrapped_time

from adapters.transports.wssecurity_sign import Signer

NOW = datetime.now(UTC)
#: what the forger would like to be read: element → text
WISHES = {
    "gestionnaire": "INPS",
    "taux": "100",
    "numero": "CANAM-FORGE",
    "decision": "accepte",
    "nom": "FORGE",
    "numeroAMO": "ML-999999999",
}
#: honest answer, forged content, CANAM's own signer → what arrives
Forgery = Callable[[etree._Element, etree._Element, Signer], bytes]


def _by(form: Form) -> Forgery:
    def forge(envelope: etree._Element, evil: etree._Element, signer: Signer) -> bytes:
        made = form(envelope, evil)
        return made if isinstance(made, bytes) else etree.tostring(envelope)

    return forge


def _unsigned(envelope: etree._Element, evil: etree._Element, signer: Signer) -> bytes:
    envelope.remove(part(envelope, "Header"))
    return _with(envelope, evil)


def _bare(envelope: etree._Element, evil: etree._Element, signer: Signer) -> bytes:
    """No envelope at all: what a later reader of the bytes might take for a message of its own."""
    news = [child for child in evil if etree.QName(child).localname == "Mouvement"]
    return etree.tostring(news[0] if news else evil)


def _changed(envelope: etree._Element, evil: etree._Element, signer: Signer) -> bytes:
    return _with(envelope, evil)


def _stranger(envelope: etree._Element, evil: etree._Element, signer: Signer) -> bytes:
    envelope.remove(part(envelope, "Header"))
    part(envelope, "Body")[:] = [copy.deepcopy(evil)]
    STRANGER.sign(envelope, datetime.now(UTC))
    return etree.tostring(envelope)


def _dated(minutes: int) -> Forgery:
    """CANAM itself signed it, at another time."""

    def forge(envelope: etree._Element, evil: etree._Element, signer: Signer) -> bytes:
        envelope.remove(part(envelope, "Header"))
        signer.sign(envelope, datetime.now(UTC) + timedelta(minutes=minutes))
        return etree.tostring(envelope)

    return forge


def _with(envelope: etree._Element, content: etree._Element) -> bytes:
    part(envelope, "Body")[:] = [copy.deepcopy(content)]
    return etree.tostring(envelope)


FORGERIES: dict[str, Forgery] = {
    "not signed": _unsigned,
    "bare content": _bare,
    "changed after it was signed": _changed,
    "signed by somebody else": _stranger,
    "signed body moved to the header": _by(moved("Header", False)),
    "signed body moved into the forged one, same id": _by(moved("Body", True)),
    "two bodies, the forged one first": _by(two_bodies(True)),
    "two bodies, the forged one last": _by(two_bodies(False)),
    "signed envelope swallowed": _by(swallowed),
    "signed time put aside": _by(wrapped_time),
    "signed an hour ago": _dated(-60),
    "signed for tomorrow": _dated(1440),
}


class Between:
    """A proxy before the sandbox. `forge`: what is done to the answers to `calls`."""

    def __init__(self, address: dict[str, str], folder: Path) -> None:
        self.to = address["url"]
        self.forge: Forgery | None = None
        self.calls: tuple[str, ...] = ()
        self.replayed: bytes | None = None  #: an honest answer of before, given again instead
        self.seen: dict[str, bytes] = {}  #: the last honest answer to each call
        self.forged = 0
        self._signer = Signer.kept(folder / "signature.pem", "", NOW)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}/amo"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def honest(self) -> None:
        """Nothing is changed any more."""
        self.forge, self.replayed, self.calls = None, None, ()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, question: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        call = etree.QName(part(etree.fromstring(question), "Body")[0]).localname
        got = httpx.post(self.to, content=question, headers=headers, trust_env=False, timeout=20)
        if call not in self.calls or got.status_code != 200:
            self.seen[call] = got.content
            return got.status_code, got.content
        self.forged += 1
        if self.replayed is not None:
            return 200, self.replayed
        envelope = etree.fromstring(got.content)
        evil = copy.deepcopy(part(envelope, "Body")[0])
        for element in evil.iter():
            wish = WISHES.get(etree.QName(element).localname)
            if wish and element.text:
                element.text = wish
        assert self.forge is not None
        return 200, self.forge(envelope, evil, self._signer)


def _handler(between: Between) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = self.rfile.read(int(self.headers["content-length"]))
            kept = {k: self.headers[k] for k in ("content-type", "soapaction") if self.headers[k]}
            status, body = between.answer(question, kept)
            self.send_response(status)
            self.send_header("content-type", "text/xml")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
