"""`benkan audit alerts`: what others than whoever did it should look at."""

from __future__ import annotations

import itertools
from typing import Annotated

import typer

from hub import wiring
from hub.cli.output import console, print_json
from hub.formats import exact_json

#: Rows of the audit that are alerts, and what each says.
ALERTS = {
    "break-glass": "bris de glace",
    "unsafe-start": "démarrage accepté malgré une vérification",
    "client-added": "système enregistré",
    "client-rotated": "clés remplacées",
}


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
    found = [hub.store.audit_search(action=action, limit=most) for action in ALERTS]
    hub.close()
    newest = sorted(itertools.chain(*found), key=lambda entry: -entry.seq)[:most]
    rows = [exact_json.loads(entry.content.encode()) for entry in newest]
    if as_json:
        print_json(rows)
        return
    console.print(f"{len(rows)} alerte(s) / alert(s)")
    for row in rows:
        detail = row["detail"]
        reason = detail.get("reason") or ", ".join(detail.get("accepted", []))
        console.print(
            f"{row['at'][:19].replace('T', ' ')}  {ALERTS[row['action']]} : {row['actor']}, "
            f"{row['object']}" + (f" : {reason}" if reason else ""),
            markup=False,
            soft_wrap=True,
        )
