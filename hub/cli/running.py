"""`benkan up`, `serve`, `worker`, `sandbox`, `db upgrade`."""

from __future__ import annotations

import logging
import os
import threading
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from hub import wiring
from hub.app import create_app
from hub.cli import place, up
from hub.cli.output import console
from hub.settings import Settings
from hub.worker import queues, tasks
from hub.worker.embedded import EmbeddedWorker

db = typer.Typer(no_args_is_help=True, help="The database.")


def register(app: typer.Typer) -> None:
    """Add the commands to `benkan`."""
    app.command("up")(up_)
    app.command()(serve)
    app.command()(worker)
    app.command()(sandbox)
    app.add_typer(db, name="db")


def _logging() -> None:
    logging.basicConfig(
        level=os.environ.get("BENKAN_LOG", "WARNING"),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )


def up_(
    port: Annotated[int | None, typer.Option(help="Port of the hub; 0 takes a free one.")] = None,
) -> None:
    """Everything on this machine: hub, worker and the partners' sandboxes. Ctrl-C stops all."""
    _logging()
    up.run(Settings() if port is None else Settings(port=port))


def serve(
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """The FHIR interface. With the memory:// broker it also works on the exchanges itself."""
    _logging()
    settings = Settings() if port is None else Settings(port=port)
    hub = wiring.build(settings)
    embedded = EmbeddedWorker(hub) if settings.broker_url.startswith("memory") else None
    if embedded is None:
        tasks.attach(queues.make_app(settings.broker_url), hub)
    else:
        embedded.start()
    try:
        uvicorn.run(
            create_app(hub),
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            log_level="warning",
            server_header=False,
        )
    finally:
        if embedded is not None:
            embedded.stop()
        hub.close()


def worker(
    concurrency: Annotated[int, typer.Option(min=1, help="Exchanges at a time.")] = 4,
) -> None:
    """Works on exchanges, rung by the broker of BENKAN_BROKER_URL, and sweeps."""
    _logging()
    settings = Settings()
    hub = wiring.build(settings)
    celery = queues.make_app(settings.broker_url)
    tasks.attach(celery, hub)
    sweeper = tasks.Sweeper(hub)
    sweeper.start()
    console.print("ready worker")
    try:
        celery.Worker(
            pool="threads",
            concurrency=concurrency,
            loglevel="WARNING",
            without_gossip=True,
            without_mingle=True,
        ).start()
    finally:
        sweeper.stop()


def sandbox(
    partner: Annotated[str, typer.Argument(help="The partner's name.")],
    data: Annotated[Path | None, typer.Option(help="Folder of its ledger and files.")] = None,
    port: Annotated[int, typer.Option(help="Its port; 0 takes a free one.")] = 0,
    control_port: Annotated[int, typer.Option(help="Its control port; 0: a free one.")] = 0,
) -> None:
    """One partner's sandbox: a real server of the illustrative reference profile."""
    _logging()
    found = {e.name: e for e in entry_points(group="benkan.sandboxes")}
    if partner not in found:
        console.print(f"Bac à sable inconnu / unknown sandbox: {partner}. ({', '.join(found)})")
        raise typer.Exit(2)
    folder = data or place.sandbox_folder(Settings(), partner)
    folder.mkdir(parents=True, exist_ok=True)
    stop_with_parent()
    found[partner].load()(folder, port, control_port)


def stop_with_parent() -> None:
    """A sandbox started by `benkan up` ends when its parent is gone, however it went."""
    if os.environ.get("BENKAN_PARENT") != str(os.getppid()):
        return
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            pause.wait(0.5)
        os._exit(0)

    pause = threading.Event()
    threading.Thread(target=watch, daemon=True).start()


@db.command()
def upgrade() -> None:
    """Bring the database of BENKAN_DATABASE_URL (or the embedded one) up to date."""
    wiring.upgrade(Settings())
    console.print("Base de données à jour / database up to date.")
