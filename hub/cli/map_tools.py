"""`benkan map`: explain, test, diff. What a mapping author looks at, without a database."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from hub import map_wiring, wiring
from hub.errors import Invalid, Issue
from hub.formats import exact_json
from hub.settings import Settings

Folders = Annotated[
    list[Path] | None,
    typer.Option("--import", help="Further folders or packages of maps, tables, models."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
_KINDS = {
    "changed": "changé / changed",
    "missing": "absent de B / missing in B",
    "added": "nouveau dans B / new in B",
}
_WIDTH, _VALUE, _MOST = 100, 60, 4


def tools(folders: Sequence[Path] | None, files: Sequence[Path] = ()) -> Any:
    """The tools for the packaged maps, these folders, and the folders of these files."""
    parents = [file.parent for file in files if file.is_file()]
    return map_wiring.map_tools([*wiring.map_folders(Settings()), *(folders or []), *parents])


def print_tree(tree: Any) -> None:
    """One JSON document on standard output; amounts keep their digits."""
    sys.stdout.buffer.write(exact_json.dumps(tree) + b"\n")


def print_tables(made: Any, traced: Any, stream: Console) -> None:
    """What was made and what the source held, for a terminal of 100 columns."""
    rows = made.target_rows(traced, _MOST, _VALUE)
    stream.print(
        _table("Ce qui a été produit / What was made", made.target_headings, rows, (5, 4, 7, 5))
    )
    rows = made.source_rows(traced, _MOST, _VALUE)
    stream.print(
        _table(
            "Ce que la source contenait / What the source held",
            made.source_headings,
            rows,
            (7, 5, 3, 5),
        )
    )


def print_printed(printed: Any, is_json: bool) -> None:
    """What a run gave, its trace and its warnings as one JSON document."""
    body = printed.body
    target = exact_json.loads(body) if is_json else body.decode("utf-8", errors="replace")
    warnings = [{"path": w.path, "fr": w.fr, "en": w.en} for w in printed.warnings]
    said = {"target": target, "warnings": warnings, "messages": list(printed.messages)}
    print_tree(said if printed.trace is None else {**said, "trace": printed.trace})


def tell_trace(trace: Any, stream: Console) -> None:
    """A trace, one target element after another."""
    for step in trace["targets"]:
        stream.print(
            f"{step['path']} = {_said(step['value'])}   [{step['rule']} {step['file']} "
            f"{step['transform']}]",
            markup=False,
            soft_wrap=True,
        )
        for each in step["sources"]:
            value = f" = {_said(each['value'])}" if "value" in each else ""
            stream.print(f"    ← {each['path']}{value}", markup=False, soft_wrap=True)
        for row in step["rows"]:
            hand = " (ajoutée à la main / added by hand)" if row["by_hand"] else ""
            codes = f"{row['source_code']} → {row['target_code']}{hand}"
            stream.print(
                f"    table {row['concept_map']}: {codes}",
                markup=False,
                soft_wrap=True,
            )
    unused = [each["path"] for each in trace["sources"] if each["use"] == "unused"]
    stream.print(f"non utilisés / unused: {', '.join(unused)}", markup=False, soft_wrap=True)


def paper(stderr: bool = False) -> Console:
    """A console 100 columns wide, or as wide as a narrower terminal."""
    found = Console(stderr=stderr, highlight=False)
    found.width = min(found.width, _WIDTH) if found.is_terminal else _WIDTH
    return found


def _table(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], ratios: Sequence[int]
) -> Table:
    made = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for heading, ratio in zip(headings, ratios, strict=True):
        made.add_column(heading.replace(" / ", "\n"), overflow="fold", ratio=ratio)
    for row in rows:
        made.add_row(*(cell.replace("[", r"\[") for cell in row))
    return made


def explain(
    map_name: Annotated[
        str, typer.Argument(metavar="MAP", help="A map file or its canonical url.")
    ],
    source: Annotated[Path, typer.Option(help="The source tree: JSON or XML, told by content.")],
    folders: Folders = None,
    as_json: AsJson = False,
    html: Annotated[
        Path | None, typer.Option(help="Write a page to print and keep as evidence.")
    ] = None,
) -> None:
    """Tell where each value of the target came from, and what became of each source value."""
    made = tools(folders, [Path(map_name)])
    found = made.explain(map_name, source.name, source.read_bytes())
    if html is not None:
        html.write_text(made.page(found), encoding="utf-8")
    if as_json:
        print_tree(made.as_tree(found))
        return
    stream = paper()
    print_tables(made, found.traced, stream)
    for warning in found.traced.warnings:
        stream.print(f"{warning.path}: {warning.fr} / {warning.en}", markup=False)
    if html is not None:
        stream.print(f"Page : {html}", markup=False)


def run_examples(
    folder: Annotated[Path, typer.Argument(help="Holds folders `examples`, at any depth.")],
    folders: Folders = None,
    as_json: AsJson = False,
) -> None:
    """Run every example name.in.* and compare with its name.out.*, both ways where possible."""
    if not folder.is_dir():
        raise Invalid(
            Issue(
                "not-found",
                f"{folder} n’est pas un dossier : vérifiez son nom",
                f"{folder} is no folder: check its name",
            )
        )
    done = list(tools([*(folders or []), folder]).test(folder))
    wrong = [verdict for verdict in done if not verdict.passed]
    if as_json:
        print_tree([_verdict(verdict) for verdict in done])
    else:
        for verdict in done:
            _tell_verdict(verdict)
        print(
            f"{len(done)} essai(s), {len(wrong)} en écart / {len(done)} test(s), "
            f"{len(wrong)} with differences"
        )
    if not done:
        print("Aucun exemple / no example: examples/<map>/name.in.json", file=sys.stderr)
    if wrong or not done:
        raise typer.Exit(1)


def _verdict(verdict: Any) -> dict[str, Any]:
    return {
        "example": str(verdict.example),
        "map": verdict.map,
        "backwards": verdict.backwards,
        "ok": verdict.passed,
        "differences": [_difference(each, "expected", "got") for each in verdict.differences],
        "issues": [{"path": i.path, "fr": i.fr, "en": i.en} for i in verdict.issues],
    }


def _difference(each: Any, first: str, second: str) -> dict[str, Any]:
    return {"path": each.path, "kind": str(each.kind), first: each.first, second: each.second}


def _tell_verdict(verdict: Any) -> None:
    name = "/".join(verdict.example.parts[-3:]).partition(".in.")[0]
    way = " (retour / backwards)" if verdict.backwards else ""
    print(f"{'ok   ' if verdict.passed else 'ÉCART'} {name}{way}")
    for each in verdict.differences:
        print(f"      {each.path}")
        print(f"        attendu / expected : {_said(each.first)}")
        print(f"        obtenu  / got      : {_said(each.second)}")
    for issue in verdict.issues:
        print(f"      {issue.path}: {issue.fr}\n        {issue.en}")


def _said(value: Any) -> str:
    text = "—" if value is None else exact_json.dumps(value).decode()
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def diff(
    first: Annotated[Path, typer.Argument(metavar="A", help="The map as it is.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="The map as it shall be.")],
    source: Annotated[Path, typer.Option(help="A folder of source trees: JSON or XML.")],
    folders: Folders = None,
    as_json: AsJson = False,
) -> None:
    """Tell what two versions of a map do differently on the same inputs, by target path."""
    found = tools(folders).compare(first, second, source)
    if as_json:
        groups = [
            {
                "path": g.path,
                "kind": str(g.kind),
                "count": g.count,
                "inputs": g.inputs,
                "example": {"source": g.source, **_difference(g.example, "a", "b")},
            }
            for g in found.groups
        ]
        print_tree({"sources": found.sources, "alike": found.alike, "groups": groups})
    else:
        for group in found.groups:
            times = f"{group.count} valeur(s) dans {group.inputs} source(s)"
            print(f"{group.path}   {_KINDS[str(group.kind)]}, {times}")
            print(f"  {Path(group.source).name}   {group.example.path}")
            print(f"    A : {_said(group.example.first)}\n    B : {_said(group.example.second)}")
        print(
            f"{found.sources} source(s), {found.alike} sans différence / {found.sources} input(s), "
            f"{found.alike} without difference"
        )
    if found.groups:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(explain)
    app.command("test")(run_examples)
    app.command()(diff)
