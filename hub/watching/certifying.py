"""Certification as long work: the command in a process of its own, its progress, its report."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from hub.errors import Invalid, Issue, Misconfigured, NotFound
from hub.formats import exact_json
from hub.partner_wiring import named
from hub.ports.watch import Job
from hub.watching import jobs
from hub.wiring import Hub

KIND = "certify"
#: A certification that lasts longer has got stuck.
LONGEST = 1_800.0


def start(hub: Hub, name: str, actor: str) -> Job:
    """Certify a partner against a sandbox of its own; its exchanges here are not touched.

    Raises:
        NotFound: nobody has this name.
        Invalid: it has no certification case, or its certification is under way.
    """
    if named(hub.settings, name).case() is None:
        raise Invalid(
            Issue(
                "not-supported",
                f"{name} n'a pas de cas de certification : voyez adapters/README.md.",
                f"{name} has no certification case: see adapters/README.md.",
            )
        )
    running = [j for j in hub.store.jobs(KIND, name, 1) if not j.finished and not jobs.died(j)]
    if running:
        raise Invalid(
            Issue(
                "business-rule",
                f"La certification de {name} est déjà en cours ; suivez-la sur la page du "
                "partenaire.",
                f"The certification of {name} is under way; follow it on the partner's page.",
            )
        )
    return jobs.start(hub, KIND, name, actor, 0, lambda progress: _work(name, progress))


def report(hub: Hub, id: str) -> dict[str, Any] | None:
    """The report of a certification: `report` (JSON), `fr` and `en` (pages); None: none yet."""
    made = hub.store.job_result(id)
    found: dict[str, Any] | None = exact_json.loads(made) if made else None
    return found


def found(hub: Hub, name: str, id: str) -> dict[str, Any]:
    """The report of this job, as `report` gives it.

    Raises:
        NotFound: there is none, or it is another partner's.
    """
    job = hub.store.job(id)
    known = job is not None and job.kind == KIND and job.subject == name
    made = report(hub, id) if known else None
    if made is None:
        raise NotFound(
            Issue(
                "not-found",
                "Il n'y a pas de rapport sous cette adresse : la certification n'est pas finie, ou "
                "n'a pas abouti. Voyez la page du partenaire.",
                "There is no report at this address: the certification has not ended, or failed. "
                "See the partner's page.",
            )
        )
    return made


def _work(name: str, progress: jobs.Progress) -> tuple[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "hub.cli", "partner", "certify", name]
        command += ["--out", folder, "--progress"]
        with subprocess.Popen(  # noqa: S603 - ourselves
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            last = _follow(process, progress)
        made = sorted(Path(folder).glob("*.json"))
        if not made:
            raise Misconfigured(
                Issue(
                    "exception",
                    f"La certification n'a pas donné de rapport. {last}",
                    f"The certification gave no report. {last}",
                )
            )
        tree = exact_json.loads(made[0].read_bytes())
        pages = {
            language: made[0].with_suffix(f".{language}.html").read_text(encoding="utf-8")
            for language in ("fr", "en")
        }
    told = "Certification réussie." if tree["passed"] else "Certification non réussie."
    return told, json.dumps({"report": tree, **pages}, ensure_ascii=False).encode()


def _follow(process: subprocess.Popen[str], progress: jobs.Progress) -> str:
    """Tell the progress until it ends; gives its last other line."""
    lines: Queue[str] = Queue()
    assert process.stderr is not None  # noqa: S101 - it was asked for
    stream = process.stderr

    def read() -> None:
        for line in stream:
            lines.put(line)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    last, done, seconds = "", 0, 0.0
    while process.poll() is None or not lines.empty():
        try:
            line = lines.get(timeout=1.0).strip()
        except Empty:
            seconds += 1.0
            if seconds > LONGEST:
                process.kill()
            progress.moved(done)
            continue
        first, slash, total = line.partition("/")
        if slash and first.isdigit() and total.isdigit():
            done = int(first)
            progress.total(int(total))
            progress.moved(done)
        elif line:
            last = line
    reader.join(timeout=1.0)
    return last
