"""`benkan release text`, `replays`, `replay-stop`: a version to read, replays of real exchanges."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hub.authoring import comparing, replay
from hub.cli import release_printing
from hub.cli.acting import opened
from hub.cli.output import console, print_json, table

Url = Annotated[str, typer.Argument(help="Canonical url of the map or table.")]
Id = Annotated[str, typer.Argument(help="Its id, as `benkan release replays` shows it.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


def register(group: typer.Typer) -> None:
    """Put the commands into `benkan release`."""
    group.command()(text)
    group.command()(replays)
    group.command("replay-show")(show)
    group.command("replay-stop")(stop)


def text(
    url: Url,
    version: Annotated[str, typer.Argument(help="A version, or `draft`.")],
    out: Annotated[Path | None, typer.Option(help="File to write; default: print it.")] = None,
) -> None:
    """The text of a version."""
    with opened("mapping.read") as (hub, _):
        found = comparing.side(hub, url, version)
    if out is None:
        print(found.text, end="")
    else:
        out.write_text(found.text, encoding="utf-8")


def replays(url: Url, as_json: Json = False) -> None:
    """Replays of a draft over real exchanges, newest first."""
    with opened("mapping.read") as (hub, _):
        found = replay.replays(hub, url)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    rows = [[one.id, one.state, one.hash[:16], one.actor] for one in found]
    table(f"{url} : {len(found)}", ["id", "état / state", "sha256", "par / by"], rows)


def show(id: Id, as_json: Json = False) -> None:
    """One replay: how far it is, then what it found."""
    with opened("mapping.read") as (hub, _):
        found = replay.replay(hub, id)
    release_printing.replay(found, as_json)


def stop(id: Id) -> None:
    """End one with what it has."""
    with opened("mapping.read") as (hub, person):
        found = replay.stop(hub, person, id)
    console.print(f"{found.id} : {found.state}", markup=False)
