"""Posting many claims to a hub and following them to their decision."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import httpx
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hub.cli.output import console
from hub.errors import Invalid, Issue
from hub.formats import exact_json

#: Statuses after which the same command must be run again, or the file corrected.
UNDELIVERED = "non transmise / not delivered"
FAILURES = frozenset({"refusée / refused", UNDELIVERED})
WAITING = "en attente / waiting"
HELD = "retenue / held"
ASKED = "demandée / asked for"  #: an order, which the hub carries out by itself
#: Tag of a queued ClaimResponse whose exchange waits for a person.
HELD_TAG = "held"
#: Seconds to wait at most when the hub says that there were too many calls.
_LONGEST_PAUSE = 60


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one file."""

    file: Path
    status: str
    text: str = ""
    claim: str = ""  #: "Claim/<id>" when the hub has it

    def row(self) -> dict[str, str]:
        """For --json."""
        return {
            "file": str(self.file),
            "status": self.status,
            "text": self.text,
            "claim": self.claim,
        }


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


def deliver(
    url: str, files: list[Path], *, parallel: int, wait: float, auth: httpx.Auth | None = None
) -> list[Result]:
    """Post every file, then follow the accepted ones for at most `wait` seconds.

    Orders (Task) are posted once the claims they are about are there.
    """
    gone = Event()
    with httpx.Client(base_url=url, timeout=30.0, auth=auth) as client, _progress() as progress:
        posting = progress.add_task("envoi / posting", total=len(files))
        orders = [f for f in files if _is_order(f)]
        claims = [f for f in files if f not in set(orders)]
        results: dict[Path, Result] = {}
        with ThreadPoolExecutor(parallel) as pool:
            for group in (claims, orders):
                for result in pool.map(lambda f: post(client, f, gone), group):
                    results[result.file] = result
                    progress.advance(posting)
        _follow(client, results, progress, wait, parallel)
    return [results[f] for f in files]


def post(client: httpx.Client, file: Path, gone: Event, tries: int = 5) -> Result:
    """One file to Claim/$submit; a hub that does not answer is tried again a few times.

    Once it did not answer any of them, `gone` is set and the other files are not tried.
    """
    for attempt in range(tries):
        if gone.is_set():
            break
        time.sleep(0.1 * 2**attempt if attempt else 0)
        try:
            answer = client.post(
                "/fhir/Task" if _is_order(file) else "/fhir/Claim/$submit",
                content=file.read_bytes(),
                headers={
                    "Content-Type": "application/fhir+json",
                    "Prefer": "respond-async",
                    "Accept-Language": "fr",
                },
            )
        except httpx.TransportError:
            if attempt == tries - 1:
                gone.set()
            continue
        if answer.status_code == 401:
            raise _unknown()
        if answer.status_code == 429:
            _pause(answer)
        elif answer.status_code != 503:
            return _read(file, answer)
    return Result(file, UNDELIVERED, f"Le hub ne répond pas / no answer: {client.base_url}")


def _pause(answer: httpx.Response) -> None:
    """As long as the hub asks a client that calls too often to wait, within reason."""
    seconds = answer.headers.get("retry-after", "")
    time.sleep(min(int(seconds), _LONGEST_PAUSE) if seconds.isascii() and seconds.isdigit() else 1)


def _unknown() -> Invalid:
    return Invalid(
        Issue(
            "login",
            "Le hub demande qui appelle. Donnez BENKAN_CLIENT et BENKAN_CLIENT_KEY (« benkan "
            "client add … --new-key FICHIER » les crée), puis relancez la même commande.",
            "The hub asks who is calling. Set BENKAN_CLIENT and BENKAN_CLIENT_KEY ('benkan client "
            "add … --new-key FILE' makes them), then run the same command again.",
        )
    )


def _is_order(file: Path) -> bool:
    """Is it a Task? What cannot be read is posted as a claim, and refused with the reason."""
    body = file.read_bytes()
    if b'"Task"' not in body:
        return False
    try:
        tree = exact_json.loads(body)
    except Invalid:
        return False
    return isinstance(tree, dict) and tree.get("resourceType") == "Task"


def _read(file: Path, answer: httpx.Response) -> Result:
    try:
        body = exact_json.loads(answer.content)
    except Exception:
        return Result(file, "refusée / refused", f"HTTP {answer.status_code}")
    if body.get("resourceType") == "Task":
        return Result(file, ASKED, f"Task/{body.get('id', '?')}")
    if body.get("resourceType") != "ClaimResponse":
        issues = body.get("issue") or [{}]
        text = str((issues[0].get("details") or {}).get("text", f"HTTP {answer.status_code}"))
        return Result(file, "refusée / refused", text)
    return _status(file, body)


def _status(file: Path, response: dict[str, Any]) -> Result:
    claim = str((response.get("request") or {}).get("reference", ""))
    text = str(response.get("disposition", ""))
    if response["outcome"] != "queued":
        return Result(file, f"réponse / answered: {response['outcome']}", text, claim)
    tags = {t.get("code") for t in (response.get("meta") or {}).get("tag", [])}
    return Result(file, HELD if HELD_TAG in tags else WAITING, text, claim)


def _follow(
    client: httpx.Client,
    results: dict[Path, Result],
    progress: Progress,
    wait: float,
    parallel: int,
) -> None:
    end = time.monotonic() + wait
    known = [r for r in results.values() if r.claim]
    task = progress.add_task("décisions / decisions", total=len(known))
    pause, asked = 0.5, 1
    while True:
        waiting = [r for r in results.values() if r.status == WAITING]
        progress.update(task, completed=len(known) - len(waiting))
        if not waiting or time.monotonic() > end:
            return
        time.sleep(pause)
        pause = min(pause * 1.5, 3.0)
        answered = dict(_answers(client, [r.claim for r in waiting]))
        silent = [r for r in waiting if r.claim not in answered]
        for result in waiting:
            if result.claim in answered:
                results[result.file] = _status(result.file, answered[result.claim])
        # Only posting again tells that a claim is held, and it costs the hub as much as a new one:
        # ask about one, and about more only while all that were asked about are held.
        once_more = partial(post, client, gone=Event())
        unheard = [r.file for r in silent[:asked]] if pause >= 3.0 else []
        with ThreadPoolExecutor(parallel) as pool:
            heard = [again for again in pool.map(once_more, unheard) if again.claim]
        results |= {again.file: again for again in heard}
        asked = asked * 4 if heard and all(r.status == HELD for r in heard) else 1


def _answers(client: httpx.Client, claims: list[str]) -> Iterable[tuple[str, dict[str, Any]]]:
    for start in range(0, len(claims), 50):
        group = claims[start : start + 50]
        try:
            found = client.get(
                "/fhir/ClaimResponse", params={"request": ",".join(group), "_count": "200"}
            )
            bundle = exact_json.loads(found.content)
        except httpx.TransportError:
            return
        for entry in bundle.get("entry", []):
            response = entry["resource"]
            yield str(response["request"]["reference"]), response
