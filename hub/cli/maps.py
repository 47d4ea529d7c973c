"""`benkan map`: run, check, add-code. Running and checking need no database."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from hub import wiring
from hub.cli.output import console, print_json
from hub.formats import exact_json
from hub.ports import ConceptRow
from hub.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Run and check maps; complete code tables.")

Folders = Annotated[
    list[Path] | None, typer.Option("--import", help="Further folders of maps, tables, models.")
]


def _library(folders: list[Path] | None, files: list[Path]) -> Any:
    parents = [f.parent for f in files if f.is_file()]
    return wiring.library([*wiring.map_folders(Settings()), *(folders or []), *parents])


@app.command()
def run(
    map_name: Annotated[
        str, typer.Argument(metavar="MAP", help="A map file or its canonical url.")
    ],
    source: Annotated[Path, typer.Option(help="The source tree, FHIR or partner JSON.")],
    folders: Folders = None,
) -> None:
    """Transform one file with one map and print the result."""
    file = Path(map_name)
    library = _library(folders, [file])
    canonical = library.canonical_of(file) if file.is_file() else library.pin(map_name)
    tree = library.map(canonical, exact_json.loads(source.read_bytes()))
    sys.stdout.write(exact_json.dumps(tree).decode() + "\n")


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Maps to check.")],
    folders: Folders = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Parse and compile; print file:line:column: message for everything that is wrong."""
    library = _library(folders, files)
    wrong = False
    for file in files:
        errors = library.check(file)
        wrong = wrong or bool(errors)
        if as_json:
            found = [
                {
                    "line": e.line,
                    "column": e.column,
                    "message": e.message,
                    "rule": e.rule,
                    "spec": e.spec,
                }
                for e in errors
            ]
            print_json({"file": str(file), "ok": not errors, "errors": found})
            continue
        for e in errors:
            console.print(f"{file}:{e.line}:{e.column}: {e.message}", markup=False, soft_wrap=True)
        if not errors:
            console.print(f"{file}: ok", markup=False)
    if wrong:
        raise typer.Exit(1)


@app.command("add-code")
def add_code(
    concept_map: Annotated[
        str, typer.Argument(metavar="TABLE", help="Canonical url of the ConceptMap.")
    ],
    source: Annotated[str, typer.Argument(help="Source code, system|code.")],
    target: Annotated[str, typer.Argument(help="Target code, code or system|code.")],
    actor: Annotated[str, typer.Option(help="Who adds it, for the record.")] = "operator",
) -> None:
    """Add a row to a code table; held exchanges that lacked it can then be resumed."""
    hub = wiring.build(adapters={})
    system, _, code = source.rpartition("|")
    target_system, _, target_code = target.rpartition("|")
    row = ConceptRow(concept_map.partition("|")[0], system, code, target_system, target_code)
    hub.store.add_concepts([row], actor)
    console.print(f"{source} → {target} ({concept_map})", markup=False)
