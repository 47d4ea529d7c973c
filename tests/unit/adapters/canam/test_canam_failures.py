"""Each way CANAM can fail gives the error that says what happens next."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest
from lxml import etree
from pydantic import SecretStr

from adapters.transports.wssecurity import Trust
from adapters.transports.wssecurity_sign import Signer
from hub import errors
from hub.model import ReplyKind

COPY = {
    "feuille": "F-2026-0002",
    "numeroAMO": "20000518-00",
    "dateSoins": "2026-11-02",
    "total": Decimal("8000"),
    "devise": "XOF",
}
RIGHTS = {"numeroAMO": "20000518-00", "dateSoins": "2026-11-02"}


@contextlib.contextmanager
def server(*pieces: bytes, pause: float = 0) -> Iterator[str]:
    """A server that answers every connection with these bytes, piece by piece, then closes."""

    def serve(door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = door.accept()
                with peer, contextlib.suppress(OSError):
                    peer.settimeout(5)
                    request = b""
                    while b"</soap-env:Envelope>" not in request:
                        request += peer.recv(65536)
                    for piece in pieces:
                        peer.sendall(piece)
                        time.sleep(pause)

    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=serve, args=(door,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}/amo"
        door.shutdown(socket.SHUT_RDWR)


def reply(body: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/xml\r\n{headers}Content-Length: {len(body)}"
    return head.encode() + b"\r\nConnection: close\r\n\r\n" + body


SIGNER = Signer.make("essai", datetime.now(UTC))


def envelope(inside: str) -> bytes:
    """Signed by a certificate that `send` makes the adapter believe."""
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    whole = etree.fromstring(f'<s:Envelope xmlns:s="{soap}"><s:Body>{inside}</s:Body></s:Envelope>')
    SIGNER.sign(whole, datetime.now(UTC))
    return etree.tostring(whole)


def receipt(number: str = "CC-1", reference: str = "k") -> str:
    return (
        '<DeclarerPrestationReponse xmlns="https://benkan.example/canam/amo/2026">'
        f"<reference>{reference}</reference><numero>{number}</numero><doublon>false</doublon>"
        "<recuLe>2026-11-02T08:00:00Z</recuLe><message>Reçu.</message></DeclarerPrestationReponse>"
    )


def send(sandbox, url, operation="control-copy", **settings):
    adapter = sandbox.adapter(Trust((SIGNER.certificate,)), url=url, **settings)
    tree = COPY if operation == "control-copy" else RIGHTS
    return adapter.send(adapter.encode(operation, tree, "k"))


def test_a_refused_connection_means_nothing_left(sandbox):
    with pytest.raises(errors.Unreachable, match="nothing left"):
        send(sandbox, "http://127.0.0.1:9/amo")


def test_an_unknown_name_means_nothing_left(sandbox):
    with pytest.raises(errors.Unreachable):
        send(sandbox, "http://canam.invalid/amo")


def test_a_door_closed_on_request_really_refuses_and_opens_again(sandbox):
    sandbox.misbehave("refuse")
    adapter = sandbox.adapter()
    message = adapter.encode("control-copy", COPY, "f-refuse")
    refused = 0
    end = time.monotonic() + 180
    while time.monotonic() < end:
        try:
            adapter.send(message)
        except errors.Unconfirmed:
            sandbox.misbehave("refuse")  # this call was in the door while it was being shut
            continue
        except errors.Unreachable:
            refused += 1
        else:
            if refused:
                break
        time.sleep(0.02)
    assert refused
    assert len(sandbox.entries("f-refuse")) == 1


def test_a_timeout_after_booking_then_a_retry_leaves_one_entry(sandbox):
    adapter = sandbox.adapter(read=0.5)
    message = adapter.encode("control-copy", COPY, "f-timeout")
    sandbox.misbehave("timeout-after-booking")
    with pytest.raises(errors.Unconfirmed):
        adapter.send(message)
    asked = adapter.ask(message, None)
    assert asked.kind is ReplyKind.ANSWER
    assert adapter.send(message).partner_reference == asked.partner_reference
    assert len(sandbox.entries("f-timeout")) == 1


def test_a_breakdown_before_booking_is_unconfirmed_and_unknown_when_asked(sandbox):
    for kind in ("error", "fault"):
        adapter = sandbox.adapter()
        message = adapter.encode("control-copy", COPY, f"f-{kind}")
        sandbox.misbehave(f"{kind}@DeclarerPrestation")
        with pytest.raises(errors.Unconfirmed):
            adapter.send(message)
        assert adapter.ask(message, None).kind is ReplyKind.UNKNOWN


def test_garbage_after_booking_is_unconfirmed_and_then_found(sandbox):
    adapter = sandbox.adapter()
    message = adapter.encode("control-copy", COPY, "f-garbage")
    sandbox.misbehave("garbage")
    with pytest.raises(errors.Unconfirmed):
        adapter.send(message)
    assert adapter.ask(message, None).kind is ReplyKind.ANSWER


def test_garbage_to_a_question_on_rights_is_unreadable(sandbox):
    adapter = sandbox.adapter()
    sandbox.misbehave("garbage")
    with pytest.raises(errors.Unreadable):
        adapter.send(adapter.encode("eligibility", RIGHTS, "f-rights"))


def test_a_request_received_twice_is_registered_once(sandbox):
    adapter = sandbox.adapter()
    sandbox.misbehave("duplicate")
    reply = adapter.send(adapter.encode("control-copy", COPY, "f-twice"))
    assert adapter.decode(reply)["doublon"] is True
    assert len(sandbox.entries("f-twice")) == 1


def test_a_delay_within_the_limits_is_waited_for(sandbox):
    adapter = sandbox.adapter()
    sandbox.misbehave("delay:0.3")
    began = time.monotonic()
    assert adapter.send(adapter.encode("eligibility", RIGHTS, "f-delay")).kind is ReplyKind.ANSWER
    assert time.monotonic() - began >= 0.3


def test_a_wrong_password_books_nothing_and_is_tried_again_later(sandbox):
    adapter = sandbox.adapter(password=SecretStr("autre"))
    with pytest.raises(errors.Unreachable, match="refusé"):
        adapter.send(adapter.encode("control-copy", COPY, "f-password"))
    assert sandbox.entries("f-password") == []


def test_an_answer_that_trickles_meets_the_total_deadline(sandbox):
    body = envelope(receipt())
    head = reply(body)[: -len(body)]
    pieces = [head, *(bytes([b]) for b in body)]
    began = time.monotonic()
    slow = "deadline|too slow"  # whichever ends first on a busy machine
    with server(*pieces, pause=0.1) as url, pytest.raises(errors.Unconfirmed, match=slow):
        send(sandbox, url, deadline=1.0)
    assert time.monotonic() - began < 20


def test_an_answer_cut_in_the_middle_is_unconfirmed(sandbox):
    whole = reply(envelope(receipt()))
    with server(whole[:-40]) as url, pytest.raises(errors.Unconfirmed):
        send(sandbox, url)


def test_an_answer_larger_than_the_cap_is_unconfirmed(sandbox):
    with (
        server(reply(envelope(receipt("N" * 2000)))) as url,
        pytest.raises(errors.Unconfirmed, match="too long"),
    ):
        send(sandbox, url, max_answer=1000)


def test_a_redirect_is_not_followed(sandbox):
    elsewhere = f"Location: {sandbox.address['url']}\r\n"
    with (
        server(reply(b"", "307 Temporary Redirect", elsewhere)) as url,
        pytest.raises(errors.Refused, match="HTTP 307"),
    ):
        send(sandbox, url)
    assert sandbox.entries("k") == []


@pytest.mark.parametrize(
    "answer",
    [
        b'<!DOCTYPE s [<!ENTITY z "00">]>' + envelope(receipt("CC-1")).replace(b"CC-1", b"CC-1&z;"),
        envelope(receipt("CC-12")).replace(b"CC-12", b"CC-1<!-- -->2"),
        envelope(receipt("CC-1<?x y?>2")),
        envelope(receipt("CC-12")).replace(b"CC-12", b"CC-13"),
        envelope(receipt()) + b"<!-- -->",
        envelope(receipt()).decode().encode("utf-16"),
        envelope(receipt(reference="another")),
        envelope(receipt() + receipt()),
        envelope("<autre/>"),
        envelope(receipt().replace("<doublon>false</doublon>", "")),
        b"<html/>",
        b"",
    ],
)
def test_a_hostile_or_foreign_answer_is_never_taken_as_a_receipt(sandbox, answer):
    with server(reply(answer)) as url, pytest.raises(errors.Unconfirmed):
        send(sandbox, url)


def test_the_same_hostile_answer_to_an_inquiry_is_unreadable(sandbox):
    with server(reply(envelope("<!-- -->"))) as url:
        adapter = sandbox.adapter(url=url)
        with pytest.raises(errors.Unreadable):
            adapter.ask(adapter.encode("control-copy", COPY, "k"), None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"bonjour",
        b"<a>",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
        b'<!DOCTYPE l [<!ENTITY a "' + b"l" * 4000 + b'">]><l>' + b"&a;" * 4000 + b"</l>",
        b"<a>" * 400 + b"</a>" * 400,
        b"<a>\x00</a>",
        envelope("<DeclarerPrestation/>"),
        b"<a>" + b"x" * 3_000_000 + b"</a>",
    ],
)
def test_hostile_xml_gets_a_typed_fault_and_no_stack_trace(sandbox, body):
    answer = httpx.post(sandbox.address["url"], content=body, trust_env=False)
    assert answer.status_code == 500
    assert "<faultcode>" in answer.text
    assert "E-XML-01" in answer.text or "E-SEC-01" in answer.text
    assert "Traceback" not in answer.text
    assert "E-INT-01" not in answer.text


def test_a_clean_signed_answer_is_taken(sandbox):
    with server(reply(envelope(receipt()))) as url:
        assert send(sandbox, url).partner_reference == "CC-1"


def test_an_answer_of_the_right_content_that_nobody_signed_proves_nothing(sandbox):
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    plain = f'<s:Envelope xmlns:s="{soap}"><s:Body>{receipt()}</s:Body></s:Envelope>'.encode()
    with server(reply(plain)) as url, pytest.raises(errors.Unconfirmed) as caught:
        send(sandbox, url)
    assert caught.value.evidence == plain


def test_an_adapter_that_was_told_no_certificate_believes_nothing(sandbox):
    adapter = sandbox.adapter(Trust())
    with pytest.raises(errors.Unconfirmed, match="none of those agreed"):
        adapter.send(adapter.encode("control-copy", COPY, "f-no-trust"))
