"""`benkan exchange source`: what a map was given for an exchange, as the workbench opens it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.authoring import bench_sources
from hub.cli import with_partners
from hub.cli.acting import actor
from hub.cli.exchanges import Id, find
from hub.cli.output import console
from hub.watching import reading

ROLES = ("request", "answer", "payment")


def register(group: typer.Typer) -> None:
    """Put the command into `benkan exchange`."""
    group.command()(source)


def source(
    name: Id,
    role: Annotated[str, typer.Option(help=", ".join(ROLES))] = "request",
    whole: Annotated[
        bool, typer.Option("--whole", help="With the identities in it; needs --reason.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why identities are needed: a sentence.")] = "",
    out: Annotated[Path | None, typer.Option(help="File to write; default: print it.")] = None,
) -> None:
    """The source document of an exchange's map, without identities: for `benkan map try --source`.

    With --whole it is break-glass: written into the audit, and others are told.
    """
    if role not in ROLES:
        raise typer.BadParameter(f"--role : {', '.join(ROLES)}")
    hub = with_partners.build()
    try:
        found = find(hub, name)[-1]
        if whole:
            reading.break_glass(hub, found, reason, actor(hub), page="workbench")
        url = bench_sources.map_of(hub, found, role)
        text = bench_sources.indented(bench_sources.of_exchange(hub, found, whole, role).source)
    finally:
        hub.close()
    if out is None:
        print(text)
        return
    out.write_text(text + "\n", encoding="utf-8")
    console.print(f"{out} : {url or '—'}", markup=False, soft_wrap=True)
