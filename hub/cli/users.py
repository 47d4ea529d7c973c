"""`benkan user`: the people who sign in to the console."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from hub import wiring
from hub.access import passwords
from hub.access.accounts import Account
from hub.access.matrix import matrix
from hub.cli.clients import account as actor
from hub.cli.output import console, print_json, table
from hub.errors import Conflict, Issue, NotFound
from hub.evidence.chain import Act

app = typer.Typer(no_args_is_help=True, help="People who sign in to the console.")

Id = Annotated[str, typer.Argument(help="What they type to sign in.")]


@app.command()
def add(
    id: Id,
    role: Annotated[list[str], typer.Option("--role", help="One of the roles of the matrix.")],
    name: Annotated[str, typer.Option(help="What people call them.")] = "",
    body: Annotated[str, typer.Option(help="For supervisors: code of the institution.")] = "",
    stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password; otherwise one is made.")
    ] = False,
) -> None:
    """Make an account; prints its password, unless it was given, and its secret for codes, once."""
    unknown = [one for one in role if one not in matrix().roles]
    if unknown:
        known = ", ".join(matrix().roles)
        raise typer.BadParameter(f"{', '.join(unknown)} ? Rôles / roles: {known}")
    password = sys.stdin.readline().rstrip("\n") if stdin else passwords.new_password()
    if len(password) < passwords.SHORTEST:
        least = passwords.SHORTEST
        raise typer.BadParameter(f"mot de passe / password: {least} caractères / characters")
    hub = wiring.build(adapters={})
    if hub.store.account(id) is not None:
        raise Conflict(
            Issue(
                "conflict",
                f"Le compte {id} existe déjà : « benkan user list » les montre.",
                f"Account {id} exists already: 'benkan user list' shows them.",
            )
        )
    account = made(id, name or id, tuple(role), password, body)
    hub.store.put_account(account, actor(), "account-added")
    hub.close()
    console.print(f"Compte {id} créé. / Account {id} made.", markup=False)
    if not stdin:
        console.print(f"mot de passe / password: {password}", markup=False, soft_wrap=True)
    _tell(account)


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """All accounts, without passwords and secrets."""
    hub = wiring.build(adapters={})
    rows = [_row(one) for one in hub.store.accounts()]
    hub.close()
    if as_json:
        print_json(rows)
        return
    cells = [[r["id"], r["name"], ", ".join(r["roles"]), r["body"], r["state"]] for r in rows]
    table(f"{len(rows)} compte(s)", ["compte", "nom", "rôles", "organisme", "état"], cells)


@app.command()
def disable(id: Id) -> None:
    """End their sessions and let them sign in no more."""
    _write(id, "account-disabled", disabled=datetime.now(UTC))
    console.print(f"Compte {id} désactivé / disabled.", markup=False)


@app.command()
def enable(id: Id) -> None:
    """Let them sign in again; also lifts the lock after failures."""
    _write(id, "account-enabled", disabled=None)
    console.print(f"Compte {id} réactivé / enabled.", markup=False)


@app.command()
def totp(
    id: Id,
    new: Annotated[bool, typer.Option("--new", help="Make another secret first.")] = False,
) -> None:
    """Their secret for one-time codes, to give to an authenticator, and the present code.

    Whoever may run this may read the whole database; it is written to the audit all the same.
    """
    account = _write(id, "totp-renewed", totp=passwords.new_secret()) if new else _shown(id)
    if not account.totp:
        raise NotFound(
            Issue(
                "not-found",
                f"{id} se connecte chez le fournisseur OpenID et n'a pas de code ici.",
                f"{id} signs in at the OpenID provider and has no codes here.",
            )
        )
    _tell(account)
    code = passwords.code_at(account.totp, datetime.now(UTC))
    console.print(f"code : {code}", markup=False)


def made(id: str, name: str, roles: tuple[str, ...], password: str, body: str = "") -> Account:
    """A fresh account with a secret of its own."""
    return Account(id, name, roles, passwords.hashed(password), passwords.new_secret(), body)


def _shown(id: str) -> Account:
    hub = wiring.build(adapters={})
    account = _find(hub, id)
    hub.store.record([Act(actor(), "totp-shown", f"Account/{id}", datetime.now(UTC))])
    hub.close()
    return account


def _write(id: str, action: str, **changes: Any) -> Account:
    hub = wiring.build(adapters={})
    account = replace(_find(hub, id), **changes)
    hub.store.put_account(account, actor(), action)
    hub.close()
    return account


def _find(hub: wiring.Hub, id: str) -> Account:
    account = hub.store.account(id)
    if account is None:
        raise NotFound(
            Issue(
                "not-found",
                f"Aucun compte {id}. « benkan user list » les montre.",
                f"No account {id}. 'benkan user list' shows them.",
            )
        )
    return account


def _tell(account: Account) -> None:
    address = passwords.address(account.totp, account.id)
    console.print(f"codes : {address}", markup=False, soft_wrap=True)


def _row(account: Account) -> dict[str, Any]:
    now = datetime.now(UTC)
    locked = account.locked is not None and account.locked > now
    return {
        "id": account.id,
        "name": account.name,
        "roles": list(account.roles),
        "body": account.body,
        "state": "désactivé" if account.disabled else "bloqué" if locked else "actif",
        "created": account.created.isoformat() if account.created else "",
    }
