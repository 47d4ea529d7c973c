"""Every action of the console exists as a command and in the API: the table is compared with all
three."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

import hub
from hub import app
from hub.cli import actions, main
from hub.cli import app as commands
from hub.console.application import ROUTES
from hub.console.gate import Guarded

PAGE = Path(hub.__file__).parents[1] / "docs" / "actions.md"
#: Leads to somebody's first page; signing in at the OpenID provider needs a browser.
NO_ACTION = {"/", "/openid", "/openid/back"}


def walked(group: TyperGroup, before: tuple[str, ...] = ()) -> Iterator[str]:
    for name, command in group.commands.items():
        here = (*before, name)
        yield from walked(command, here) if isinstance(command, TyperGroup) else [" ".join(here)]


def offered() -> set[str]:
    return {
        f"{method} {route.path}"
        for edge in app.EDGES
        for route in edge
        for method in (route.methods or set()) - {"HEAD"}
    }


def test_each_address_of_the_console_has_its_row() -> None:
    addresses = {one.path for one in ROUTES if isinstance(one, Guarded)} - NO_ACTION
    rows = [one.console for one in actions.actions()]
    assert len(rows) == len(set(rows))
    assert addresses - set(rows) == set(), "without a command and an address: hub/cli/actions.json"
    assert set(rows) - addresses == set(), "rows of addresses that are not there any more"


def test_each_row_names_commands_and_addresses_that_exist() -> None:
    known, group = offered(), typer.main.get_command(commands)
    assert isinstance(group, TyperGroup)
    registered = set(walked(group))
    for one in actions.actions():
        assert one.cli, one.console
        assert one.api, one.console
        assert set(one.cli) <= registered, (one.console, one.cli)
        assert set(one.api) <= known, (one.console, one.api)


def test_the_page_is_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == actions.page()


def test_the_command_finds_an_action_by_words(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["benkan", "actions", "certifier", "--json"])
    with pytest.raises(SystemExit):
        main()
    printed = capsys.readouterr().out
    assert "/admin/partners/certify" in printed
    assert "/admin/audit" not in printed
