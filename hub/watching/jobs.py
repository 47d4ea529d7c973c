"""Long work that shows its progress and can be left: a thread that writes how far it is."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hub.errors import Issue, NotFound, Problem
from hub.model import Tree
from hub.ports.watch import Job
from hub.wiring import Hub

log = logging.getLogger(__name__)

DONE, FAILED = "done", "failed"
#: A job without a sign of life for so long has died with its process.
SILENT = timedelta(seconds=60)
WRITE_EVERY = 0.5  #: seconds between two notes of the progress


class Progress:
    """What the work is given to say how far it is."""

    def __init__(self, hub: Hub, job: Job) -> None:
        self._hub = hub
        self.job = job
        self._written = 0.0
        self._lock = threading.Lock()

    def moved(self, done: int, told: str | None = None) -> None:
        """So much is done; written now and then."""
        with self._lock:
            said = self.job.told if told is None else told
            self.job = replace(self.job, done=done, told=said, seen=datetime.now(UTC))
            if time.monotonic() - self._written < WRITE_EVERY:
                return
            self._written = time.monotonic()
            self._hub.store.job_moved(self.job)

    def total(self, total: int) -> None:
        """There is so much to do."""
        with self._lock:
            self.job = replace(self.job, total=total)

    def over(self, outcome: str, told: str, result: bytes | None) -> None:
        """It is over."""
        with self._lock:
            now = datetime.now(UTC)
            self.job = replace(self.job, outcome=outcome, told=told, seen=now, finished=now)
            self._hub.store.job_moved(self.job, result)


#: Gives a French sentence about what was done, and bytes to keep.
Work = Callable[[Progress], tuple[str, bytes | None]]


#: Whoever has one of these may watch the job of this kind.
RIGHTS = {"bulk": "exchange.hold", "certify": "partner.read"}


def seen(hub: Hub, id: str, may: Callable[[str], bool]) -> Job:
    """One job, as far as somebody sees its kind.

    Raises:
        NotFound: there is none, or their roles do not show it.
    """
    job = hub.store.job(id)
    if job is None or not may(RIGHTS.get(job.kind, "user.manage")):
        raise unknown()
    return job


def unknown() -> NotFound:
    """There is no such work."""
    return NotFound(
        Issue(
            "not-found",
            "Ce travail n'existe pas, ou votre rôle ne le montre pas. Revenez à la page d'où il a "
            "été lancé.",
            "There is no such work, or your role does not show it. Go back to the page from which "
            "it was started.",
        )
    )


def start(
    hub: Hub,
    kind: str,
    subject: str,
    actor: str,
    total: int,
    work: Work,
    plan: bytes | None = None,
) -> Job:
    """Begin it and come back at once.

    Args:
        plan: kept until the work has made something: what to do, for whoever continues it.
    """
    now = datetime.now(UTC)
    job = Job(str(uuid.uuid4()), kind, subject, actor, now, now, total=total)
    hub.store.job_begun(job)
    if plan is not None:
        hub.store.job_moved(job, plan)
    progress = Progress(hub, job)
    thread = threading.Thread(target=_run, args=(progress, work), name=f"job-{kind}", daemon=True)
    thread.start()
    return job


def _run(progress: Progress, work: Work) -> None:
    try:
        told, result = work(progress)
    except Problem as problem:
        progress.over(FAILED, problem.text, None)
    except Exception as surprise:
        log.exception("job %s failed", progress.job.kind)
        told = f"Erreur interne ({type(surprise).__name__}) : prévenez l'exploitant, puis relancez."
        progress.over(FAILED, told, None)
    else:
        progress.over(DONE, told, result)


def died(job: Job) -> bool:
    """It neither ended nor gave a sign of life: its process has gone."""
    return job.finished is None and job.seen < datetime.now(UTC) - SILENT


def told(job: Job) -> Tree:
    """Long work for programs: times in ISO 8601, `finished` empty while it goes on."""
    return {
        "id": job.id,
        "kind": job.kind,
        "subject": job.subject,
        "actor": job.actor,
        "started": job.started.isoformat(),
        "finished": job.finished.isoformat() if job.finished else "",
        "done": job.done,
        "total": job.total,
        "outcome": job.outcome,
        "died": died(job),
        "told": job.told,
    }
