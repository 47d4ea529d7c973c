"""What a draft would change: run over real exchanges, compared with what they were translated to.

A replay is a row in the database: one may leave, and come back from another process. It runs in
chunks in a confined child process and says after each how far it is.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hub.authoring import replay_sources
from hub.authoring.conflicts import present
from hub.authoring.people import Person, may, require
from hub.authoring.replay_groups import Groups
from hub.authoring.replay_sources import Source
from hub.authoring.testing import ask
from hub.errors import Issue, NotFound, Problem
from hub.evidence.chain import Act
from hub.mapping import confine
from hub.ports.releases import Draft, Replay
from hub.release_wiring import Standing, headers
from hub.wiring import Hub

log = logging.getLogger(__name__)

MOST = 2_000  #: exchanges at most
CHUNK = 25  #: exchanges for each child process
SECONDS = 600  #: the longest a replay may take
#: A replay that has said nothing for so long was left by its process.
SILENT = timedelta(seconds=180)

_ONE = threading.BoundedSemaphore(1)


def start(hub: Hub, person: Person, url: str, count: int = 100, seconds: int = 300) -> Replay:
    """Note that a replay of the draft begins; one of the same text that runs is given again.

    Args:
        count: exchanges at most, the newest first.
        seconds: after which it ends with what it has.

    Raises:
        Forbidden: neither author nor publisher. NotFound: no draft.
    """
    if not may(hub, person, "mapping.publish", url):
        require(hub, person, "mapping.edit", url)
    draft, now = present(hub, url), datetime.now(UTC)
    for one in replays(hub, url):
        if one.state == "running" and one.hash == draft.hash:
            return one
    asked = {"count": max(1, min(count, MOST)), "seconds": max(1, min(seconds, SECONDS))}
    id = str(uuid.uuid4())
    made = Replay(id, url, draft.hash, person.id, "running", asked, now, now)
    act = Act(person.id, "draft-replayed", f"{draft.kind}/{url}", now, {"hash": draft.hash} | asked)
    hub.store.start_replay(made, act)
    return made


def begin(hub: Hub, person: Person, url: str, count: int = 100, seconds: int = 300) -> Replay:
    """As `start`; it runs while the one who asked goes on."""
    running = {one.id for one in replays(hub, url)}
    made = start(hub, person, url, count, seconds)
    if made.id not in running:
        threading.Thread(target=run, args=(hub, made), daemon=True, name="replay").start()
    return made


def replays(hub: Hub, url: str) -> list[Replay]:
    """The replays of an artefact's drafts, newest first; one left by its process is `stopped`."""
    return [_lasting(hub, one) for one in hub.store.replays(url)]


def replay(hub: Hub, id: str) -> Replay:
    """One replay as it is now.

    Raises:
        NotFound: there is none of this id.
    """
    found = hub.store.replay(id)
    if found is None:
        raise NotFound(
            Issue(
                "not-found",
                "Cet essai sur échanges réels n'existe pas : relancez-le depuis la carte.",
                "There is no such replay: start one from the map.",
            )
        )
    return _lasting(hub, found)


def stop(hub: Hub, person: Person, id: str) -> Replay:
    """End a replay with what it has.

    Raises:
        Forbidden, NotFound.
    """
    found = replay(hub, id)
    if person.id != found.actor:
        require(hub, person, "mapping.publish", found.url)
    hub.store.tell_replay(id, datetime.now(UTC), state="stopped")
    return replay(hub, id)


def run(hub: Hub, replay: Replay) -> None:
    """Run it to its end; what goes wrong is written into its row."""
    try:
        with _ONE:
            _run(hub, replay)
    except Problem as problem:
        told = {"fr": problem.text, "en": "; ".join(one.en for one in problem.issues)}
        hub.store.tell_replay(replay.id, datetime.now(UTC), state="failed", result=told)
    except Exception:
        log.exception("replay %s failed", replay.id)
        told = {
            "fr": "Erreur imprévue : relancez ; si elle persiste, prévenez l'exploitant.",
            "en": "Unexpected error: start again; if it persists, tell the operator.",
        }
        hub.store.tell_replay(replay.id, datetime.now(UTC), state="failed", result=told)


def _run(hub: Hub, replay: Replay) -> None:
    draft = present(hub, replay.url)
    end = time.monotonic() + int(replay.asked["seconds"])
    sources = replay_sources.found(hub, draft, int(replay.asked["count"]))
    groups, done = Groups(hub), 0
    more = hub.store.tell_replay(replay.id, datetime.now(UTC), done=0, total=len(sources))
    with TemporaryDirectory(prefix="benkan-replay-") as folder:
        file = Path(folder) / f"draft.{draft.form}"
        file.write_text(draft.text, encoding="utf-8")
        for chunk, standing in _chunks(hub, sources):
            left = end - time.monotonic()
            if not more or left <= 0:
                break
            for one, sides in zip(chunk, _made(draft, file, standing, chunk, left), strict=True):
                groups.add(one, *sides)
            done += len(chunk)
            more = hub.store.tell_replay(replay.id, datetime.now(UTC), done=done)
    result = {**groups.told(), "asked": len(sources), "complete": done == len(sources)}
    hub.store.tell_replay(replay.id, datetime.now(UTC), state="done", result=result)


def _chunks(hub: Hub, sources: list[Source]) -> list[tuple[list[Source], Standing]]:
    """Sources of one map for which the same versions hold, some at a time."""
    together: dict[Any, tuple[list[Source], Standing]] = {}
    for one in sources:
        standing = hub.maps.standing(one.when)
        key = (one.map, one.pinned, frozenset(standing.preferred.items()))
        together.setdefault(key, ([], standing))[0].append(one)
    return [
        (some[first : first + CHUNK], standing)
        for some, standing in together.values()
        for first in range(0, len(some), CHUNK)
    ]


def _made(
    draft: Draft, file: Path, standing: Standing, chunk: list[Source], left: float
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """What the map and the draft give for each source; a limit reached is a failure of each."""
    limits = confine.Limits(cpu=60, wall=max(1.0, min(120.0, left)))
    number = headers.head(draft.text, draft.form).version
    new = f"{draft.url}|{number}" if chunk[0].map == draft.url else chunk[0].pinned
    asked = {
        "task": "replay",
        "limits": {"cpu": limits.cpu, "memory": limits.memory},
        "folders": [str(one) for one in standing.folders],
        "rows": [asdict(row) for row in standing.rows],
        "preferred": dict(standing.preferred),
        "drafted": {draft.url: number},
        "draft": str(file),
        "old": chunk[0].pinned,
        "new": new,
        "sources": [one.tree for one in chunk],
    }
    try:
        made = ask(asked, limits)["made"]
    except Problem as problem:
        stopped = {"issues": [asdict(issue) for issue in problem.issues], "stopped": True}
        return [({}, stopped)] * len(chunk)
    return [(old, new) for old, new in made]


def _lasting(hub: Hub, one: Replay) -> Replay:
    if one.state != "running" or one.beat > datetime.now(UTC) - SILENT:
        return one
    hub.store.tell_replay(one.id, datetime.now(UTC), state="stopped")
    return replace(one, state="stopped")
