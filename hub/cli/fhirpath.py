"""`benkan fhirpath`: evaluate an expression on a resource. Needs no database."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from hub import wiring
from hub.formats import exact_json


def register(app: typer.Typer) -> None:
    """Add the command to `benkan`."""
    app.command()(fhirpath)


def fhirpath(
    expression: Annotated[str, typer.Argument(help="A FHIRPath expression.")],
    file: Annotated[
        Path, typer.Argument(help="A FHIR resource, JSON or XML.", exists=True, dir_okay=False)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array.")] = False,
) -> None:
    """Print what an expression gives for a resource, one value a line.

    Element names are checked against the resource's type before anything runs.
    """
    values = wiring.fhirpath(expression, file.read_bytes())
    if as_json:
        sys.stdout.write(exact_json.dumps(values).decode() + "\n")
        return
    for value in values:
        text = value if isinstance(value, str) else exact_json.dumps(value).decode()
        sys.stdout.write(text + "\n")
