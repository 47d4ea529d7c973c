"""Claims for statistics, without telling whose they are: the same for every door.

Persons and sheets have pseudonyms, days become months, what few people share is hidden; that it was
made, by whom, for what and with which digests is a row of the audit.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import metadata
from typing import Any

from hub.access.matrix import Condition
from hub.errors import Forbidden, Gone, Invalid, Issue
from hub.evidence.chain import Act
from hub.exchange import pseudonyms
from hub.formats import exact_json
from hub.formats.spreadsheet import harmless
from hub.model import Tree
from hub.wiring import Hub

#: The operation of the matrix it takes.
RIGHT = "claims.export"
FORMAT = "benkan-claims-export-1"
SHORTEST_REASON = 5  #: characters
LONGEST_DAYS = 366  #: days of care in one export


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be exported, and why."""

    first: date  #: day of care
    last: date  #: day of care
    body: str = ""  #: only claims this institution manages
    key: str = "statistics"  #: the same key gives the same pseudonyms
    reason: str = ""  #: what for; no name in it


@dataclass(frozen=True, slots=True)
class Made:
    """An export: its files by name, the manifest among them."""

    files: Mapping[str, bytes]
    claims: int
    hidden: int  #: rows generalised because few people share them


def reach(condition: Condition, asked: Asked, body: str) -> Asked:
    """What may be exported of what was asked for.

    Args:
        condition: how far the right `claims.export` reaches.
        asked: what was asked for.
        body: the institution of whoever asks.

    Raises:
        Forbidden: another institution's claims.
        Invalid: the reason is missing.
    """
    if len(asked.reason.strip()) < SHORTEST_REASON:
        raise Invalid(
            Issue(
                "required",
                "Dites en quelques mots à quoi l'export servira : cela reste dans l'audit.",
                "Say in a few words what the export is for: it stays in the audit.",
            )
        )
    if condition is Condition.ALL:
        return asked
    if not body or asked.body not in ("", body):
        raise Forbidden(
            Issue(
                "forbidden",
                "Vous n'exportez que les feuilles de votre organisme.",
                "You export the claims of your institution only.",
            )
        )
    return Asked(asked.first, asked.last, body, asked.key, asked.reason)


def make(hub: Hub, who: str, asked: Asked) -> Made:
    """The files; an audit row tells of them before they leave.

    Raises:
        Invalid: no such institution, or no such time.
        KeyMissing: there is no such export key, and none is made here.
    """
    if not asked.first <= asked.last or (asked.last - asked.first).days > LONGEST_DAYS:
        raise Invalid(
            Issue(
                "value",
                f"Donnez une période de {LONGEST_DAYS} jours au plus, la première date d'abord.",
                f"Give a time of {LONGEST_DAYS} days at most, the first day first.",
            )
        )
    bodies = _bodies(hub, asked.body)
    rows = list(_rows(hub, asked.first, asked.last, bodies, hub.store.pseudonyms(asked.key)))
    masking = hub.settings.masking
    hidden = pseudonyms.hide_rare(rows, masking)
    grouped = pseudonyms.aggregates(rows, masking)
    files = {
        "claims.ndjson": b"".join(exact_json.dumps(row) + b"\n" for row in rows),
        "claims.csv": _csv(rows, pseudonyms.COLUMNS),
        "aggregates.csv": _csv(grouped, (*pseudonyms.GROUPS, "claims", "claimed", "share")),
    }
    now = datetime.now(UTC)
    manifest: Tree = {
        "format": FORMAT,
        "at": now.isoformat(),
        "actor": who,
        "reason": asked.reason,
        "version": metadata.version("benkan"),
        "from": asked.first.isoformat(),
        "to": asked.last.isoformat(),
        "bodies": sorted(bodies.values()),
        "key": asked.key,
        "masking": masking,
        "claims": len(rows),
        "hidden": hidden,
        "files": {name: hashlib.sha256(body).hexdigest() for name, body in files.items()},
    }
    told = ("from", "to", "bodies", "key", "masking", "claims", "files", "reason")
    detail = {name: manifest[name] for name in told}
    hub.store.record([Act(who, "exported", "Export/claims", now, detail)])
    files["manifest.json"] = exact_json.dumps(manifest) + b"\n"
    return Made(files, len(rows), hidden)


def _bodies(hub: Hub, wanted: str) -> dict[str, str]:
    """Partner → body, of the one wanted or of all."""
    known = {code: found.partner for code, found in hub.table.bodies.items() if found.partner}
    if wanted and wanted not in known:
        listed = ", ".join(sorted(known))
        raise Invalid(
            Issue(
                "value",
                f"Aucun organisme {wanted}. Connus : {listed}.",
                f"No institution {wanted}. Known: {listed}.",
            )
        )
    return {partner: code for code, partner in known.items() if wanted in ("", code)}


def _rows(
    hub: Hub,
    first: date,
    last: date,
    bodies: Mapping[str, str],
    name: pseudonyms.Pseudonym,
) -> Iterator[dict[str, Any]]:
    patients: dict[str, Tree] = {}
    for month in _months(first, last):
        for position in hub.store.positions(month):
            day = str(position["care_date"])[:10]
            partner = position["partner"] or ""
            if partner in bodies and first.isoformat() <= day <= last.isoformat():
                patient = _patient(hub, str(position["resource"]), patients)
                yield pseudonyms.row(position, bodies[partner], patient, name)


def _months(first: date, last: date) -> Iterator[str]:
    month = date(first.year, first.month, 1)
    while month <= last:
        yield f"{month:%Y-%m}"
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _patient(hub: Hub, resource: str, known: dict[str, Tree]) -> Tree:
    """The patient of a claim, its own resource or contained."""
    claim = _read(hub, resource)
    reference = str((claim.get("patient") or {}).get("reference", ""))
    if reference.startswith("#"):
        inside = (one for one in claim.get("contained", []) if f"#{one.get('id')}" == reference)
        return {**next(inside, {}), "id": resource}
    name = "/".join(reference.split("/")[-2:])
    if name not in known:
        known[name] = _read(hub, name) if name.startswith("Patient/") else {}
    return known[name]


def _read(hub: Hub, name: str) -> Tree:
    type, _, id = name.partition("/")
    try:
        stored = hub.store.read(type, id)
    except Gone:
        return {}
    tree: Tree = exact_json.loads(stored.body) if stored else {}
    return tree


def _csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="raise", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: harmless(str(row[name])) for name in columns} for row in rows)
    return text.getvalue().encode()
