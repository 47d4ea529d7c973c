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
from hub.cli import changing
from hub.cli.acting import actor
from hub.cli.output import console, print_json, table
from hub.errors import Issue, NotFound
from hub.evidence.chain import Act
from hub.watching import accounts, proposals

app = typer.Typer(no_args_is_help=True, help="People who sign in to the console.")

Id = Annotated[str, typer.Argument(help="What they type to sign in.")]
Roles = Annotated[list[str], typer.Option("--role", help="One of the roles of the matrix.")]
Body = Annotated[str, typer.Option(help="For supervisors: code of the institution.")]


@app.command()
def add(
    id: Id,
    role: Roles,
    name: Annotated[str, typer.Option(help="What people call them.")] = "",
    body: Body = "",
    stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password; otherwise one is made.")
    ] = False,
    reason: changing.Reason = "",
    emergency: changing.Emergency = "",
) -> None:
    """Make an account; prints its password, unless it was given, and its secret for codes, once.

    Once two security administrators exist, one proposes and the other accepts.
    """
    password = sys.stdin.readline().rstrip("\n") if stdin else ""
    if stdin and len(password) < passwords.SHORTEST:
        least = passwords.SHORTEST
        raise typer.BadParameter(f"mot de passe / password: {least} caractères / characters")
    hub = wiring.build(adapters={})
    payload = {"name": name or id, "roles": role, "body": body}
    try:
        told = changing.change(hub, "account", "add", id, payload, reason, emergency)
        if told is not None and stdin:
            own = replace(accounts.found(hub, id), password=passwords.hashed(password))
            hub.store.put_account(own, actor(hub), "password-set")
    finally:
        hub.close()
    if told is None:
        return
    console.print(f"Compte {id} créé. / Account {id} made.", markup=False)
    changing.tell({name: text for name, text in told.items() if name != "password" or not stdin})


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
def show(id: Id) -> None:
    """One account, its open sessions, and what was proposed about it, as JSON."""
    hub = wiring.build(adapters={})
    account = accounts.found(hub, id)
    told = ("seq", "act", "reason", "proposer", "decider", "accepted")
    history = [{n: getattr(p, n) for n in told} for p in hub.store.proposals("account", id)[:20]]
    sessions = hub.store.sessions().get(id, 0)
    hub.close()
    print_json(_row(account) | {"sessions": sessions, "history": history})


@app.command()
def disable(id: Id) -> None:
    """End their sessions and let them sign in no more."""
    _change(id, "disable", "désactivé / disabled")


@app.command()
def unlock(id: Id) -> None:
    """Lift the lock after five failures; their sessions end."""
    _change(id, "unlock", "débloqué / unlocked")


@app.command("end-sessions")
def end_sessions(id: Id) -> None:
    """They must sign in again."""
    _change(id, "end-sessions", "sessions fermées / sessions ended")


@app.command()
def enable(id: Id, reason: changing.Reason = "", emergency: changing.Emergency = "") -> None:
    """Let them sign in again; also lifts the lock after failures."""
    _change(id, "enable", "réactivé / enabled", {}, reason, emergency)


@app.command()
def roles(
    id: Id,
    role: Roles,
    body: Body = "",
    reason: changing.Reason = "",
    emergency: changing.Emergency = "",
) -> None:
    """Give them these roles in place of those they have; all sessions end."""
    payload = {"roles": role, "body": body}
    _change(id, "roles", "rôles changés / roles changed", payload, reason, emergency)


@app.command()
def totp(
    id: Id,
    new: Annotated[bool, typer.Option("--new", help="Make another secret first.")] = False,
    reason: changing.Reason = "",
    emergency: changing.Emergency = "",
) -> None:
    """Their secret for one-time codes, to give to an authenticator, and the present code.

    Whoever may run this may read the whole database; it is written to the audit all the same.
    """
    if new:
        _change(id, "totp", "codes", {}, reason, emergency)
        return
    hub = wiring.build(adapters={})
    try:
        account = accounts.found(hub, id)
        hub.store.record([Act(actor(hub), "totp-shown", f"Account/{id}", datetime.now(UTC))])
    finally:
        hub.close()
    if not account.totp:
        raise NotFound(
            Issue(
                "not-found",
                f"{id} se connecte chez le fournisseur OpenID et n'a pas de code ici.",
                f"{id} signs in at the OpenID provider and has no codes here.",
            )
        )
    changing.tell({"totp": passwords.address(account.totp, account.id)})
    code = passwords.code_at(account.totp, datetime.now(UTC))
    console.print(f"code : {code}", markup=False)


def made(id: str, name: str, roles: tuple[str, ...], password: str, body: str = "") -> Account:
    """A fresh account with a secret of its own."""
    return Account(id, name, roles, passwords.hashed(password), passwords.new_secret(), body)


def _change(
    id: str,
    act: str,
    done: str,
    payload: dict[str, Any] | None = None,
    reason: str = "",
    emergency: str = "",
) -> None:
    hub = wiring.build(adapters={})
    try:
        accounts.found(hub, id)
        if ("account", act) in proposals.AT_ONCE:
            proposals.change(hub, "account", act, id, {}, "", actor(hub))
            told = {}
        else:
            found = changing.change(hub, "account", act, id, payload or {}, reason, emergency)
            if found is None:
                return
            told = dict(found)
    finally:
        hub.close()
    console.print(f"Compte {id} : {done}.", markup=False)
    changing.tell(told)


def _row(account: Account) -> dict[str, Any]:
    words = {"disabled": "désactivé", "locked": "bloqué", "active": "actif"}
    return {
        "id": account.id,
        "name": account.name,
        "roles": list(account.roles),
        "body": account.body,
        "state": words[accounts.state(account)],
        "created": account.created.isoformat() if account.created else "",
    }
