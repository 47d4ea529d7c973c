"""`benkan agreement`: cross-border agreements with their dates; setting one takes two people."""

from __future__ import annotations

from typing import Annotated

import typer

from hub import wiring
from hub.cli import changing
from hub.cli.output import console, print_json, table
from hub.routing_wiring import ADD, END, KIND
from hub.watching import agreements

app = typer.Typer(no_args_is_help=True, help="Cross-border agreements: care abroad, by date.")

Care = Annotated[str, typer.Argument(help="Country of care, two letters.")]
Cover = Annotated[str, typer.Argument(help="Country of the cover, two letters.")]
Start = Annotated[str, typer.Option("--from", help="First day of care, 2027-01-01.")]


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """All agreements, of the routing files and those set since."""
    hub = wiring.build(adapters={})
    found = [agreements.told(one) for one in agreements.listed(hub)]
    hub.close()
    if as_json:
        print_json(found)
        return
    rows = [[a["care"], a["cover"], a["start"], a["end"] or "…", a["reference"]] for a in found]
    columns = ["soins / care", "couverture / cover", "du / from", "au / to", "référence"]
    table(f"{len(found)} accord(s) / agreement(s)", columns, rows)


@app.command()
def add(
    care: Care,
    cover: Cover,
    start: Start,
    reference: Annotated[str, typer.Option(help="The agreement's reference; goes with claims.")],
    end: Annotated[str, typer.Option("--to", help="Last day; default: none.")] = "",
    reason: changing.Reason = "",
    emergency: changing.Emergency = "",
) -> None:
    """Propose an agreement; it holds once another person accepts it (`benkan proposal`)."""
    _change(ADD, agreements.payload(care, cover, start, end, reference), reason, emergency)


@app.command()
def end(
    care: Care,
    cover: Cover,
    start: Start,
    last: Annotated[str, typer.Option("--to", help="Its last day of care.")],
    reason: changing.Reason = "",
    emergency: changing.Emergency = "",
) -> None:
    """Propose the last day of an agreement, also of one in a routing file."""
    _change(END, agreements.payload(care, cover, start, last), reason, emergency)


def _change(act: str, payload: dict[str, str], reason: str, emergency: str) -> None:
    hub = wiring.build(adapters={})
    try:
        subject = agreements.subject(payload)
        told = changing.change(hub, KIND, act, subject, payload, reason, emergency)
    finally:
        hub.close()
    if told is not None:
        console.print(f"{subject} : accord enregistré / agreement recorded.", markup=False)
