"""`benkan export`: claims for statistics, without telling whose they are."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from hub import wiring
from hub.access.matrix import matrix
from hub.cli import acting
from hub.cli.output import console
from hub.errors import Issue, Unauthenticated
from hub.watching import claims_export
from hub.watching.claims_export import Asked

app = typer.Typer(no_args_is_help=True, help="Exports for statistics, without identities.")


@app.callback()
def exports() -> None:
    """Exports for statistics, without identities."""


@app.command()
def claims(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="Day of care.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day of care.")],
    out: Annotated[Path, typer.Option(help="A new folder: rows, aggregates and manifest.")],
    body: Annotated[str, typer.Option(help="Only claims this institution manages.")] = "",
    key: Annotated[
        str, typer.Option(help="Export key: the same key gives the same pseudonyms.")
    ] = "statistics",
    reason: Annotated[str, typer.Option(help="What for, for the audit; no name in it.")] = "",
    person: Annotated[
        str, typer.Option("--as", help="In whose name; they have signed in (benkan sign-in).")
    ] = "",
) -> None:
    """Write claims of some months with pseudonyms: claims.ndjson, claims.csv, aggregates.csv and
    manifest.json with their digests.

    No name, number, day, diagnosis or address leaves; what few people share is hidden. Whoever has
    signed in gets what their right reaches, as at POST /admin/export/claims; when nobody has, it
    is the machine's account that exports.
    """
    hub = wiring.build(adapters={})
    try:
        asked = Asked(first.date(), last.date(), body, key, reason)
        who, asked = _in_name_of(hub, person, asked)
        out.mkdir(0o700, parents=True)  # nothing is written over, and nothing told of it
        made = claims_export.make(hub, who, asked)
        for name, content in made.files.items():
            (out / name).write_bytes(content)
    finally:
        hub.close()
    console.print(
        f"{made.claims} feuille(s) sans identité dans {out} ; {made.hidden} ligne(s) trop rares, "
        f"généralisées. / {made.claims} claim(s) without identities, {made.hidden} generalised.",
        markup=False,
        soft_wrap=True,
    )


def _in_name_of(hub: wiring.Hub, id: str, asked: Asked) -> tuple[str, Asked]:
    """Who exports, as the audit names them, and what their right reaches.

    Raises:
        Unauthenticated: somebody else than this person has signed in, or nobody.
        Forbidden: no right, or another institution's claims.
    """
    person = acting.signed_in(hub)
    if id and (person is None or person.id != f"person|{id}"):
        raise Unauthenticated(
            Issue(
                "login",
                f"{id} n'est pas la personne connectée ici : lancez d'abord « benkan sign-in "
                f"{id} ».",
                f"{id} is not who is signed in here: run 'benkan sign-in {id}' first.",
            )
        )
    if person is None:
        return acting.account(), asked
    condition = matrix().require(person.roles, claims_export.RIGHT)
    return person.id, claims_export.reach(condition, asked, person.body)
