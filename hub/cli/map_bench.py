"""`benkan map`: complete, try. The workbench's two questions, without a database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub import wiring
from hub.authoring import bench, bench_complete, bench_run
from hub.cli.map_tools import AsJson, Folders, print_tree
from hub.settings import Settings

_FILE = typer.Argument(metavar="FILE", help="A map in FML.", exists=True, dir_okay=False)


def complete(
    file: Annotated[Path, _FILE],
    line: Annotated[int, typer.Argument(min=1, help="Line of the cursor, from 1.")],
    column: Annotated[int, typer.Argument(min=1, help="Column of the cursor, from 1.")],
    folders: Folders = None,
    as_json: AsJson = False,
) -> None:
    """List what may stand at a place of a map: elements, variables, groups, tables, types."""
    library = wiring.library([*wiring.map_folders(Settings()), *(folders or [])])
    text = file.read_text(encoding="utf-8")
    found = bench_complete.complete(library, text, line, column)
    if as_json:
        print_tree(bench.completions_tree(found))
        return
    for one in found.options:
        print("  ".join(filter(None, (one.label, one.detail, one.told))))


def try_(
    file: Annotated[Path, _FILE],
    source: Annotated[Path, typer.Option(help="The source document.", exists=True)],
    expected: Annotated[
        Path | None, typer.Option(help="What should come of it, as JSON.", exists=True)
    ] = None,
    folders: Folders = None,
    as_json: AsJson = False,
) -> None:
    """Run a map as the workbench does: the partner's exact bytes, differences, what was lost."""
    settings = Settings()
    stand = bench_run.Stand([*wiring.map_folders(settings), *(folders or [])], [], {})
    wanted = expected.read_bytes() if expected is not None else None
    done = bench_run.evaluate(
        stand,
        file.read_text(encoding="utf-8"),
        source.read_bytes(),
        wiring.load_adapters(settings),
        wanted,
    )
    if as_json:
        print_tree(bench.evaluation_tree(done))
    else:
        _tell(done)
    if done.refused or done.differences:
        raise typer.Exit(1)


def _tell(done: bench_run.Evaluation) -> None:
    if done.message is not None:
        print(bench.readable(done.message.body, done.message.content_type))
    for issue in (*done.refused, *done.warnings):
        print(f"{issue.path}: {issue.fr} / {issue.en}")
    for each in done.differences:
        print(f"{each.path}: {each.first} → {each.second}")
    lost = [one.path for one in done.used("unused")]
    print(f"non utilisés / unused ({len(lost)}): {', '.join(lost)}")
    print(f"obligatoires sans valeur / required without a value: {', '.join(done.missing) or '—'}")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(complete)
    app.command("try")(try_)
