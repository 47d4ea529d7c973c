"""`benkan reference import`, `export`, `history`: lists kept at the hub, as spreadsheets."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from hub import wiring
from hub.authoring import references
from hub.authoring.references import Preview, Wanted
from hub.cli import acting
from hub.cli.output import console, print_json, table
from hub.ports.amendments import HERE

Name = Annotated[str, typer.Option("--list", help="Name of the list: tarifs, medicaments…")]
Owner = Annotated[str, typer.Option(help="Whose list: hub, or a partner that publishes none.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

KINDS = {
    "new": "nouvelle",
    "changed": "changée",
    "corrected": "corrigée",
    "ended": "close",
}
SHOWN = 50


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("import")(bring_in)
    app.command("export")(take_out)
    app.command("history")(history)


def bring_in(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="XLSX or CSV.")],
    name: Name,
    start: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="From when it counts.")
    ],
    owner: Owner = HERE,
    whole: Annotated[
        bool, typer.Option("--whole", help="The file is the whole list: other rows end.")
    ] = False,
    currency: Annotated[str, typer.Option(help="Of values beside which the file has none.")] = "",
    reason: Annotated[str, typer.Option(help="Why; kept with the change.")] = "",
    actor: Annotated[str, typer.Option(help="Who does it, for the record.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change.")] = False,
    as_json: Json = False,
) -> None:
    """Bring a list in from a spreadsheet; exit status 1 when something in it is wrong."""
    hub = wiring.build(adapters={})
    wanted = Wanted(name, start.date(), owner, whole, currency.upper())
    shown = references.preview(hub.store, wanted, file.read_bytes(), file.name)
    written = 0
    if shown.applicable and not dry_run:
        written = references.apply(hub.store, shown, acting.actor(hub, actor), reason)
    if as_json:
        print_json(_tree(shown, written))
    else:
        _tell(shown, written)
    if shown.plan.findings:
        raise typer.Exit(1)


def take_out(
    name: Name,
    out: Annotated[Path, typer.Option(help="File to write; .xlsx or .csv.")],
    owner: Owner = HERE,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only rows valid that day.")
    ] = None,
) -> None:
    """Write a list into a file, which `import` reads again."""
    store = wiring.build(adapters={}).store
    rows = (
        store.reference(name, on.date(), partner=owner)
        if on
        else [one.row for one in store.list_rows(owner, name)]
    )
    out.write_bytes(references.export(rows, out.suffix.removeprefix(".").lower(), name))
    console.print(f"{out}: {len(rows)}", markup=False)


def history(
    name: Annotated[str, typer.Option("--list", help="Only this list.")] = "",
    as_json: Json = False,
) -> None:
    """Who changed which list, when and why."""
    found = wiring.build(adapters={}).store.amendments(None, name or None, 200)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    rows = [
        [
            f"{one.at:%d/%m/%Y %H:%M} UTC",
            one.list,
            one.actor,
            one.reason,
            one.file or "—",
            f"{one.added}, {one.changed}, {one.ended}",
        ]
        for one in found
    ]
    titles = ["quand", "liste", "qui", "pourquoi", "fichier", "nouvelles, changées, closes"]
    table("Changements des listes", titles, rows)


def _tree(shown: Preview, written: int) -> dict[str, object]:
    plan = shown.plan
    return {
        "list": shown.wanted.list,
        "from": shown.wanted.start,
        "written": written or None,
        "counts": {**{kind: plan.count(kind) for kind in KINDS}, "same": plan.same},
        "steps": [asdict(step) for step in plan.steps],
        "findings": [asdict(one) for one in plan.findings],
        "notes": [asdict(one) for one in plan.notes],
    }


def _tell(shown: Preview, written: int) -> None:
    plan = shown.plan
    for note in plan.notes:
        console.print(f"{note.fr}\n{note.en}", markup=False, soft_wrap=True)
    for one in plan.findings[:SHOWN]:
        console.print(f"{one.path or '—'}: {one.fr}\n    {one.en}", markup=False, soft_wrap=True)
    counts = ", ".join(f"{plan.count(kind)} {word}(s)" for kind, word in KINDS.items())
    rows = [
        [
            step.code,
            KINDS[step.kind],
            f"{step.old.value} {step.old.currency}".strip() if step.old else "—",
            f"{step.new.value} {step.new.currency}".strip() if step.new else "—",
            str(step.line or "—"),
        ]
        for step in plan.steps[:SHOWN]
    ]
    if rows:
        titles = ["code", "changement", "aujourd'hui", "ensuite", "ligne"]
        table(f"{counts}, {plan.same} sans changement", titles, rows)
    if plan.findings:
        told = "Rien n'est écrit : corrigez le fichier. / Nothing was written: correct the file."
    elif written:
        told = f"Écrit, sous le numéro {written}. / Written, as number {written}."
    elif plan.steps:
        told = "Essai seulement : rien n'est écrit. / A trial only: nothing was written."
    else:
        told = "Rien ne change. / Nothing changes."
    console.print(told, markup=False)
