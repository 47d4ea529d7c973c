"""`benkan actions`: each action of the console with its command and its address in the API.

The table is data (actions.json). A test walks the console's addresses, the commands and the API's
addresses: an action that one of them lacks breaks the build.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

import typer

from hub.cli.output import print_json, table
from hub.fhir.search_index import folded
from hub.formats import exact_json


@dataclass(frozen=True, slots=True)
class Action:
    """One action of the console."""

    console: str  #: address below /console
    fr: str
    en: str
    cli: tuple[str, ...]  #: commands, without `benkan`
    api: tuple[str, ...]  #: method and address


@cache
def actions() -> tuple[Action, ...]:
    """All of them, in the order of the console's addresses."""
    text = files("hub.cli").joinpath("actions.json").read_bytes()
    rows: list[dict[str, Any]] = exact_json.loads(text)
    return tuple(
        Action(row["console"], row["fr"], row["en"], tuple(row["cli"]), tuple(row["api"]))
        for row in rows
    )


def register(root: typer.Typer) -> None:
    """Add the command."""
    root.command("actions")(actions_)


def actions_(
    words: Annotated[list[str] | None, typer.Argument(help="Only rows with these words.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    as_page: Annotated[bool, typer.Option("--markdown", help="As docs/actions.md is.")] = False,
) -> None:
    """Each action of the console, the command that does the same, and the API's address."""
    found = [one for one in actions() if _says(one, words or ())]
    if as_json:
        names = ("console", "fr", "en", "cli", "api")
        print_json([{name: getattr(one, name) for name in names} for one in found])
    elif as_page:
        print(page(), end="")
    else:
        rows = [[one.fr, _commands(one, ""), "\n".join(one.api)] for one in found]
        table(f"{len(found)} actions", ["action", "commande / command", "API"], rows)


def page() -> str:
    """docs/actions.md."""
    lines = [
        f"| {one.fr} · {one.en} | `{one.console}` | {_commands(one, '`')} | "
        + ", ".join(f"`{at}`" for at in one.api)
        + " |"
        for one in actions()
    ]
    return _HEAD + "\n".join(lines) + "\n"


def _commands(one: Action, mark: str) -> str:
    joint = ", " if mark else "\n"
    return joint.join(f"{mark}benkan {command}{mark}" for command in one.cli)


def _says(one: Action, words: list[str] | tuple[str, ...]) -> bool:
    text = folded(" ".join((one.console, one.fr, one.en, *one.cli, *one.api)))
    return all(folded(word) in text for word in words)


_HEAD = """# Actions : console, commande, API · Actions: console, command, API

Tout ce que fait la console se fait aussi par une commande et par l'API, par les mêmes services,
avec les mêmes droits et le même audit. Cette page est écrite par `benkan actions --markdown` ; un
test la compare aux adresses et aux commandes qui existent.

Everything the console does is also done by a command and by the API: the same services, rights and
audit. This page is written by `benkan actions --markdown`; a test compares it with the addresses
and commands that exist. Addresses of the API take `Authorization: Bearer …` (a person's session of
`POST /admin/session`, or a system's token), values in the query of a GET and as a JSON object in a
POST; they answer JSON, and problems as OperationOutcome.

| action | console | command | API |
|---|---|---|---|
"""
