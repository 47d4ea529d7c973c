"""The child process of a confined run: reads what is asked, limits itself, answers, ends.

Source: https://peps.python.org/pep-0578/ (audit hooks), docs/mapping-tools.md
"""

from __future__ import annotations

import base64
import json
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from hub.errors import Issue, Problem, Unmappable
from hub.formats import exact_json
from hub.mapping import evidence, told
from hub.mapping.confine import MARK, NO_MEMORY
from hub.mapping.library import Library
from hub.mapping.tools import MapTools
from hub.mapping.transform_file import (
    COMPARISON,
    EVIDENCE,
    EXAMPLES,
    Printed,
    Wanted,
    transform,
)

_REFUSED = ("socket.", "subprocess.", "shutil.", "ctypes.", "pty.", "ftplib.", "http.", "urllib.")
_REFUSED_OS = {
    *("os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn"),
    *("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate"),
    *("os.chmod", "os.chown", "os.setxattr", "os.kill", "os.putenv"),
}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Forbidden(Exception):
    """What runs in this process asked for something outside of it."""


def main(answer_to: Callable[[dict[str, Any]], bytes] | None = None) -> None:
    """Answer one question from standard input on standard output.

    Args:
        answer_to: gives the answer to a question, after the process is limited.
    """
    try:
        answer = _answer(answer_to or _asked)
    except MemoryError:
        os._exit(NO_MEMORY)
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    os._exit(0)


def _answer(answer_to: Callable[[dict[str, Any]], bytes]) -> bytes:
    asked = json.loads(sys.stdin.buffer.read(), parse_float=Decimal)
    limit(asked["limits"]["cpu"], asked["limits"]["memory"])
    sys.addaudithook(refuse)
    try:
        return answer_to(asked)
    except Problem as problem:
        missing = problem.missing if isinstance(problem, Unmappable) else ()
        return line(
            ok=False,
            issues=[asdict(issue) for issue in problem.issues],
            missing=[asdict(code) for code in missing],
        )
    except Forbidden as forbidden:
        issue = Issue("forbidden", f"Refusé pendant l’exécution : {forbidden}", str(forbidden))
        return line(ok=False, issues=[asdict(issue)], missing=[])


def _asked(asked: dict[str, Any]) -> bytes:
    folders, wanted = [Path(folder) for folder in asked["folders"]], Wanted(**asked["wanted"])
    printed = _printed(folders, wanted, base64.b64decode(asked["body"]))
    warnings = [asdict(issue) for issue in printed.warnings]
    head = {"warnings": warnings, "messages": list(printed.messages), "trace": printed.trace}
    return line(ok=True, **head) + printed.body


def _printed(folders: list[Path], wanted: Wanted, body: bytes) -> Printed:
    tools = MapTools(folders, Path(__file__))
    if wanted.form == EVIDENCE:
        found = tools.explain(wanted.map, wanted.name, body, confined=False)
        return Printed(exact_json.dumps(evidence.as_tree(found)), (), ())
    if wanted.form == EXAMPLES:
        verdicts = list(tools.test(Path(wanted.name), confined=False))
        return Printed(exact_json.dumps(told.tell_verdicts(verdicts)), (), ())
    if wanted.form == COMPARISON:
        maps = Path(wanted.map), Path(wanted.other)
        compared = tools.compare(*maps, Path(wanted.name), confined=False)
        return Printed(exact_json.dumps(told.tell_comparison(compared)), (), ())
    return transform(Library(folders), wanted, body)


def line(**head: Any) -> bytes:
    """The line of JSON an answer begins with."""
    return exact_json.dumps(head) + MARK


def limit(cpu: int, memory: int) -> None:
    """Limit this process for good: processor seconds, bytes of address space, no file written."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: no socket, no process, no file opened for writing, moved or removed.

    Raises:
        Forbidden: the event is one of these.
    """
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING
    if writes or event in _REFUSED_OS or event.startswith(_REFUSED):
        raise Forbidden(event)
