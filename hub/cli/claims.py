"""`benkan submit`, `validate`, `sample`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hub.cli import credentials, delivery, place, sample, sample_orders
from hub.cli.output import console, print_json, table
from hub.errors import Invalid, Issue
from hub.fhir import outcome, validate
from hub.formats import exact_json
from hub.settings import Settings

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE|FOLDER…", exists=True, help="JSON files or folders.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to `benkan`."""
    app.command()(submit)
    app.command("validate")(validate_)
    app.command("sample")(sample_)


class Language(StrEnum):
    """Languages of the messages."""

    FR = "fr"
    EN = "en"


def _json_files(paths: list[Path]) -> list[Path]:
    """The files named, and the *.json of the folders named.

    Raises:
        Invalid: there is none.
    """
    found = [f for p in paths for f in (sorted(p.glob("*.json")) if p.is_dir() else [p])]
    if not found:
        named = ", ".join(str(p) for p in paths)
        raise Invalid(
            Issue(
                "not-found",
                fr=f"Aucun fichier .json dans {named}. Indiquez un fichier, ou un dossier qui en "
                "contient.",
                en=f"No .json file in {named}. Name a file, or a folder that holds some.",
            )
        )
    return found


def submit(
    paths: Files,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for the decisions.")] = 900.0,
    parallel: Annotated[int, typer.Option(min=1, max=64, help="Requests at a time.")] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Post claims and wait for their decisions.

    Interrupted? Run the same command again: what the hub already has is recognised and not sent
    a second time. Exit status 1 when a claim was refused or could not be delivered.
    """
    settings, files = Settings(), _json_files(paths)
    auth = credentials.found(settings)
    url = place.base_url(settings)
    results = delivery.deliver(url, files, parallel=parallel, wait=wait, auth=auth)
    counted: dict[str, int] = {}
    for result in results:
        counted[result.status] = counted.get(result.status, 0) + 1
    if as_json:
        print_json({"counts": counted, "claims": [r.row() for r in results]})
    else:
        table(
            f"{len(results)} feuille(s) / claim(s)",
            ["issue", "nombre", "exemple"],
            [
                [status, str(n), next(r.text for r in results if r.status == status)]
                for status, n in sorted(counted.items())
            ],
        )
        _say_next(results)
    if any(r.status in delivery.FAILURES for r in results):
        raise typer.Exit(1)


#: Files named below the table; the others are in --json.
NAMED = 20


def _say_next(results: list[delivery.Result]) -> None:
    """Name the files that need somebody, and tell what to do about those still on their way."""
    statuses = {r.status for r in results}
    if delivery.UNDELIVERED in statuses:
        console.print(
            "Le hub ne répond pas : lancez-le (benkan up), puis relancez la même commande ; rien "
            "n'est envoyé deux fois.\nThe hub does not answer: start it (benkan up), then run "
            "the same command again; nothing is sent twice.",
        )
    failed = [r for r in results if r.status in delivery.FAILURES - {delivery.UNDELIVERED}]
    for result in failed[:NAMED]:
        console.print(f"{result.file}: {result.text}", markup=False, soft_wrap=True)
    if len(failed) > NAMED:
        console.print(f"… {len(failed) - NAMED} autres / more: --json", markup=False)
    if delivery.WAITING in statuses:
        console.print(
            "En attente : la même commande, relancée, montre la suite et ne renvoie rien deux "
            "fois.\nWaiting: run the same command again to see the rest; nothing is sent twice.",
        )
    if delivery.HELD in statuses:
        console.print("Retenues / held: benkan exchange list --held")


def validate_(
    paths: Files,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one OperationOutcome a file.")
    ] = False,
    language: Annotated[Language, typer.Option(help="fr or en.")] = Language.FR,
) -> None:
    """Check resources as the hub's door would; exit status 1 when one is wrong."""
    wrong = False
    for file in _json_files(paths):
        try:
            issues = validate.validate(exact_json.loads(file.read_bytes()))
        except Invalid as problem:
            issues = list(problem.issues)
        wrong = wrong or any(i.severity in ("fatal", "error") for i in issues)
        if as_json:
            print_json({"file": str(file), "outcome": outcome.outcome(issues, language)})
            continue
        for issue in issues:
            text = issue.en if language is Language.EN else issue.fr
            where = f"{issue.path}: " if issue.path else ""
            console.print(f"{file}: {where}{text}", markup=False, soft_wrap=True)
        if not issues:
            console.print(f"{file}: ok", markup=False)
    if wrong:
        raise typer.Exit(1)


def sample_(
    out: Annotated[Path, typer.Option(help="Folder to write to.")],
    claims: Annotated[int, typer.Option(min=1, help="How many.")] = 100,
    seed: Annotated[int, typer.Option(help="Same seed, same claims.")] = 1,
    partner: Annotated[
        list[str] | None,
        typer.Option(help="Managing bodies by code; default: the connected ones."),
    ] = None,
    preauthorizations: Annotated[
        int, typer.Option(min=0, help="Requests for prior authorisation, beside the claims.")
    ] = 0,
    cancellations: Annotated[
        int, typer.Option(min=0, help="Orders to cancel that many of the claims.")
    ] = 0,
    month: Annotated[
        str, typer.Option(help="Month of care, YYYY-MM; default: the sixty days to 2026-10-30.")
    ] = "",
) -> None:
    """Write realistic, fictitious claims of the demo world, one JSON file each.

    Those of both countries and of every connected body. Orders to cancel are Tasks, which
    `benkan submit` posts after the claims.
    """
    reference, days = sample.month_of(month) if month else (sample.REFERENCE_DATE, sample.CARE_DAYS)
    out.mkdir(parents=True, exist_ok=True)
    bodies = set(partner) if partner else None
    made = list(sample.generate(claims, seed, bodies, reference, days))
    wanted = list(sample_orders.preauthorizations(preauthorizations, seed, bodies, reference))
    taken = [sample_orders.cancellation(claim, reference) for _, claim in made[:cancellations]]
    for name, resource in (*made, *wanted, *taken):
        (out / name).write_bytes(exact_json.dumps(resource))
    console.print(
        f"{len(made)} feuilles, {len(wanted)} demandes d'accord et {len(taken)} annulations "
        f"fictives écrites dans {out}.\n{len(made)} fictitious claims, {len(wanted)} prior "
        f"authorisations and {len(taken)} cancellations written.",
    )
