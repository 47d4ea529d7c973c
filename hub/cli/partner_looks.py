"""`benkan partner settings`, `certificates`, `report`: what the console's partner pages show."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hub import wiring
from hub.cli import with_partners
from hub.cli.output import console, print_json, table
from hub.errors import Issue, NotFound
from hub.formats import exact_json
from hub.watching import certifying, partners, settings

Name = Annotated[str, typer.Argument(help="The partner's name.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


def register(group: typer.Typer) -> None:
    """Put the commands into `benkan partner`."""
    group.command("settings")(settings_)
    group.command()(certificates)
    group.command()(report)


def settings_(name: Name, as_json: Json = False) -> None:
    """What may be set at run time (`benkan partner set`), without secrets."""
    hub = with_partners.build()
    try:
        found = settings.listed(hub, name)
    finally:
        hub.close()
    if as_json:
        print_json([asdict(one) for one in found])
        return
    given = {True: "ici / here", False: "environnement / environment"}
    rows = [[one.name, one.value, one.kind, given[one.given]] for one in found]
    table(name, ["réglage / setting", "valeur / value", "sorte / kind", "donné / given"], rows)


def certificates(name: Name, as_json: Json = False) -> None:
    """Certificates of its addresses and files, read now. Exit status 1: one ends within 30 days."""
    hub = with_partners.build()
    try:
        found, told = partners.certificates(hub, partners.overview(hub, name).name)
    finally:
        hub.close()
    if as_json:
        rows = [asdict(one) | {"days": one.days} for one in found]
        print_json({"certificates": rows, "unread": told})
    else:
        cells = [[one.where, one.subject, f"{one.ends:%d/%m/%Y}", str(one.days)] for one in found]
        table(f"{name} : {len(found)}", ["réglage", "sujet", "fin", "jours / days"], cells)
        for line in told:
            console.print(line, markup=False, soft_wrap=True)
    if any(one.days < SOON for one in found):
        raise typer.Exit(1)


SOON = 30  #: days


def report(
    name: Name,
    id: Annotated[str, typer.Argument(help="Of the job; default: the last that has one.")] = "",
    out: Annotated[
        Path | None, typer.Option(help="FILE.json or FILE.html to write; default: print the JSON.")
    ] = None,
    language: Annotated[str, typer.Option(help="Of the page: fr or en.")] = "fr",
) -> None:
    """The report of a certification that the console or the API began."""
    if language not in ("fr", "en") or (out and out.suffix not in (".json", ".html")):
        raise typer.BadParameter("--language : fr, en ; --out : .json, .html")
    hub = wiring.build(adapters={})
    try:
        made = certifying.found(hub, name, id or _last(hub, name))
    finally:
        hub.close()
    if out is None:
        print_json(made["report"])
    elif out.suffix == ".html":
        out.write_text(made[language], encoding="utf-8")
    else:
        out.write_bytes(exact_json.dumps(made["report"]) + b"\n")


def _last(hub: wiring.Hub, name: str) -> str:
    """The newest of its certifications that made a report.

    Raises:
        NotFound: none has.
    """
    jobs = hub.store.jobs(certifying.KIND, name, 50)
    found = next((job.id for job in jobs if certifying.report(hub, job.id)), "")
    if not found:
        raise NotFound(
            Issue(
                "not-found",
                f"Aucun rapport de certification de {name} ici : « benkan partner certify {name} » "
                "en écrit un.",
                f"No certification report of {name} here: 'benkan partner certify {name}' writes "
                "one.",
            )
        )
    return found
