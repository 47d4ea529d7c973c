"""`benkan code`: what code tables lack, rows into drafts, the release of held exchanges."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hub import wiring
from hub.authoring import table_changes, tables, tables_needs, urgent_rows
from hub.cli.acting import actor, opened
from hub.cli.output import console, print_json, table
from hub.formats import exact_json
from hub.watching import bulk

app = typer.Typer(no_args_is_help=True, help="Code tables: what they lack, and held exchanges.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Url = Annotated[str, typer.Argument(metavar="TABLE", help="Canonical url of the ConceptMap.")]


@app.command()
def missing(as_json: Json = False) -> None:
    """Codes that held exchanges wait for, and how many exchanges wait for none any more."""
    lacks, ready = tables_needs.waiting(wiring.build(adapters={}))
    found = sorted(lacks.values(), key=lambda one: -len(one.exchanges))
    if as_json:
        told = [
            {
                "table": one.table,
                "system": one.system,
                "code": one.code,
                "exchanges": [exchange.id for exchange in one.exchanges],
            }
            for one in found
        ]
        print_json({"missing": told, "ready": [one.id for one in ready]})
        return
    rows = [[o.code, o.system, o.table.rpartition("/")[2], str(len(o.exchanges))] for o in found]
    table("Codes qui manquent", ["code", "système", "table", "échanges"], rows)
    console.print(f"Prêts à reprendre / ready to be resumed: {len(ready)}", markup=False)


@app.command()
def added(
    url: Annotated[str, typer.Argument(metavar="TABLE", help="Only this table.")] = "",
    as_json: Json = False,
) -> None:
    """Rows added at once: which count before their table, which a version has replaced."""
    found = urgent_rows.listed(wiring.build(adapters={}), url)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    rows = [
        [
            f"{one.row.source_code} → {one.row.target_code}",
            one.row.concept_map.rpartition("/")[2],
            f"remplacée par / replaced by {one.absorbed}" if one.absorbed else "en tête / first",
            one.actor,
            f"{one.at:%d/%m/%Y %H:%M} UTC",
        ]
        for one in found
    ]
    table("Lignes ajoutées d'urgence", ["ligne", "table", "état", "par", "le"], rows)


@app.command()
def uncovered(url: Url, as_json: Json = False) -> None:
    """Codes of both sides that a table has no row for: awaited first, then by traffic."""
    hub = wiring.build(adapters={})
    lacks, _ = tables_needs.waiting(hub)
    found = tables_needs.uncovered(hub, tables.opened(hub, url), lacks)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    rows = [[o.code, o.side, o.display, str(o.held), str(o.seen)] for o in found]
    table("Codes sans ligne", ["code", "côté", "libellé", "retenus", "vus"], rows)


@app.command()
def show(url: Url, as_json: Json = False) -> None:
    """A table's draft, or what holds now, row by row; --json also tells what `set` wants back."""
    made = tables.opened(wiring.build(adapters={}), url)
    if as_json:
        marks = {place: asdict(issue) for place, issue in made.marks.items()}
        told = {"url": made.url, "version": made.version, "seen": made.seen}
        print_json(told | {"columns": made.columns, "rows": made.rows, "marks": marks})
        return
    names = [name for name in made.columns if any(row.get(name) for row in made.rows)]
    cells = [[str(n), *(row.get(name, "") for name in names)] for n, row in enumerate(made.rows)]
    table(f"{made.title} {made.version}", ["n", *names], cells)


@app.command("set")
def set_(
    url: Url,
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help='JSON: [{"n": place or null, "cells": {…} or null}].'
        ),
    ],
    seen: Annotated[str, typer.Option("--seen", help="What `show --json` told.")],
) -> None:
    """Change, add (n null) or remove (cells null) rows of the draft, as the grid does."""
    with opened("mapping.edit") as (hub, person):
        changes = table_changes.read(exact_json.loads(file.read_bytes()))
        made = tables.save(hub, person, url, seen, changes)
    console.print(f"{url}: {len(made.rows)} lignes / rows, {made.seen}", markup=False)


@app.command("export")
def take_out(
    url: Url,
    out: Annotated[Path, typer.Option(help="File to write; .xlsx or .csv.")],
) -> None:
    """Write a table into a file, which `import` reads again."""
    form = out.suffix.removeprefix(".").lower()
    if form not in ("csv", "xlsx"):
        raise typer.BadParameter("--out : .csv, .xlsx")
    out.write_bytes(tables.take_out(wiring.build(adapters={}), url, form))
    console.print(str(out), markup=False)


@app.command("import")
def bring_in(
    url: Url,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="XLSX or CSV.")],
    whole: Annotated[bool, typer.Option("--whole", help="The file is the whole table.")] = False,
) -> None:
    """Rows of a spreadsheet into the draft of a table; `benkan release` publishes it.

    In the name of whoever signed in (benkan sign-in): an author does not approve their own rows.
    """
    with opened("mapping.edit") as (hub, person):
        seen = tables.opened(hub, url).seen
        made = tables.bring_in(hub, person, url, seen, file.read_bytes(), whole=whole)
    console.print(f"{url}: {len(made.rows)} lignes / rows", markup=False)
    for one in made.marks.values():
        console.print(f"{one.path}: {one.fr}\n    {one.en}", markup=False, soft_wrap=True)


@app.command()
def release(
    said: Annotated[str, typer.Option("--actor", help="Who does it, for the record.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many.")] = False,
) -> None:
    """Resume every held exchange that lacks no code any more; a worker translates it again."""
    hub = wiring.build(adapters={})
    _, ready = tables_needs.waiting(hub)
    if dry_run or not ready:
        console.print(f"Prêts à reprendre / ready to be resumed: {len(ready)}", markup=False)
        return
    ids, who = [one.id for one in ready], actor(hub, said)
    outcome = bulk.act(hub, "resume", ids, tables_needs.REASON, who)
    for id, problem in outcome.failed:
        console.print(f"{id}: {problem.text}", markup=False, soft_wrap=True)
    console.print(f"Repris / resumed: {outcome.done}", markup=False)
    if outcome.failed:
        raise typer.Exit(1)
