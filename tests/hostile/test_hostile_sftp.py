"""An SFTP server that lies: names, sizes, kinds and keys. Nothing but whole, plain files is taken.

https://datatracker.ietf.org/doc/html/draft-ietf-secsh-filexfer-02
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from adapters.transports import sftp
from hub.errors import Unreachable

KEY = asyncssh.generate_private_key("ssh-ed25519")
OTHER = asyncssh.generate_private_key("ssh-ed25519")


class Server:
    """A server over a real folder, with entries of its own in the listing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.extra: list[bytes] = []  #: names that stand in the listing as well
        self.growing = ""  #: a file that grows whenever it is opened
        self.vanishing = ""  #: a file that goes after it was listed
        self.troubled = 0  #: so many times a file goes while it is listed
        self.port = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def _serve(self) -> None:
        outer = self

        class Files(asyncssh.SFTPServer):
            def __init__(self, chan: Any) -> None:
                super().__init__(chan, chroot=os.fsencode(outer.folder))

            async def scandir(self, path: bytes) -> Any:
                async for entry in super().scandir(path):
                    yield entry
                outer.trouble()
                for name in outer.extra:
                    yield asyncssh.SFTPName(name, attrs=asyncssh.SFTPAttrs(permissions=0o100644))

            def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
                name = os.path.basename(path).decode()
                if name == outer.vanishing:
                    (outer.folder / name).unlink()
                if name == outer.growing:
                    with (outer.folder / name).open("ab") as file:
                        file.write(b"<more/>")
                return super().open(path, pflags, attrs)

        class Login(asyncssh.SSHServer):
            def begin_auth(self, username: str) -> bool:
                return False

        async def listen() -> None:
            self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
            server = await asyncssh.listen(
                "127.0.0.1", 0, server_host_keys=[KEY], server_factory=Login, sftp_factory=Files
            )
            self.port = server.get_port()
            self._ready.set()
            await self._end.wait()
            server.close()

        asyncio.run(listen())

    def trouble(self) -> None:
        if self.troubled:
            self.troubled -= 1
            raise asyncssh.SFTPNoSuchFile("gone while it was listed")

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    def fetch(self, key: asyncssh.SSHKey = KEY, **limits: Any) -> dict[str, bytes]:
        public = key.export_public_key().decode().strip()
        at = sftp.Endpoint("127.0.0.1", self.port, "x", public, deadline=60, **limits)
        found = sftp.fetch(at, "/", 100)
        assert len(found) == len(dict(found))
        return dict(found)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("sftp"))
    yield server
    server.stop()


@pytest.fixture
def server(running: Server) -> Server:
    for path in running.folder.iterdir():
        path.unlink() if not path.is_dir() else path.rmdir()
    running.extra, running.growing, running.vanishing, running.troubled = [], "", "", 0
    (running.folder / "good.xml").write_bytes(b"<good/>")
    return running


NAMES = {
    "climbs": b"../secret.xml",
    "climbs twice": b"../../etc/passwd.xml",
    "absolute": b"/etc/passwd.xml",
    "windows": b"..\\secret.xml",
    "drive": b"c:secret.xml",
    "a nul": b"a\x00b.xml",
    "a line break": b"a\nb.xml",
    "ends with a line break": b"a.xml\n",
    "a carriage return": b"a\rb.xml",
    "300 characters": b"a" * 296 + b".xml",
    "no utf-8": b"\xff\xfe.xml",
    "a surrogate": b"\xed\xa0\x80.xml",
    "right to left": "a\u202elmx.xml".encode(),
    "full-width dots": "．．／a.xml".encode(),
    "a space": b"a b.xml",
    "begins with a dash": b"-rf.xml",
    "begins with a dot": b".hidden.xml",
    "a quote": b"a'b.xml",
    "a command": b"$(reboot).xml",
    "a star": b"*.xml",
    "a percent": b"%2e%2e%2fa.xml",
    "empty": b"",
    "only the end": b".xml",
    "itself": b".",
    "its parent": b"..",
    "not there": b"ghost.xml",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_neither_fetched_nor_in_the_way(server, name):
    server.extra = [NAMES[name]]
    assert server.fetch() == {"good.xml": b"<good/>"}


def test_a_name_listed_twice_is_fetched_once(server):
    server.extra = [b"good.xml", b"good.xml"]
    assert server.fetch() == {"good.xml": b"<good/>"}


def test_what_is_no_plain_file_is_left_alone(server):
    (server.folder / "link.xml").symlink_to("/etc/hostname")
    (server.folder / "inner.xml").symlink_to("good.xml")
    (server.folder / "folder.xml").mkdir()
    os.mkfifo(server.folder / "pipe.xml")
    server.extra = [b"link.xml", b"inner.xml", b"pipe.xml", b"folder.xml"]  # said to be plain files
    assert server.fetch() == {"good.xml": b"<good/>"}


def test_a_file_that_grows_while_it_is_read_is_left_for_later(server):
    (server.folder / "grows.xml").write_bytes(b"<half")
    server.growing = "grows.xml"
    assert server.fetch() == {"good.xml": b"<good/>"}
    server.growing = ""
    assert set(server.fetch()) == {"good.xml", "grows.xml"}


def test_a_file_that_vanishes_or_is_empty_stops_no_other(server):
    (server.folder / "a.xml").write_bytes(b"<a/>")
    (server.folder / "empty.xml").write_bytes(b"")
    server.vanishing = "a.xml"
    assert server.fetch() == {"good.xml": b"<good/>"}


@pytest.mark.parametrize("times", [1, 3])
def test_a_file_that_goes_while_it_is_listed_hides_no_other(server, times):
    server.troubled = times
    assert server.fetch() == {"good.xml": b"<good/>"}
    assert server.troubled == 0


def test_a_folder_that_is_never_listed_is_not_an_empty_one(server):
    server.troubled = 10
    with pytest.raises(Unreachable, match="SFTPNoSuchFile"):
        server.fetch()


def test_a_file_over_the_limit_stops_no_other(server, caplog):
    (server.folder / "big.xml").write_bytes(b"x" * 1001)
    assert server.fetch(largest=1000) == {"good.xml": b"<good/>"}
    assert "1000" in caplog.text


def test_100_000_entries_are_listed_in_bounded_time(server):
    server.extra = [b"%06d.txt" % number for number in range(100_000)]
    began = time.monotonic()
    assert server.fetch() == {"good.xml": b"<good/>"}
    assert time.monotonic() - began < 50


def test_another_host_key_is_refused_before_anything_is_said(server):
    with pytest.raises(Unreachable, match="HostKeyNotVerifiable"):
        server.fetch(OTHER)
