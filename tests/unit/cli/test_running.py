"""How processes start, refuse to start, and end."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from servers import processes
from servers.production import Process

from hub.cli import main

NOBODY = "amqp://127.0.0.1:1//"


class Ended:
    """A `benkan` command that ended: its exit status and what it printed."""

    def __init__(self, status: int, printed: str, complained: str) -> None:
        self.status, self.printed, self.complained = status, printed, complained


@pytest.fixture
def benkan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """Runs a `benkan` command here, in an empty folder, to its end."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **settings: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["benkan", *arguments])
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        return Ended(int(end.value.code or 0), printed.out, printed.err)

    return run


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"BENKAN_PARTNERS": "canam,inexistant"}, ("inexistant", "BENKAN_PARTNERS", "cmss")),
        ({"BENKAN_PARTNERS": "cmss"}, ("BENKAN_CMSS_HOSTKEY manque", "is missing")),
        (
            {"BENKAN_PARTNERS": "cmss", "BENKAN_CMSS_HOSTKEY": "/nulle/part.pub"},
            ("BENKAN_CMSS_HOSTKEY", "/nulle/part.pub"),
        ),
        ({"BENKAN_PORT": "huit"}, ("BENKAN_PORT",)),
        ({"BENKAN_BROKER_URL": "memory://localhost/"}, ("BENKAN_BROKER_URL", "benkan serve")),
    ],
    ids=["unknown partner", "missing setting", "no such file", "not a number", "memory broker"],
)
def test_a_worker_with_wrong_settings_names_them_in_both_languages(
    benkan: Callable[..., Ended], settings: dict[str, str], told: tuple[str, ...]
) -> None:
    done = benkan("worker", **{"BENKAN_BROKER_URL": NOBODY, **settings})
    assert done.status == 2
    assert len(done.complained.splitlines()) == 2
    for words in told:
        assert words in done.complained


def test_the_values_of_wrong_settings_are_not_printed(benkan: Callable[..., Ended]) -> None:
    """They may be secrets that went into the wrong variable."""
    done = benkan("serve", BENKAN_PORT="mot-de-passe")
    assert done.status == 2
    assert "mot-de-passe" not in done.printed + done.complained


def test_serve_without_uvloop_says_what_to_do(
    benkan: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    done = benkan("serve", "--port", "0")
    assert done.status == 2
    assert "uvloop" in done.complained
    assert "make install" in done.complained


def test_serve_on_a_port_that_is_taken_says_so(benkan: Callable[..., Ended]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        done = benkan("serve", "--port", port)
    assert done.status == 1
    assert port in done.printed
    assert "--port 0" in done.printed


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Process]:
    process = Process(
        tmp_path, "serve", ["serve", "--port", "0"], {"BENKAN_LOG": "INFO", "BENKAN_ACCESS": "open"}
    )
    yield process.start().wait("ready http://127.0.0.1:")
    process.kill()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_serve_answers_once_ready_and_ends_well(serve: Process, how: signal.Signals) -> None:
    url = next(one for one in serve.said.splitlines() if one.startswith("ready ")).split()[1]
    assert httpx.get(f"{url}/metadata", timeout=20).status_code == 200
    assert httpx.get(f"{url}/Patient?identifier=20000111", timeout=20).status_code == 200
    assert serve.stop(how) == 0
    assert "20000111" not in serve.said


def test_a_worker_waits_for_a_broker_that_is_away_and_can_be_stopped_meanwhile(
    tmp_path: Path,
) -> None:
    settings = {"BENKAN_BROKER_URL": f"amqp://127.0.0.1:{processes.free_port()}//"}
    worker = Process(tmp_path, "worker", ["worker"], settings).start()
    try:
        worker.expect("Cannot connect to amqp://")
        assert worker.stop() == 0
        assert "ready worker" not in worker.said
    finally:
        worker.kill()
