"""`benkan partner list`, `show`, `certify`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from hub import wiring
from hub.authoring import in_force
from hub.cli import partner_state
from hub.cli.output import console, print_json, table
from hub.errors import Issue, Misconfigured, Problem
from hub.partner_wiring import Partner, adapter, partners, shown
from hub.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The institutions the hub can be connected to.")
Name = Annotated[str, typer.Argument(help="The partner's name.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command("list")
def list_(json: AsJson = False) -> None:
    """All partners: operations, how they travel, and whether they can be reached now."""
    settings = Settings()
    rows = [_summary(settings, partner) for _, partner in sorted(partners(settings).items())]
    if json:
        print_json(rows)
        return
    cells = [[r["name"], r["state"], r["transport"], ", ".join(r["operations"])] for r in rows]
    table("Partenaires / partners", ["name", "state", "transport", "operations"], cells)


@app.command()
def show(name: Name, json: AsJson = False) -> None:
    """One partner: settings without secrets, operations with their maps, tables, limits."""
    settings = Settings()
    told = _details(settings, found(settings, name))
    if json:
        print_json(told)
        return
    console.print(f"{name}: {told['state']}", markup=False)
    table(
        "Réglages / settings", ["setting", "value"], [[k, v] for k, v in told["settings"].items()]
    )
    maps = [[row["operation"], row["transport"], ", ".join(row["maps"])] for row in told["maps"]]
    table("Opérations / operations", ["operation", "transport", "maps"], maps)
    console.print(f"tables : {', '.join(told['tables']) or '—'}", markup=False)
    again = "oui / yes" if told["resends_safely"] else "non / no"
    console.print(f"Reconnaît les doubles / drops second copies: {again}")
    for operation, limits in told["batches"].items():
        size = f"{limits['count']} messages, {limits['size']} octets / bytes, {limits['age']} s"
        console.print(f"Dépôt / deposit ({operation}): {size}", markup=False)


@app.command()
def certify(
    name: Name,
    against: Annotated[
        str, typer.Option(help="Address of the partner (URL), or `up`; default: its own sandbox.")
    ] = "",
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path(),
    language: Annotated[str, typer.Option(help="Of the page: fr or en.")] = "fr",
    progress: Annotated[
        bool, typer.Option("--progress", help="Tell each check on standard error; both pages.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Run the certification suite and write a dated report, as JSON and as a page to print.

    Without --against it starts the partner's sandbox for itself, on free ports, and ends it. Only
    synthetic people are sent. Exit status: 0 passed, 1 not passed, 2 usage.
    """
    from hub.cli import certifying  # the suite: other commands need not wait for it

    settings = Settings()
    if language not in ("fr", "en"):
        raise _usage("--language : fr ou en.", "--language: fr or en.")

    def moved(done: int, total: int) -> None:
        if progress:
            print(f"{done}/{total}", file=sys.stderr, flush=True)

    report = certifying.run(settings, found(settings, name), against, moved)
    out.mkdir(parents=True, exist_ok=True)
    stem = f"certification-{name}-{report.at:%Y%m%dT%H%M%SZ}"
    tree = report.tree()
    (out / f"{stem}.json").write_text(certifying.as_json(tree), encoding="utf-8")
    (out / f"{stem}.html").write_text(report.page(language), encoding="utf-8")
    if progress:
        for each in ("fr", "en"):
            (out / f"{stem}.{each}.html").write_text(report.page(each), encoding="utf-8")
    if json:
        print_json(tree)
    else:
        rows = [[r.part, r.code, r.outcome, certifying.told(r, language)] for r in report.results]
        table(f"Certification : {name}", ["part", "check", "outcome", "notes"], rows)
        console.print(f"{out / stem}.html", soft_wrap=True)
    raise typer.Exit(0 if report.passed else 1)


def found(settings: Settings, name: str) -> Partner:
    """The partner of this name.

    Raises:
        Misconfigured: nobody has it.
    """
    known = partners(settings)
    if name not in known:
        names = ", ".join(sorted(known))
        raise _usage(
            f"Partenaire inconnu : {name}. Choisissez parmi : {names}.",
            f"Unknown partner: {name}. Choose among: {names}.",
        )
    return known[name]


def _summary(settings: Settings, partner: Partner) -> dict[str, Any]:
    state = partner_state.state(settings, partner)
    operations = _operations(settings, partner)
    return {
        "name": partner.name,
        "operations": list(operations),
        "transport": ", ".join(sorted(set(operations.values()))),
        "state": state,
    }


def _operations(settings: Settings, partner: Partner) -> dict[str, str]:
    """What it does, also while its settings are missing: its certification case tells then."""
    with partner_state.introduced(partner.name, partner_state.known(settings, partner.name)):
        try:
            made = adapter(partner)
        except Misconfigured:
            case = partner.case()
            if case is None:
                raise
            made = case.make(0)
        return dict(sorted(made.operations.items()))


def _details(settings: Settings, partner: Partner) -> dict[str, Any]:
    summary = _summary(settings, partner)
    with partner_state.introduced(partner.name, partner_state.known(settings, partner.name)):
        made, told = adapter(partner), shown(partner)
    with in_force.folders(settings) as folders:
        library = wiring.library(folders)
        rows = [
            {
                "operation": operation,
                "transport": transport,
                "maps": _maps(library, partner.name, operation),
            }
            for operation, transport in sorted(made.operations.items())
        ]
        mine = f"/ConceptMap/{partner.name}-"
        tables = [c for c in library.concept_maps() if mine in c]
    return summary | {
        "settings": told,
        "maps": rows,
        "tables": tables,
        "resends_safely": made.resends_safely,
        "batches": {
            o: {"count": b.count, "size": b.size, "age": b.age} for o, b in made.batches.items()
        },
    }


def _maps(library: Any, partner: str, operation: str) -> list[str]:
    """What translates an operation, as url|version."""
    found = []
    for role in ("", "-answer", "-payment"):
        try:
            found.append(library.pin(f"{MAPS}{partner}-{operation}{role}"))
        except Problem:
            continue  # this operation has no map of that role
    return found


#: Canonical base of the maps of a partner.
MAPS = "https://benkan.example/fhir/StructureMap/"


def _usage(fr: str, en: str) -> Misconfigured:
    return Misconfigured(Issue("value", fr, en))
