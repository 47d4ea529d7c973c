"""`benkan audit alerts`: what others than whoever did it should look at."""

from __future__ import annotations

from typing import Annotated

import typer

from hub import wiring
from hub.cli.output import console, print_json
from hub.watching import audits


def register(app: typer.Typer) -> None:
    """Add the command to `benkan audit`."""
    app.command("alerts")(alerts)


def alerts(
    most: Annotated[int, typer.Option("--limit", min=1, help="How many, newest first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Break-glass with its reason, starts accepted in spite of a check, systems let in.

    Newest first. A break-glass is also a line of the log when it happens, without identities.
    """
    hub = wiring.build(adapters={})
    rows = audits.alerts(hub, most)
    hub.close()
    if as_json:
        print_json(rows)
        return
    console.print(f"{len(rows)} alerte(s) / alert(s)")
    for row in rows:
        detail = row["detail"]
        reason = detail.get("reason") or ", ".join(detail.get("accepted", []))
        what = audits.ALERTS[row["action"]][0]
        console.print(
            f"{row['at'][:19].replace('T', ' ')}  {what} : {row['actor']}, "
            f"{row['object']}" + (f" : {reason}" if reason else ""),
            markup=False,
            soft_wrap=True,
        )
