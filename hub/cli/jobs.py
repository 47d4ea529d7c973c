"""`benkan job`: long work that the console or the API began: watch it, continue what stopped."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from hub import wiring
from hub.cli import with_partners
from hub.cli.acting import actor
from hub.cli.output import console, print_json, table
from hub.formats import exact_json
from hub.ports.watch import Job
from hub.watching import bulk, jobs

app = typer.Typer(no_args_is_help=True, help="Long work: bulk acts and certifications.")
POLL = 0.1  #: seconds
Id = Annotated[str, typer.Argument(help="Its id, as `benkan job list` shows it.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


@app.command("list")
def list_(
    kind: Annotated[str, typer.Option(help=", ".join(jobs.RIGHTS))] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 50,
    as_json: Json = False,
) -> None:
    """Long work, newest first."""
    hub = wiring.build(adapters={})
    found = hub.store.jobs(kind, limit=limit)
    hub.close()
    if as_json:
        print_json([jobs.told(job) for job in found])
        return
    cells = [
        [job.id, job.kind, job.subject, job.actor, _state(job), f"{job.done}/{job.total or '?'}"]
        for job in found
    ]
    columns = ["travail", "sorte", "sur quoi", "demandé par", "état", "avancement"]
    table(f"{len(found)} travaux / jobs", columns, cells)


@app.command()
def show(id: Id) -> None:
    """How far one is, and what could not be done, as JSON."""
    hub = wiring.build(adapters={})
    try:
        found = jobs.seen(hub, id, lambda _: True)
        made = hub.store.job_result(id) if found.kind == bulk.JOB else None
    finally:
        hub.close()
    print_json(jobs.told(found) | {"failed": exact_json.loads(made)["failed"] if made else []})


@app.command("continue")
def carry_on(id: Id) -> None:
    """Do what an interrupted bulk act had not done, here and now. Exit status 1: it failed."""
    hub = with_partners.build()
    try:
        made = bulk.carry_on(hub, id, actor(hub))
        while not made.finished:  # its thread ends with this process
            time.sleep(POLL)
            made = hub.store.job(made.id) or made
    finally:
        hub.close()
    console.print(made.told, markup=False, soft_wrap=True)
    if made.outcome != jobs.DONE:
        raise typer.Exit(1)


def _state(job: Job) -> str:
    return "interrompu" if jobs.died(job) else job.outcome or "en cours"
