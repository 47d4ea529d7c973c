"""`benkan me`: one's own account, for whoever has signed in here (`benkan sign-in`)."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from hub.access.accounts import Account
from hub.access.matrix import matrix
from hub.authoring import oneself
from hub.authoring.proving import Place
from hub.cli import acting
from hub.cli.output import console, print_json
from hub.errors import Issue, NotFound
from hub.wiring import Hub

app = typer.Typer(no_args_is_help=True, help="One's own account, after `benkan sign-in`.")

HERE = Place("local")
Stdin = Annotated[
    bool,
    typer.Option(
        "--stdin", help="Read what is asked from standard input, each on a line, in this order."
    ),
]


@app.command()
def show(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Who one is here, and what one may."""
    with acting.opened("metadata.read") as (hub, person):
        account = _own(hub, person.id)
    roles = matrix().roles
    if as_json:
        told = {"id": account.id, "name": account.name, "roles": list(account.roles)}
        print_json(told | {"body": account.body})
        return
    named = ", ".join(f"{roles[one]['fr']} / {roles[one]['en']}" for one in account.roles)
    console.print(f"{account.id} · {account.name} · {named}", markup=False, soft_wrap=True)


@app.command()
def password(stdin: Stdin = False) -> None:
    """Change one's password: asks for the present one, a one-time code and the new one.

    All one's sessions end, this one too.
    """
    present, code = _proof(stdin)
    new = _asked("nouveau mot de passe / new password", stdin, hidden=True)
    with acting.opened("metadata.read") as (hub, person):
        oneself.change_password(hub, _own(hub, person.id), present, code, new, HERE)
        acting.forget(hub.settings)
    console.print(
        "Mot de passe changé ; identifiez-vous de nouveau : « benkan sign-in ». / "
        "Password changed; sign in again: 'benkan sign-in'.",
        markup=False,
        soft_wrap=True,
    )


@app.command()
def codes(stdin: Stdin = False) -> None:
    """Another secret for one-time codes, told once: asks for the password and a present code.

    All one's sessions end, this one too.
    """
    present, code = _proof(stdin)
    with acting.opened("metadata.read") as (hub, person):
        address = oneself.renew_codes(hub, _own(hub, person.id), present, code, HERE)
        acting.forget(hub.settings)
    console.print(f"codes : {address}", markup=False, soft_wrap=True)


def _proof(stdin: bool) -> tuple[str, str]:
    return _asked("mot de passe / password", stdin, hidden=True), _asked("code", stdin)


def _asked(what: str, stdin: bool, *, hidden: bool = False) -> str:
    if stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt(what, hide_input=hidden))


def _own(hub: Hub, id: str) -> Account:
    account = hub.store.account(id.removeprefix("person|"))
    if account is None:
        raise NotFound(
            Issue("not-found", f"Il n'y a plus de compte {id}.", f"Account {id} is gone.")
        )
    return account
