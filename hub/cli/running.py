"""`benkan up`, `serve`, `console`, `worker`, `sandbox`, `db upgrade`, `db demo`."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from hub import sandbox as sandboxes
from hub import wiring
from hub.cli import demo as demo_world
from hub.cli import demo_clients, place
from hub.cli.output import console
from hub.errors import Issue, Misconfigured
from hub.sandbox import log as _logging
from hub.settings import Settings

db = typer.Typer(no_args_is_help=True, help="The database.")


def register(app: typer.Typer) -> None:
    """Add the commands to `benkan`."""
    app.command("up")(up_)
    app.command()(serve)
    app.command("console")(console_)
    app.command()(worker)
    app.command()(sandbox)
    app.add_typer(db, name="db")


def up_(
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port of the hub; 0: a free one.")
    ] = None,
) -> None:
    """Everything on this machine: hub, worker and the partners' sandboxes. Ctrl-C stops all."""
    from hub.cli import up  # the web server and Celery: a second that other commands need not wait

    _logging()
    up.run(Settings() if port is None else Settings(port=port))


def serve(
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0: a free one.")
    ] = None,
) -> None:
    """The FHIR interface. With the memory:// broker it also works on the exchanges itself.

    Prints a line that begins with `ready` once it answers. SIGTERM or Ctrl-C: it finishes the
    requests under way, then ends.
    """
    from hub.cli import processes

    _logging()
    settings = Settings() if port is None else Settings(port=port)
    embedded = settings.broker_url.startswith("memory")
    with place.alone(settings) if embedded else nullcontext():
        processes.serve(settings, embedded)


def console_(
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0: a free one.")
    ] = None,
) -> None:
    """The administrators' console alone, on the database of BENKAN_DATABASE_URL.

    `benkan up` and `benkan serve` carry it too, at /console. It keeps nothing in memory: start as
    many as are needed. What it releases is taken up by the workers. Ends like `benkan serve`.
    """
    from hub.cli import processes

    _logging()
    processes.console(Settings() if port is None else Settings(port=port))


def worker(
    concurrency: Annotated[int, typer.Option(min=1, help="Exchanges at a time.")] = 4,
) -> None:
    """Works on exchanges, rung by the broker of BENKAN_BROKER_URL, and sweeps.

    Prints `ready worker` once it listens to the broker; waits for a broker that is away. SIGTERM
    or Ctrl-C: it finishes the steps under way, within 10 seconds, then ends.
    """
    from hub.cli import processes

    _logging()
    settings = Settings()
    if settings.broker_url.startswith("memory"):
        raise Misconfigured(
            Issue(
                "value",
                "memory:// ne relie pas deux processus. Donnez BENKAN_BROKER_URL (amqp://… ou "
                "redis://…), ou laissez `benkan serve` travailler seul.",
                "memory:// does not join two processes. Set BENKAN_BROKER_URL (amqp://… or "
                "redis://…), or let `benkan serve` do the work itself.",
            )
        )
    processes.work(settings, concurrency)


def sandbox(
    partner: Annotated[str, typer.Argument(help="The partner's name.")],
    data: Annotated[Path | None, typer.Option(help="Folder of its ledger and files.")] = None,
    port: Annotated[int, typer.Option(help="Its port; 0 takes a free one.")] = 0,
    control_port: Annotated[int, typer.Option(help="Its control port; 0: a free one.")] = 0,
) -> None:
    """One partner's sandbox: a real server of the illustrative reference profile."""
    _logging()
    found = sandboxes.installed()
    if partner not in found:
        console.print(f"Bac à sable inconnu / unknown sandbox: {partner}. ({', '.join(found)})")
        raise typer.Exit(2)
    folder = data or place.sandbox_folder(Settings(), partner)
    sandboxes.run(partner, folder, port, control_port)


@db.command()
def upgrade(
    role: Annotated[
        str, typer.Option("--grant", help="Then also `benkan db grant` to this role.")
    ] = "",
) -> None:
    """Bring the database of BENKAN_DATABASE_URL (or the embedded one) up to date."""
    wiring.upgrade(Settings())
    console.print("Base de données à jour / database up to date.")
    if role:
        grant(role)


@db.command()
def grant(
    role: Annotated[str, typer.Argument(help="PostgreSQL role of serve and worker.")],
) -> None:
    """Give this role what serve and worker need, and no more: the audit it only reads and extends.

    Run it as the owner of the tables, after each upgrade. The role must exist.
    """
    hub = wiring.build(adapters={})
    try:
        hub.store.grant(role)
    finally:
        hub.close()
    console.print(f"Droits donnés à {role} / granted to {role}.", markup=False)


@db.command()
def demo() -> None:
    """Load the demo world (organisations, insured people, covers; all fictitious) once.

    With clients to call the hub as: their keys are in the data folder (`benkan token`).
    `benkan up` does it by itself. The demo's routing file is mappings/demo/routing.json: name it
    in BENKAN_ROUTING.
    """
    hub = wiring.build(adapters={})
    loaded = demo_world.load(hub, demo_clients.TENANTS)
    demo_clients.load(hub)
    hub.close()
    console.print(f"{loaded} ressources fictives enregistrées / fictitious resources stored.")
