"""Does everything that holds have two people behind it: who wrote it, and another who approved?"""

from __future__ import annotations

from collections.abc import Iterator

from hub.authoring.catalogue import beginning
from hub.ports.releases import Version, effective, now
from hub.wiring import Hub


def alone(hub: Hub) -> list[str]:
    """What holds, or will, without two distinct people: url|version.

    What came with the hub is exempt: it was reviewed with the hub's own sources.
    """
    return sorted({f"{one.url}|{one.version}" for one in _holding(hub) if not _two(one)})


def _holding(hub: Hub) -> Iterator[Version]:
    entries = hub.maps.entries()
    dates = [now(), *(beginning(entry) for entry in entries if not entry.applies(now()))]
    for entry in {e for when in dates for e in effective(entries, when).values()}:
        version = hub.store.release_version(entry.url, entry.version)
        if version is not None and version.origin != "packaged":
            yield version


def _two(version: Version) -> bool:
    workers = {*version.authors, version.proposer} - {""}
    return bool(workers and version.approver and version.approver not in workers)
