"""A partner's web server that lies, trickles, floods or leads elsewhere: bounded, and no receipt.

Source: reliability programme N01, N02, N07, N10 (errors by class: hub/errors.py).
"""

from __future__ import annotations

import contextlib
import gzip
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from adapters.transports.https import Limits, Poster
from hub.errors import Unconfirmed, Unreachable

LIMITS = Limits(connect=5.0, read=5.0, total=10.0, size=1_000_000)
HASTY = Limits(connect=0.6, read=0.6, total=0.8, size=1_000_000)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
Talk = Callable[[socket.socket], None]


@contextlib.contextmanager
def server(talk: Talk, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Answers each request with what `talk` says."""

    def serve(door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = door.accept()
                with peer, contextlib.suppress(OSError):
                    peer.settimeout(5)
                    line = tls.wrap_socket(peer, server_side=True) if tls else peer
                    with contextlib.closing(line):
                        asked = b""
                        while b"\r\n\r\n" not in asked:
                            asked += line.recv(65536)
                        talk(line)
                        line.shutdown(socket.SHUT_WR)  # closing now could cut what was sent
                        while line.recv(65536):
                            pass

    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=serve, args=(door,), daemon=True).start()
        scheme = "https" if tls else "http"
        yield f"{scheme}://127.0.0.1:{door.getsockname()[1]}/service"
        with contextlib.suppress(OSError):
            door.shutdown(socket.SHUT_RDWR)


def says(*pieces: bytes, pause: float = 0.0, times: int = 1) -> Talk:
    def talk(line: socket.socket) -> None:
        for _ in range(times):
            for piece in pieces:
                line.sendall(piece)
                time.sleep(pause)

    return talk


BOMB = gzip.compress(b" " * 50_000_000)
UNCONFIRMED = {
    "a body that trickles": says(HEAD + b"\r\n", *[b"x"] * 40, pause=0.1),
    "a head that trickles": says(HEAD, *[b"X: y\r\n"] * 40, pause=0.1),
    "a first line that trickles": says(*[b"H"] * 40, pause=0.1),
    "chunks that trickle": says(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * 40, pause=0.1
    ),
    "a gigabyte": says(HEAD + b"\r\n", *[b"x" * 65536] * 16_000),
    "a gigabyte announced": says(HEAD + b"Content-Length: 1000000000\r\n\r\n", b"x" * 2_000_000),
    "a chunk of a gigabyte": says(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n40000000\r\n", *[b"x" * 65536] * 100
    ),
    "a gzip bomb": says(
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB), BOMB
    ),
    "compressed though not asked": says(HEAD + b"Content-Encoding: deflate\r\n\r\nx"),
    "endless headers": says(HEAD, *[b"X: y\r\n"] * 20_000),
    "an endless header": says(HEAD + b"X: ", *[b"y" * 65536] * 50),
    "cut": says(HEAD + b"Content-Length: 100\r\n\r\nx"),
    "cut in a chunk": says(HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\nx"),
    "chunk size is a word": says(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nx"),
    "no http": says(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "nothing": says(b""),
    "silence": lambda line: time.sleep(3),
    "a status that is none": says(b"HTTP/1.1 abc OK\r\n\r\n"),
    "endless interim answers": says(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 40, pause=0.1),
}

#: Nothing but the deadline ends these.
LASTING = {name for name in UNCONFIRMED if "trickle" in name} | {
    "silence",
    "endless interim answers",
}


@pytest.mark.parametrize("name", UNCONFIRMED)
def test_no_answer_of_this_kind_is_one_and_none_lasts(name):
    began = time.monotonic()
    limits = HASTY if name in LASTING else LIMITS
    with server(UNCONFIRMED[name]) as url, pytest.raises(Unconfirmed):
        Poster(url, limits).post(b"x", {})
    assert time.monotonic() - began < 20


def test_a_redirect_is_given_back_and_not_followed():
    asked: list[str] = []
    with server(lambda line: asked.append("elsewhere")) as elsewhere:
        for status in (301, 302, 303, 307, 308):
            head = b"HTTP/1.1 %d X\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n"
            with server(says(head % (status, elsewhere.encode()))) as url:
                assert Poster(url, LIMITS).post(b"x", {}).status == status
    assert asked == []


def test_a_maintenance_page_is_given_back_as_it_is(tmp_path):
    page = b"<html>Maintenance</html>"
    with server(says(HEAD + b"Content-Length: %d\r\n\r\n" % len(page) + page)) as url:
        answer = Poster(url, LIMITS).post(b"x", {})
    assert (answer.status, answer.body) == (200, page)


def test_threads_end_with_the_deadline():
    before = threading.active_count()
    with server(UNCONFIRMED["a body that trickles"]) as url:
        for _ in range(3):
            with pytest.raises(Unconfirmed):
                Poster(url, Limits(total=0.3)).post(b"x", {})
        end = time.monotonic() + 30
        while threading.active_count() > before + 1 and time.monotonic() < end:
            time.sleep(0.05)
        assert threading.active_count() <= before + 1  # the server's own


def test_proxies_and_passwords_of_the_environment_are_not_used(monkeypatch, tmp_path):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    heard: list[bytes] = []

    def talk(line: socket.socket) -> None:
        heard.append(b"here")
        line.sendall(HEAD + b"Content-Length: 0\r\n\r\n")

    with server(talk) as url:
        assert Poster(url, LIMITS).post(b"x", {}).status == 200
    assert heard == [b"here"]


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://", "//127.0.0.1/x", "https://a:b@host/x"],
)
def test_no_other_kind_of_address_is_called(url):
    with pytest.raises(ValueError, match="no http or https address"):
        Poster(url, LIMITS)


@pytest.mark.parametrize("path", ["@127.0.0.1:9/", ".evil.example/", ":9/", "x"])
def test_no_path_leads_to_another_host(path):
    with pytest.raises(ValueError, match="another host"):
        Poster("http://127.0.0.1", LIMITS).call("GET", path, b"", {})


# -- TLS -------------------------------------------------------------------------------------


def certificate(folder: Path, name: str, days: int = 1) -> Path:
    """A key and a certificate that signed itself, for a host, in one file."""
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([_name(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / f"{name}{days}.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def _name(name: str) -> x509.GeneralName:
    return x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)


def context(path: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(path)
    return made


OK = says(HEAD + b"Content-Length: 2\r\n\r\nok")


def test_the_right_certificate_of_the_configured_authority_is_taken(tmp_path):
    path = certificate(tmp_path, "127.0.0.1")
    with server(OK, context(path)) as url:
        assert Poster(url, LIMITS, path).post(b"x", {}).body == b"ok"


@pytest.mark.parametrize(("name", "days"), [("other.example", 1), ("127.0.0.1", -1)])
def test_the_certificate_of_another_host_or_an_expired_one_means_nothing_left(tmp_path, name, days):
    path = certificate(tmp_path, name, days)
    with server(OK, context(path)) as url, pytest.raises(Unreachable, match="SSLCert"):
        Poster(url, LIMITS, path).post(b"x", {})


def test_a_certificate_of_no_known_authority_means_nothing_left(tmp_path):
    path = certificate(tmp_path, "127.0.0.1")
    with server(OK, context(path)) as url, pytest.raises(Unreachable, match="SSLCert"):
        Poster(url, LIMITS).post(b"x", {})


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_nothing_older_than_tls_1_2_is_spoken(tmp_path):
    path = certificate(tmp_path, "127.0.0.1")
    old = context(path)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with server(OK, old) as url, pytest.raises(Unreachable):
        Poster(url, LIMITS, path).post(b"x", {})


def test_https_does_not_fall_back_to_http(tmp_path):
    with server(OK) as url, pytest.raises(Unreachable):
        Poster(url.replace("http:", "https:"), LIMITS).post(b"x", {})
