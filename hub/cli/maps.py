"""`benkan map`: run, check, add-code. Running and checking need no database."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from hub import map_wiring, wiring
from hub.authoring import urgent_rows
from hub.cli import acting, map_bench, map_packages, map_tools
from hub.cli.output import console
from hub.settings import Settings

notes = Console(stderr=True, highlight=False)
app = typer.Typer(no_args_is_help=True, help="Run and check maps; complete code tables.")
map_tools.register(app)
map_packages.register(app)
map_bench.register(app)

Folders = Annotated[
    list[Path] | None,
    typer.Option("--import", exists=True, help="Further folders of maps, tables, models."),
]


def _library(folders: list[Path] | None, files: list[Path]) -> Any:
    beside = [
        path
        for folder in dict.fromkeys(f.parent for f in files if f.is_file())
        for path in sorted(folder.iterdir())
        if path.suffix in (".fml", ".map", ".json", ".xml") and path.is_file()
    ]
    return wiring.library([*wiring.map_folders(Settings()), *(folders or []), *beside])


class Form(StrEnum):
    """How a result is printed."""

    JSON = "json"
    XML = "xml"
    BYTES = "bytes"


@app.command()
def run(
    map_name: Annotated[
        str, typer.Argument(metavar="MAP", help="A map file or its canonical url.")
    ],
    source: Annotated[
        Path,
        typer.Option(
            help="The source tree: JSON or XML, told by content.", exists=True, dir_okay=False
        ),
    ],
    folders: Folders = None,
    to: Annotated[
        Form, typer.Option(help="json, xml, or bytes: the form of the source, nothing added.")
    ] = Form.JSON,
    strict: Annotated[
        bool, typer.Option("--strict", help="Unknown types, elements or codes are errors.")
    ] = False,
    trace: Annotated[
        bool, typer.Option("--trace", help="Tell on standard error where each value came from.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Target, trace and warnings as one JSON document.")
    ] = False,
    confined: Annotated[
        bool | None,
        typer.Option(
            "--confined/--direct",
            help="In a child process with limits; without either: unless the map is packaged.",
        ),
    ] = None,
) -> None:
    """Transform one file with one map and print the result."""
    tools = map_tools.tools(folders, [Path(map_name)])
    asked = map_wiring.Wanted(map_name, str(to), strict, trace)
    printed = tools.run(asked, source.read_bytes(), confined)
    if as_json:
        map_tools.print_printed(printed, to is Form.JSON)
        return
    for warning in printed.warnings:
        place = f"{warning.path}: " if warning.path else ""
        notes.print(f"{place}{warning.en}", markup=False, soft_wrap=True)
        notes.print(f"    {warning.fr}", markup=False, soft_wrap=True)
    if printed.trace is not None:
        map_tools.tell_trace(printed.trace, notes)
    sys.stdout.buffer.write(printed.body + (b"" if to is Form.BYTES else b"\n"))


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Maps to check.")],
    folders: Folders = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    syntax_only: Annotated[
        bool, typer.Option("--syntax-only", help="Stop after parsing: no types, no imports.")
    ] = False,
    show_python: Annotated[
        bool, typer.Option("--show-python", help="Print the Python made from each map.")
    ] = False,
) -> None:
    """Parse and compile; print file:line:column: message for everything that is wrong."""
    library = _library(folders, [] if syntax_only else files)
    wrong = False
    for file in files:
        found = library.findings(file, syntax_only)
        errors = [e for e in found if e.severity == "error"]
        wrong = wrong or bool(errors)
        if as_json:
            warnings = [e for e in found if e.severity != "error"]
            told = {
                "file": str(file),
                "ok": not errors,
                "errors": [_told(e) for e in errors],
                "warnings": [_told(e) for e in warnings],
            }
            sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
            continue
        for e in found:
            rule = f" [{e.rule}]" if e.rule else ""
            kind = "" if e.severity == "error" else f"{e.severity}: "
            text = f"{e.file or file}:{e.line}:{e.column}: {kind}{e.message}{rule} ({e.spec})"
            console.print(text, markup=False, soft_wrap=True)
            console.print(f"    {e.fr}", markup=False, soft_wrap=True)
        if not errors:
            console.print(f"{file}: ok", markup=False)
        if show_python and not errors:
            sys.stdout.write(library.python(library.canonical_of(file)) + "\n")
    if wrong:
        raise typer.Exit(1)


def _told(finding: Any) -> dict[str, Any]:
    return {
        "line": finding.line,
        "column": finding.column,
        "message": finding.message,
        "message_fr": finding.fr,
        "rule": finding.rule,
        "spec": finding.spec,
        "file": finding.file,
    }


@app.command("add-code")
def add_code(
    concept_map: Annotated[
        str, typer.Argument(metavar="TABLE", help="Canonical url of the ConceptMap.")
    ],
    source: Annotated[str, typer.Argument(help="Source code, system|code.")],
    target: Annotated[str, typer.Argument(help="Target code, code or system|code.")],
    depends: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ATTRIBUTE=VALUE",
            help="What must hold besides the code, e.g. a coefficient; may be repeated.",
        ),
    ] = None,
    actor: Annotated[str, typer.Option(help="Who adds it, for the record.")] = "",
) -> None:
    """Add a row to a code table; held exchanges that lacked it can then be resumed."""
    hub = wiring.build(adapters={})
    system, bar, code = source.rpartition("|")
    target_system, _, target_code = target.rpartition("|")
    given = {name: value for name, _, value in (one.partition("=") for one in depends or ())}
    ends = (system, code if bar else ""), (target_system, target_code)
    row = urgent_rows.add(hub, acting.actor(hub, actor), concept_map, *ends, given)
    also = f" [{urgent_rows.told(row.depends)}]" if row.depends else ""
    console.print(f"{source}{also} → {target} ({concept_map})", markup=False)
