"""`make console-load`: fifty administrators click at once on one console process.

Each signs in through the form, then opens pages with one to three seconds between clicks. Prints
how long clicks took (median, 95th percentile, longest), how many took more than a second, and for
each page its longest click and at which second of the run that was.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx

from hub import wiring
from hub.access import passwords
from hub.access.accounts import Account
from hub.settings import Settings

PEOPLE, CLICKS, CLAIMS = 50, 20, 60
#: (seconds it took, page, when it began)
Click = tuple[float, str, float]
PASSWORD = "correct horse battery"  # noqa: S105 - of accounts that live for a minute
PAGES = {
    "operator": ("/exchanges", "/exchanges?state=CLOSED", "/partners", "/codes", "/dashboards"),
    "auditor": ("/audit", "/dashboards", "/partners"),
    "mapping-editor": ("/codes", "/releases", "/workbench"),
    "mapping-publisher": ("/codes", "/releases"),
}


def _benkan(environment: dict[str, str], *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "hub.cli", *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)  # noqa: S603


def _ready(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None  # noqa: S101 - it was opened with a pipe
    for line in process.stdout:
        found = re.match(rb"ready (http\S+)", line)
        if found:
            return re.sub(r"/(fhir|console).*", "", found[1].decode())
    raise SystemExit("it did not get ready")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    process.wait(30)


def _filled(environment: dict[str, str], folder: Path) -> None:
    """A database with claims that were answered, and the fifty accounts."""
    up = _benkan(environment, "up", "--port", "0")
    _ready(up)
    claims = str(folder / "claims")
    _benkan(environment, "sample", "--claims", str(CLAIMS), "--out", claims).communicate()
    _benkan(environment, "submit", claims).communicate()
    _stop(up)
    hub = wiring.build(Settings(data=folder / "data"), adapters={})
    digest = passwords.hashed(PASSWORD)
    for n in range(PEOPLE):
        role = list(PAGES)[n % len(PAGES)]
        account = Account(f"p{n}", f"Personne {n}", (role,), digest, passwords.new_secret(), "")
        hub.store.put_account(account, "benchmark", "account-added")
    hub.close()


async def _enter(client: httpx.AsyncClient, name: str, secret: str) -> None:
    page = (await client.get("/console/sign-in")).text
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', page)
    fields = {
        "form_token": token[1] if token else "",
        "account": name,
        "password": PASSWORD,
        "code": passwords.code_at(secret, datetime.now(UTC)),
        "next": "",
    }
    answer = await client.post("/console/sign-in", data=fields)
    if answer.status_code != httpx.codes.SEE_OTHER:
        raise SystemExit(f"{name} could not sign in: {answer.status_code}")


async def _click(client: httpx.AsyncClient, pages: tuple[str, ...], seed: int) -> list[Click]:
    chance = random.Random(seed)  # noqa: S311 - which page is opened next
    times = []
    for _ in range(CLICKS):
        await asyncio.sleep(chance.uniform(1, 3))
        page = chance.choice(pages)
        started = time.perf_counter()
        answer = await client.get(f"/console{page}")
        times.append((time.perf_counter() - started, page, started))
        if answer.status_code != httpx.codes.OK:
            raise SystemExit(f"{answer.request.url}: {answer.status_code}")
    return times


async def _measure(url: str, secrets: list[str]) -> list[Click]:
    clients = [httpx.AsyncClient(base_url=url, timeout=60) for _ in secrets]
    for n, secret in enumerate(secrets):
        await _enter(clients[n], f"p{n}", secret)
    roles = list(PAGES)
    clicks = [_click(c, PAGES[roles[n % len(roles)]], n) for n, c in enumerate(clients)]
    taken = [t for times in await asyncio.gather(*clicks) for t in times]
    for client in clients:
        await client.aclose()
    return taken


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {**os.environ, "BENKAN_DATA": str(folder / "data")}
        _filled(environment, folder)
        hub = wiring.build(Settings(data=folder / "data"), adapters={})
        accounts = [hub.store.account(f"p{n}") for n in range(PEOPLE)]
        secrets = [account.totp for account in accounts if account is not None]
        hub.close()
        console = _benkan(environment, "console", "--port", "0")
        try:
            clicks = asyncio.run(_measure(_ready(console), secrets))
        finally:
            _stop(console)
    taken = [one[0] for one in clicks]
    late = sum(1 for one in taken if one >= 1)
    percentile = statistics.quantiles(taken, n=20)[-1]
    sys.stdout.write(
        f"{PEOPLE} people, {len(taken)} clicks: median {statistics.median(taken) * 1000:.0f} ms, "
        f"95 % below {percentile * 1000:.0f} ms, longest {max(taken) * 1000:.0f} ms, "
        f"{late} of a second or more\n"
    )
    begun = min(at for _, _, at in clicks)
    worst = {page: max(one for one in clicks if one[1] == page) for _, page, _ in clicks}
    for seconds, page, at in sorted(worst.values(), reverse=True):
        sys.stdout.write(f"  {page}: longest {seconds * 1000:.0f} ms, at {at - begun:.0f} s\n")


if __name__ == "__main__":
    main()
