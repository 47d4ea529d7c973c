"""Code tables for administrators: what is missing, rows, files, the release of held exchanges."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hub.api.admin_door import doors, file, number, said, text, truth, wrong
from hub.api.admin_references import MEDIA, content, form_of
from hub.authoring import people, releases, table_changes, tables, tables_needs, urgent_rows
from hub.authoring.people import Person
from hub.authoring.tables import Table
from hub.errors import Conflict, Issue
from hub.model import Tree
from hub.watching import bulk, jobs
from hub.wiring import Hub

MOST = 10_000  #: rows in one answer


def _codes(hub: Hub, person: Person, asked: Tree) -> Any:
    lacks, ready = tables_needs.waiting(hub)
    missing = sorted(lacks.values(), key=lambda one: -len(one.exchanges))
    known = [one for one in releases.artefacts(hub) if one.kind == "ConceptMap"]
    return {
        "missing": [
            {
                "table": one.table,
                "system": one.system,
                "code": one.code,
                "depends": one.depends,
                "exchanges": [exchange.id for exchange in one.exchanges],
            }
            for one in missing
        ],
        "ready": [one.id for one in ready],
        "tables": [{"url": one.url, "title": one.title} for one in known],
    }


def _add(hub: Hub, person: Person, asked: Tree) -> Any:
    depends = asked.get("depends") or {}
    if not isinstance(depends, dict) or not all(isinstance(v, str) for v in depends.values()):
        raise wrong(
            "« depends » est un objet JSON : attribut, valeur (textes).",
            "'depends' is a JSON object: attribute, value (texts).",
        )
    target_system, _, target = text(asked, "target").rpartition("|")
    source = said(asked, "system"), text(asked, "code")
    table, ends = text(asked, "table"), (source, (target_system, target))
    people.require(hub, person, "code.add", table.partition("|")[0])
    return asdict(urgent_rows.add(hub, person.id, table, *ends, depends))


def _ready(hub: Hub, person: Person, asked: Tree) -> Any:
    """Tells first; with "preview": false what lacks no code any more is resumed, as long work."""
    _, ready = tables_needs.waiting(hub)
    ids = [one.id for one in ready]
    if truth(asked, "preview", True):
        return {"preview": True, "able": len(ids), "ids": ids}
    if not ids:
        raise Conflict(
            Issue(
                "business-rule",
                "Plus aucun échange n'attend d'être repris : quelqu'un les a repris, ou un code "
                "manque encore. Voyez GET /admin/codes.",
                "No exchange waits to be resumed any more: somebody resumed them, or a code is "
                "still missing. See GET /admin/codes.",
            )
        )
    return jobs.told(bulk.job(hub, "resume", ids, tables_needs.REASON, person.id))


def _told(made: Table, asked: Tree) -> Tree:
    start, count = number(asked, "start", 1, 10**8) - 1, number(asked, "count", 1000, MOST)
    return {
        "url": made.url,
        "title": made.title,
        "version": made.version,
        "draft": made.draft.state if made.draft else "",
        "seen": made.seen,
        "columns": made.columns,
        "total": len(made.rows),
        "rows": made.rows[start : start + count],
        "marks": {str(place): asdict(issue) for place, issue in made.marks.items()},
    }


def _table(hub: Hub, person: Person, asked: Tree) -> Any:
    return _told(tables.opened(hub, text(asked, "url")), asked)


def _added(hub: Hub, person: Person, asked: Tree) -> Any:
    """Rows added at once, and the version that has taken the place of each, "" where it counts."""
    found = urgent_rows.listed(hub, said(asked, "table"))
    return {"rows": [asdict(one.row) | _by(one) for one in found]}


def _by(one: urgent_rows.Added) -> Tree:
    return {"actor": one.actor, "at": one.at.isoformat(), "absorbed": one.absorbed}


def _uncovered(hub: Hub, person: Person, asked: Tree) -> Any:
    lacks, _ = tables_needs.waiting(hub)
    found = tables_needs.uncovered(hub, tables.opened(hub, text(asked, "url")), lacks)
    return {"codes": [asdict(one) for one in found]}


def _save(hub: Hub, person: Person, asked: Tree) -> Any:
    url, seen = text(asked, "url"), text(asked, "seen")
    changes = table_changes.read(asked.get("changes"))
    made = tables.save(hub, person, url, seen, changes)
    return {"seen": made.seen, "rows": len(made.rows)}


def _import(hub: Hub, person: Person, asked: Tree) -> Any:
    url, seen, whole = text(asked, "url"), text(asked, "seen"), truth(asked, "whole")
    made = tables.bring_in(hub, person, url, seen, content(asked), whole=whole)
    marks = {str(place): asdict(issue) for place, issue in made.marks.items()}
    return {"seen": made.seen, "rows": len(made.rows), "marks": marks}


def _export(hub: Hub, person: Person, asked: Tree) -> Any:
    url, form = text(asked, "url"), form_of(asked)
    body = tables.take_out(hub, url, form)
    name = "".join(c for c in url.rpartition("/")[2] if c.isascii() and (c.isalnum() or c in "-_."))
    return file(body, MEDIA[form], f"{name}.{form}")


ROUTES = doors(
    {
        ("GET", "/codes"): (_codes, "code.read"),
        ("GET", "/codes/added"): (_added, "code.read"),
        ("POST", "/codes/add"): (_add, "code.add"),
        ("POST", "/codes/release"): (_ready, "exchange.hold"),
        ("GET", "/codes/table"): (_table, "code.read"),
        ("GET", "/codes/uncovered"): (_uncovered, "code.read"),
        ("POST", "/codes/save"): (_save, "mapping.edit"),
        ("POST", "/codes/import"): (_import, "mapping.edit"),
        ("GET", "/codes/export"): (_export, "code.read"),
    }
)
