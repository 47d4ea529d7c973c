"""How a private server is found, started without root's rights, awaited and stopped."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from glob import glob
from pathlib import Path

import pytest

PATIENCE = 180.0  #: seconds a server may take to start or stop on a busy machine


def binary(name: str, *places: str) -> str:
    """The path of a server's program; the newest of the places, which may be patterns.

    A machine without it fails the test, whose message says how to get it: a test that skips
    itself proves nothing.
    """
    found = [path for place in places for path in sorted(glob(place), reverse=True)]
    path = next((path for path in found if os.access(path, os.X_OK)), None) or shutil.which(name)
    if path is None:
        pytest.fail(f"{name} is not installed: run `make system` (it installs the test servers)")
    return path


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def account() -> pwd.struct_passwd | None:
    """Whom servers run as when the tests run as root; None: as the tests themselves."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


@contextmanager
def folder(name: str) -> Iterator[Path]:
    """A folder of the server's own under the temporary folder, removed afterwards."""
    path = Path(tempfile.mkdtemp(prefix=f"benkan-{name}-"))
    if owner := account():
        os.chown(path, owner.pw_uid, owner.pw_gid)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def unprivileged(command: Sequence[str]) -> list[str]:
    """The command, run as nobody when the tests are root, and ended when the tests are killed."""
    owner = account()
    as_whom = (
        [f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"] if owner else []
    )
    return [binary("setpriv"), *as_whom, "--pdeathsig=TERM", "--", *command]


def start(
    command: Sequence[str], log: Path, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a server in a group of its own; what it says goes to `log`."""
    clean = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **(env or {})}
    with log.open("ab") as output:
        return subprocess.Popen(
            unprivileged(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=clean,
            cwd=log.parent,
            start_new_session=True,
        )


def wait_until(
    answers: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, name: str
) -> None:
    """Wait until the server answers; fails with the end of its log when it does not."""
    end = time.monotonic() + PATIENCE
    while not answers():
        if process.poll() is not None or time.monotonic() > end:
            said = log.read_text(errors="replace")[-2000:]
            pytest.fail(f"{name} does not answer (exit status {process.poll()}):\n{said}")
        time.sleep(0.05)


def listens(port: int) -> bool:
    """Does anybody accept connections there?"""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def stop(process: subprocess.Popen[bytes], polite: signal.Signals = signal.SIGTERM) -> None:
    """Ask it to end; kill its whole group when it does not."""
    if process.poll() is None:
        process.send_signal(polite)
        try:
            process.wait(PATIENCE / 4)
        except subprocess.TimeoutExpired:
            kill(process)
    kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the whole group, as a machine that dies."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()
