"""A draft map run in a child process: limited in time, memory and output, without files or network.

The kernel limits CPU seconds, address space and the size of files written (RLIMIT_CPU, RLIMIT_AS,
RLIMIT_FSIZE = 0); the parent limits wall time and output. An audit hook in the child refuses
sockets, processes and files opened for writing. The hook is no wall against native code: a map has
none, since it only becomes Python that our compiler writes. See docs/mapping-tools.md.
Source: https://man7.org/linux/man-pages/man2/getrlimit.2.html, https://peps.python.org/pep-0578/
"""

from __future__ import annotations

import base64
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path

from hub.errors import Issue, MissingCode, Unmappable
from hub.mapping.transform_file import Printed, Wanted

MARK = b"\n"  #: ends the line of JSON before the target's bytes
NO_MEMORY = 77  #: exit status of a child that had no memory left
_CHUNK = 1 << 16
_ROOT = Path(__file__).parents[2]
_START = (
    "import sys, importlib; sys.path.insert(0, sys.argv[1]); "
    "importlib.import_module(sys.argv[2]).main()"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a draft may use."""

    cpu: int = 60  #: seconds of processor
    wall: float = 120  #: seconds until it must be done
    memory: int = 2 << 30  #: bytes of address space
    output: int = 50_000_000  #: bytes of the target and its trace


DEFAULT = Limits()
MANY = Limits(cpu=600, wall=1200)  #: for a folder of examples


def run(folders: Sequence[Path], wanted: Wanted, body: bytes, limits: Limits = DEFAULT) -> Printed:
    """One source document through one map, in a child process.

    Raises:
        Unmappable: what transform_file.transform raises, or a limit was reached.
    """
    asked = {
        "folders": [str(folder) for folder in folders],
        "wanted": asdict(wanted),
        "limits": asdict(limits),
        "body": base64.b64encode(body).decode(),
    }
    answer = ask("hub.mapping.confined", json.dumps(asked).encode(), limits)
    head, _, made = answer.partition(MARK)
    told = json.loads(head, parse_float=Decimal)
    if not told["ok"]:
        missing = [MissingCode(**code) for code in told["missing"]]
        raise Unmappable(*(Issue(**issue) for issue in told["issues"]), missing=missing)
    warnings = [Issue(**issue) for issue in told["warnings"]]
    return Printed(made, warnings, told["messages"], told["trace"])


def ask(module: str, asked: bytes, limits: Limits) -> bytes:
    """What a child process answers: JSON, MARK, then bytes.

    Args:
        module: its `main` reads the question from standard input, limits itself, and answers.
        asked: the question.
        limits: of the wait and of the answer's size; the child keeps to the others.

    Raises:
        Unmappable: a limit was reached, or the child failed.
    """
    with tempfile.TemporaryFile() as given:
        given.write(asked)
        given.seek(0)
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
            [sys.executable, "-I", "-c", _START, str(_ROOT), module],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            start_new_session=True,
        )
        try:
            answer = _read(child, limits)
        finally:
            child.kill()
            status = child.wait()
            if child.stdout is not None:
                child.stdout.close()
    if status == -signal.SIGXCPU:
        raise _over("temps de calcul", "processor time", f"{limits.cpu} s")
    if status == NO_MEMORY:
        raise _over("mémoire", "memory", f"{limits.memory >> 20} MiB")
    if MARK not in answer:
        raise Unmappable(
            Issue(
                "exception",
                "Le processus qui exécute la carte s’est arrêté sans réponse : vérifiez la carte "
                "par « benkan map check », ou signalez ce défaut",
                "the process that runs the map ended without an answer: check the map with "
                "benkan map check, or report this defect",
            )
        )
    return answer


def _read(child: subprocess.Popen[bytes], limits: Limits) -> bytes:
    """All the child writes, as long as it is within its time and its size."""
    assert child.stdout is not None  # noqa: S101 - opened as a pipe above
    answer = bytearray()
    end = time.monotonic() + limits.wall
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(max(0, end - time.monotonic())):
                raise _over("durée", "time", f"{limits.wall} s")
            chunk = os.read(child.stdout.fileno(), _CHUNK)
            if not chunk:
                break
            answer += chunk
            if len(answer) > limits.output:
                raise _over("taille du résultat", "size of the result", f"{limits.output} B")
    child.wait()
    return bytes(answer)


def _over(fr: str, en: str, limit: str) -> Unmappable:
    return Unmappable(
        Issue(
            "too-costly",
            f"La carte a dépassé sa limite ({fr} : {limit}) et a été arrêtée : cherchez une "
            "boucle, une récursion ou un produit de listes",
            f"the map went over its limit ({en}: {limit}) and was stopped: look for a loop, a "
            "recursion or a product of lists",
        )
    )
