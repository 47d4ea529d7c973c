"""Documents from registered addresses, and clients' keys: in time, bounded, without detours."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from joserfc.jwk import ECKey

from hub.access import fetching, keysets
from hub.access.clients import Client
from hub.access.fetching import Unfetched, fetch
from hub.access.keysets import KeySets
from hub.errors import TokenRefused

#: What a server sends for one connection: given the connection, until it returns.
Serve = Callable[[socket.socket], None]


@pytest.fixture
def server() -> Iterator[Callable[[Serve], str]]:
    """Starts servers on this machine; gives the address of each."""
    opened: list[socket.socket] = []

    def start(serve: Serve) -> str:
        listening = socket.create_server(("127.0.0.1", 0))
        opened.append(listening)

        def run() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection, contextlib.suppress(OSError):
                        connection.recv(65_536)
                        serve(connection)

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}/keys"

    yield start
    for listening in opened:
        listening.close()


def answer(body: bytes, head: str = "HTTP/1.1 200 OK") -> Serve:
    lines = f"{head}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    return lambda connection: connection.sendall(lines.encode() + body)


def drip(connection: socket.socket) -> None:
    """Every byte comes in good time; all of them never do."""
    for byte in b"HTTP/1.1 200 OK\r\ncontent-length: 64\r\n\r\n" + b" " * 64:
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def test_what_is_whole_and_small_is_given(server) -> None:
    assert fetch(server(answer(b"{}"))) == b"{}"


def test_the_deadline_is_for_the_whole_of_it(server, monkeypatch) -> None:
    monkeypatch.setattr(fetching, "DEADLINE_SECONDS", 0.5)
    begun = time.monotonic()
    with pytest.raises(Unfetched, match="slow"):
        fetch(server(drip))
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("serve", "why"),
    [
        (answer(b" " * (fetching.MAX_BYTES + 1)), "large"),
        (answer(b"{}", "HTTP/1.1 404 Not Found"), "404"),
        (answer(b"{}", "HTTP/1.1 200 OK\r\ncontent-encoding: gzip"), "HTTP"),
        (lambda connection: connection.close(), "Error"),
    ],
    ids=["too large", "absent", "packed", "hung up"],
)
def test_anything_else_is_not(server, serve, why) -> None:
    with pytest.raises(Unfetched, match=why):
        fetch(server(serve))


def test_no_redirect_is_followed(server) -> None:
    asked: list[bool] = []

    def there(connection: socket.socket) -> None:
        asked.append(True)
        answer(b"{}")(connection)

    away = answer(b"", f"HTTP/1.1 302 Found\r\nlocation: {server(there)}")
    with pytest.raises(Unfetched, match="302"):
        fetch(server(away))
    assert asked == []


@pytest.mark.parametrize(
    "url", ["http://hub.example/keys", "file:///etc/passwd", "//x", "https", "http://[::1"]
)
def test_only_https_is_asked(url: str) -> None:
    with pytest.raises(Unfetched, match="https"):
        fetch(url)


def test_keys_are_remembered_and_new_ones_looked_for_but_not_all_the_time(
    server, monkeypatch
) -> None:
    shown = [ECKey.generate_key("P-384", {"kid": "k1"})]
    asked: list[int] = []

    def serve(connection: socket.socket) -> None:
        asked.append(len(shown))
        tree = {"keys": [key.as_dict(private=False) for key in shown]}
        answer(json.dumps(tree).encode())(connection)

    client = Client("x", "x", ("provider",), "x", (), "", jwks_url=server(serve))
    known = KeySets()
    for _ in range(3):
        assert [key.kid for key in known.of(client, "k1").keys] == ["k1"]
    assert asked == [1]
    shown[:] = [ECKey.generate_key("P-384", {"kid": "k2"})]
    known.of(client, "k2")  # somebody who guesses cannot make us ask all the time
    assert asked == [1]
    monkeypatch.setattr(keysets, "PATIENCE_SECONDS", 0.0)
    assert [key.kid for key in known.of(client, "k2").keys] == ["k2"]
    monkeypatch.setattr(keysets, "FRESH_SECONDS", 0.0)
    shown[:] = [ECKey.generate_key("P-384", {"kid": "k3"})]
    assert "k2" not in [key.kid for key in known.of(client, "k2").keys]


def test_keys_that_cannot_be_had_refuse_the_client(server) -> None:
    client = Client("x", "x", ("provider",), "x", (), "", jwks_url=server(answer(b"{}")))
    with pytest.raises(TokenRefused):
        KeySets().of(client, "k1")


INSIDE = {
    "where a cloud tells secrets": "https://169.254.169.254/latest/meta-data/",
    "the same in IPv6": "https://[fd00:ec2::254]/latest/",
    "link-local": "https://[fe80::1]/keys",
    "this machine by a short number": "https://127.1/keys",
    "this machine by one number": "https://2130706433/keys",
    "this machine in another base": "https://0x7f.0.0.1/keys",
    "another name of this machine": "https://127.0.0.2/keys",
    "this machine in IPv6 notation": "https://[::ffff:127.0.0.1]/keys",
    "no machine": "https://0.0.0.0/keys",
    "many machines": "https://224.0.0.1/keys",
}


@pytest.mark.parametrize("name", INSIDE)
def test_an_address_of_the_inside_is_not_asked(name: str, monkeypatch) -> None:
    monkeypatch.setattr(fetching.httpx, "AsyncClient", None)  # nothing may leave
    with pytest.raises(Unfetched, match="not asked"):
        fetch(INSIDE[name])


def test_a_name_that_leads_inside_is_not_asked(monkeypatch) -> None:
    found = [(socket.AF_INET, 0, 0, "", ("169.254.169.254", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: found)
    monkeypatch.setattr(fetching.httpx, "AsyncClient", None)
    with pytest.raises(Unfetched, match="not asked"):
        fetch("https://keys.hospital.example/jwks")


def test_a_silent_address_keeps_few_waiting_and_is_not_asked_again_at_once(server) -> None:
    """Whoever asks has proved nothing: an id of a client must not be enough to tie up the hub."""
    asked: list[float] = []
    over = threading.Event()

    def silent(connection: socket.socket) -> None:
        asked.append(time.monotonic())
        over.wait(10)

    client = Client("x", "x", ("provider",), "x", (), "", jwks_url=server(silent))
    known, refused = KeySets(), list[float]()

    def call() -> None:
        with pytest.raises(TokenRefused):
            known.of(client, "k1")
        refused.append(time.monotonic())

    callers = [threading.Thread(target=call) for _ in range(20)]
    for caller in callers:
        caller.start()
    while len(refused) < 20 - keysets.MOST_WAITING:
        time.sleep(0.01)
    assert not over.is_set()
    over.set()
    for caller in callers:
        caller.join()
    assert len(asked) == 1
