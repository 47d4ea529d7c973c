"""`make pairs`: 1,000 answers to "not yours" beside 1,000 to "not there", taken in turns.

Prints the median time of each and their ratio. Source: reliability matrix, "compare 1 000 pairs,
medians within 5 %".
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

import httpx

from hub import wiring
from hub.access import tokens
from hub.access.clients import Client
from hub.app import create_app
from hub.formats import exact_json
from hub.settings import Settings

PAIRS = 1000
_PATIENT = {"resourceType": "Patient", "gender": "female", "birthDate": "1986"}


def _token(hub: wiring.Hub, name: str) -> dict[str, str]:
    organization = (f"https://benkan.example/fhir/sid/convention|{name}",)
    scope = "system/*.cruds"
    client = Client(name, name, ("provider",), f"tenant-{name}", organization, scope)
    hub.store.put_client(client, "benchmark", "client-added")
    text, token = tokens.new(name, scope, datetime.now(UTC))
    hub.store.keep_token(token)
    return {"authorization": f"Bearer {text}", "content-type": "application/fhir+json"}


async def _measure(hub: wiring.Hub) -> tuple[list[float], list[float]]:
    app = httpx.ASGITransport(create_app(hub))
    owner, stranger = _token(hub, "owner"), _token(hub, "stranger")
    times: tuple[list[float], list[float]] = ([], [])
    async with httpx.AsyncClient(transport=app, base_url="http://hub") as client:
        made = [
            (await client.post("/fhir/Patient", content=exact_json.dumps(_PATIENT), headers=owner))
            for _ in range(20)
        ]
        ids = [answer.raise_for_status().json()["id"] for answer in made]
        for n in range(PAIRS):
            pair = [ids[n % len(ids)], str(uuid.uuid4())]
            order = (0, 1) if n % 2 else (1, 0)
            for which in order:
                started = time.perf_counter()
                answer = await client.get(f"/fhir/Patient/{pair[which]}", headers=stranger)
                times[which].append(time.perf_counter() - started)
                if answer.status_code != httpx.codes.NOT_FOUND:
                    raise SystemExit(f"{answer.status_code} where 404 was expected")
    return times


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder), rate="", rates=[])
        hub = wiring.build(settings, adapters={})
        try:
            theirs, nothing = asyncio.run(_measure(hub))
        finally:
            hub.close()
    medians = [statistics.median(one) * 1000 for one in (theirs, nothing)]
    sys.stdout.write(
        f"{PAIRS} pairs: not yours {medians[0]:.2f} ms, not there {medians[1]:.2f} ms (medians), "
        f"ratio {medians[0] / medians[1]:.3f}\n"
    )


if __name__ == "__main__":
    main()
