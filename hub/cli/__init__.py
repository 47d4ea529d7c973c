"""The `benkan` command."""

from __future__ import annotations

import sys
from importlib import metadata
from typing import Annotated

import typer
from pydantic import ValidationError

from hub import wiring
from hub.cli import (
    actions,
    agreements,
    alerts,
    audit,
    claims,
    clients,
    codes,
    doctor,
    dossiers,
    doubles,
    exchange_bulk,
    exchange_orders,
    exchange_source,
    exchanges,
    export,
    fhirpath,
    jobs,
    keys,
    maps,
    me,
    partner_looks,
    partner_orders,
    partners,
    people,
    proposals,
    quarantine,
    reconcile,
    references,
    release,
    release_replays,
    retention,
    rights,
    running,
    stats,
    tables,
    users,
)
from hub.errors import Issue, Misconfigured, Problem
from hub.settings import Settings

app = typer.Typer(
    name="benkan",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Benkan carries health-insurance claims (FHIR R4) from care providers to the institution "
    "in charge, exactly once, and brings the decisions back.\n\n"
    "Start with: benkan up",
)
running.register(app)
claims.register(app)
doctor.register(app)
alerts.register(audit.app)
clients.register(app)
fhirpath.register(app)
stats.register(app)
rights.register(app)
app.add_typer(maps.app, name="map")
maps.app.add_typer(tables.app, name="table")
app.add_typer(codes.app, name="code")
app.add_typer(exchanges.app, name="exchange")
doubles.register(exchanges.app)
dossiers.register(exchanges.app)
exchange_orders.register(exchanges.app)
exchange_bulk.register(exchanges.app)
exchange_source.register(exchanges.app)
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(agreements.app, name="agreement")
app.add_typer(proposals.app, name="proposal")
app.add_typer(people.people, name="person")
app.add_typer(people.tasks, name="task")
app.add_typer(references.app, name="reference")
release_replays.register(release.app)
app.add_typer(release.app, name="release")
app.add_typer(reconcile.app, name="reconcile")
app.add_typer(audit.app, name="audit")
app.add_typer(keys.app, name="keys")
app.add_typer(export.app, name="export")
app.add_typer(retention.app, name="retention")
people.people.command("erase")(retention.erase)
app.add_typer(partners.app, name="partner")
partner_orders.register(partners.app)
partner_looks.register(partners.app)
app.add_typer(users.app, name="user")
app.add_typer(me.app, name="me")
app.command("sign-in")(release.sign_in)
app.command("sign-out")(release.sign_out)
app.add_typer(jobs.app, name="job")
actions.register(app)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"benkan {metadata.version('benkan')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Tell the version.")
    ] = False,
) -> None:
    """What stands before every command."""


def main() -> None:
    """Entry point. Exit status: 0 fine, 1 the thing asked about is wrong, 2 usage."""
    try:
        app()
    except ValidationError as error:
        if error.title != Settings.__name__:
            raise
        _tell(wiring.misconfigured(error))
        sys.exit(2)
    except Problem as problem:
        _tell(problem)
        sys.exit(2 if isinstance(problem, Misconfigured) else 1)
    except OSError as error:
        if error.filename is None:
            raise
        _tell(_no_access(error))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _no_access(error: OSError) -> Problem:
    fr = f"{error.filename} : lecture ou écriture impossible. Vérifiez le chemin et vos droits."
    en = f"{error.filename}: {error.strerror}. Check the path and your permissions."
    return Problem(Issue("exception", fr, en))


def _tell(problem: Problem) -> None:
    for issue in problem.issues:
        where = f"{issue.path}: " if issue.path else ""
        print(f"benkan: {where}{issue.fr}\n        {issue.en}", file=sys.stderr)
