"""`benkan export`: claims for statistics, without telling whose they are."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer

from hub import wiring
from hub.cli.acting import actor
from hub.cli.output import console
from hub.errors import Gone, Issue, Misconfigured
from hub.evidence.chain import Act
from hub.exchange import pseudonyms
from hub.formats import exact_json
from hub.model import Tree
from hub.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Exports for statistics, without identities.")

FORMAT = "benkan-claims-export-1"


@app.callback()
def exports() -> None:
    """Exports for statistics, without identities."""


@app.command()
def claims(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="Day of care.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day of care.")],
    out: Annotated[Path, typer.Option(help="A new folder: rows, aggregates and manifest.")],
    body: Annotated[str, typer.Option(help="Only claims this institution manages.")] = "",
    key: Annotated[
        str, typer.Option(help="Export key: the same key gives the same pseudonyms.")
    ] = "statistics",
    reason: Annotated[str, typer.Option(help="What for, for the audit; no name in it.")] = "",
) -> None:
    """Write claims of some months with pseudonyms: claims.ndjson, claims.csv, aggregates.csv and
    manifest.json with their digests.

    No name, number, day, diagnosis or address leaves; what few people share is hidden.
    """
    settings = Settings()
    hub = wiring.build(settings, adapters={})
    try:
        bodies = _bodies(hub, body)
        named = hub.store.pseudonyms(key)
        rows = list(_rows(hub, first.date(), last.date(), bodies, named))
        hidden = pseudonyms.hide_rare(rows, settings.masking)
        grouped = pseudonyms.aggregates(rows, settings.masking)
        files = {
            "claims.ndjson": b"".join(exact_json.dumps(row) + b"\n" for row in rows),
            "claims.csv": _csv(rows, pseudonyms.COLUMNS),
            "aggregates.csv": _csv(grouped, (*pseudonyms.GROUPS, "claims", "claimed", "share")),
        }
        manifest: Tree = {
            "format": FORMAT,
            "at": datetime.now(UTC).isoformat(),
            "actor": actor(hub),
            "reason": reason,
            "version": metadata.version("benkan"),
            "from": f"{first:%Y-%m-%d}",
            "to": f"{last:%Y-%m-%d}",
            "bodies": sorted(bodies.values()),
            "key": key,
            "masking": settings.masking,
            "claims": len(rows),
            "hidden": hidden,
            "files": {name: hashlib.sha256(body).hexdigest() for name, body in files.items()},
        }
        _write(out, {**files, "manifest.json": exact_json.dumps(manifest) + b"\n"})
        told = ("from", "to", "bodies", "key", "masking", "claims", "files", "reason")
        detail = {name: manifest[name] for name in told}
        act = Act(actor(hub), "exported", "Export/claims", datetime.now(UTC), detail)
        hub.store.record([act])
    finally:
        hub.close()
    console.print(
        f"{len(rows)} feuille(s) sans identité dans {out} ; {hidden} ligne(s) trop rares, "
        f"généralisées. / {len(rows)} claim(s) without identities, {hidden} generalised.",
        markup=False,
        soft_wrap=True,
    )


def _bodies(hub: wiring.Hub, wanted: str) -> dict[str, str]:
    """Partner → body, of the one wanted or of all."""
    known = {code: found.partner for code, found in hub.table.bodies.items() if found.partner}
    if wanted and wanted not in known:
        listed = ", ".join(sorted(known))
        raise Misconfigured(
            Issue(
                "value",
                f"Aucun organisme {wanted}. Connus : {listed}.",
                f"No institution {wanted}. Known: {listed}.",
            )
        )
    return {partner: code for code, partner in known.items() if wanted in ("", code)}


def _rows(
    hub: wiring.Hub,
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


def _patient(hub: wiring.Hub, resource: str, known: dict[str, Tree]) -> Tree:
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


def _read(hub: wiring.Hub, name: str) -> Tree:
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
    writer.writerows({name: _safe(str(row[name])) for name in columns} for row in rows)
    return text.getvalue().encode()


def _safe(cell: str) -> str:
    # A spreadsheet runs what begins so. https://owasp.org/www-community/attacks/CSV_Injection
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(0o700, parents=True)
    for name, body in files.items():
        (folder / name).write_bytes(body)
