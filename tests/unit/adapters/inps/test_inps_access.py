"""How the hub proves itself to INPS (tokens), and INPS to the hub (signed pushes)."""

from __future__ import annotations

import contextlib
import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from inps_office import Sandbox
from inps_sheets import lot
from pydantic import SecretStr

from adapters.inps import signature
from adapters.inps.adapter import Inps
from adapters.inps.settings import Settings
from hub import errors
from hub.model import ReplyKind

Call = tuple[str, str, dict[str, str], bytes]
RIGHTS = {"numeroAmo": "20000555-00", "dateSoins": "2026-10-05"}


@contextlib.contextmanager
def server(*answers: tuple[int, bytes]) -> Iterator[tuple[str, list[Call]]]:
    """A server that gives these answers in order, the last one for ever; and what it was asked."""
    script = queue.SimpleQueue[tuple[int, bytes]]()
    for answer in answers[:-1]:
        script.put(answer)
    seen: list[Call] = []

    class Scripted(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen.append((self.command, self.path, dict(self.headers), body))
            status, content = answers[-1] if script.empty() else script.get()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_address[1]}", seen
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


def token(name: str = "jeton", **more: Any) -> tuple[int, bytes]:
    tree = {"access_token": name, "token_type": "Bearer", "expires_in": 300, **more}
    return 200, json.dumps(tree).encode()


def ask(url: str) -> None:
    adapter = Inps(Settings(url=url, secret=SecretStr("s3cret"), read=1, deadline=2))
    adapter.send(adapter.encode("status", {"feuille": "s-1"}, "q-1"))


def test_a_token_is_used_again_until_it_is_refused_then_replaced_once(inps: Sandbox) -> None:
    adapter = inps.adapter()
    question = adapter.encode("eligibility", RIGHTS, "d-1")
    first = adapter.send(question)
    assert inps.control("POST", "/revoke", {"all": True}) == {"revoked": 1}
    assert adapter.send(question) == first
    assert inps.control("POST", "/revoke", {"all": True}) == {"revoked": 1}


def test_a_token_that_has_ended_is_not_used(start_inps: Callable[..., Sandbox]) -> None:
    inps = start_inps(BENKAN_INPS_SANDBOX_TOKEN="1")
    adapter = inps.adapter()
    question = adapter.encode("eligibility", RIGHTS, "d-1")
    first = adapter.send(question)
    time.sleep(1.1)
    assert adapter.send(question) == first


def test_the_account_goes_to_the_token_service_and_the_token_to_the_others() -> None:
    with server(token(), (404, b"{}")) as (url, seen):
        ask(f"{url}/")
    (_, where, _, form), (method, path, headers, body) = seen
    assert where == "/oauth2/token"
    assert b"grant_type=client_credentials" in form
    assert b"client_secret=s3cret" in form
    assert (method, path, body) == ("GET", "/v1/factures/s-1", b"")
    assert headers["Authorization"] == "Bearer jeton"
    assert "s3cret" not in str(headers)


def test_a_fresh_token_that_is_refused_too_means_that_nothing_left() -> None:
    answers = token("un"), (401, b""), token("deux"), (401, b"")
    with server(*answers) as (url, seen), pytest.raises(errors.Unreachable) as problem:
        ask(url)
    assert [call[1] for call in seen] == ["/oauth2/token", "/v1/factures/s-1"] * 2
    assert "BENKAN_INPS_SECRET" in problem.value.text
    assert all(issue.fr and issue.en for issue in problem.value.issues)


@pytest.mark.parametrize(
    "answer",
    [
        (401, b'{"error": "invalid_client"}'),
        (500, b""),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b"{}"),
        token(token_type="mac"),
        token("deux\r\nHost: x"),
        token(expires_in="bientot"),
    ],
)
def test_without_a_token_nothing_leaves(answer: tuple[int, bytes]) -> None:
    with server(answer) as (url, seen), pytest.raises(errors.Unreachable):
        ask(url)
    assert {call[1] for call in seen} == {"/oauth2/token"}


def test_no_secret_and_no_token_is_ever_logged(
    inps: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    adapter = inps.adapter(secret=SecretStr("un-secret-faux"))
    with pytest.raises(errors.Unreachable) as problem:
        adapter.send(lot(adapter))
    said = caplog.text + problem.value.text + repr(adapter) + str(vars(adapter))
    assert "un-secret-faux" not in said
    broken = server(token("jeton-secret"), (500, b""))
    with broken as (url, _), pytest.raises(errors.Unconfirmed) as unsure:
        ask(url)
    assert "jeton-secret" not in caplog.text + unsure.value.text


def test_files_are_pushed_signed_and_not_left_to_collect(inps: Sandbox) -> None:
    adapter = inps.adapter()
    with server((202, b"")) as (url, seen):
        inps.control("POST", "/callback", {"url": f"{url}/partners/inps"})
        adapter.send(lot(adapter))
        end = time.monotonic() + 90
        while len(seen) < 2:
            assert time.monotonic() < end
            time.sleep(0.05)
    found = [adapter.receive(headers, body)[0] for _, _, headers, body in seen]
    assert [(r.kind, r.reference) for r in found] == [
        (ReplyKind.ANSWER, "s-1"),
        (ReplyKind.PAYMENT, "s-1"),
    ]
    assert list(adapter.collect()) == []


def test_what_the_hub_does_not_take_stays_to_collect(inps: Sandbox) -> None:
    adapter = inps.adapter()
    with server((503, b"")) as (url, seen):
        inps.control("POST", "/callback", {"url": f"{url}/partners/inps"})
        adapter.send(lot(adapter))
        end = time.monotonic() + 90
        while not seen:
            assert time.monotonic() < end
            time.sleep(0.05)
        inps.control("POST", "/callback", {"url": ""})
    assert len(inps.replies(2)) == 2
    wrong = inps.control("POST", "/callback", {"url": "ftp://x"})
    assert "http" in wrong["error"]


SECRET, BODY, NOW = SecretStr("partage"), b"000...", datetime(2026, 10, 5, 12, tzinfo=UTC)


def check(headers: dict[str, str], body: bytes = BODY, secret: SecretStr = SECRET) -> None:
    signature.check(secret, headers, body, NOW, age=300)


def test_a_signature_holds_for_its_bytes_its_secret_and_its_time() -> None:
    check(signature.sign(SECRET, BODY, NOW))
    check({k.upper(): v for k, v in signature.sign(SECRET, BODY, NOW).items()})
    good = signature.sign(SECRET, BODY, NOW)
    for wrong, body in (
        ({}, BODY),
        ({signature.MOMENT: good[signature.MOMENT]}, BODY),
        (good, BODY + b" "),
        (good | {signature.SIGNATURE: good[signature.SIGNATURE][:-1]}, BODY),
        (good | {signature.SIGNATURE: "é"}, BODY),
        (good | {signature.MOMENT: "2026-10-05T12:00:01Z"}, BODY),
        (signature.sign(SecretStr("autre"), BODY, NOW), BODY),
        (signature.sign(SECRET, BODY, NOW - timedelta(minutes=6)), BODY),
        (signature.sign(SECRET, BODY, NOW + timedelta(minutes=6)), BODY),
    ):
        with pytest.raises(errors.Unreadable) as refusal:
            check(wrong, body)
        assert refusal.value.issues[0].code == "security"
    with pytest.raises(errors.Unreadable, match="no secret"):
        check(signature.sign(SecretStr(""), BODY, NOW), secret=SecretStr(""))


def test_a_name_beside_other_headers_opens_no_door() -> None:
    adapter = Inps(Settings(callback_secret=SECRET))
    for headers in ({}, {"name": "x", "host": "y"}, {"NAME": "x"}):
        with pytest.raises(errors.Unreadable, match="prove"):
            adapter.receive(headers, b"{}")
