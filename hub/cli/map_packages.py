"""`benkan map`: export, import. Mapping packs as FHIR packages."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.map_tools import tools


def export(
    folder: Annotated[Path, typer.Argument(help="Maps, tables, models and examples.")],
    file: Annotated[Path, typer.Argument(metavar="FILE.tgz", help="The package to write.")],
) -> None:
    """Pack a folder of maps as a FHIR package; the same folder always gives the same bytes."""
    body = tools([]).export(folder)
    file.write_bytes(body)
    print(f"{file}: {len(body)} octets / bytes, sha256 {hashlib.sha256(body).hexdigest()}")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE.tgz", help="The package to read.")],
    to: Annotated[
        Path | None, typer.Option(help="A new folder; by default named after the package.")
    ] = None,
) -> None:
    """Unpack a FHIR package of maps into a new folder."""
    for path in tools([]).restore(file, to):
        print(path)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(export)
    app.command("import")(restore)
