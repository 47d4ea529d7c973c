"""`benkan client`: the systems that may call the hub; `benkan token`: a token for one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hub import wiring
from hub.access import certificates
from hub.access import scopes as scope
from hub.access.clients import Client
from hub.cli import changing, credentials, place
from hub.cli.acting import actor
from hub.cli.output import console, print_json, table
from hub.errors import Conflict, Issue
from hub.formats import exact_json
from hub.settings import Settings
from hub.watching import clients

app = typer.Typer(no_args_is_help=True, help="Systems that may call the hub.")

Id = Annotated[str, typer.Argument(help="The client's id.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Jwks = Annotated[Path | None, typer.Option("--jwks", help="File with its public keys (JWKS).")]
Url = Annotated[str, typer.Option("--jwks-url", help="Where its public keys are, https only.")]
NewKey = Annotated[
    Path | None, typer.Option("--new-key", help="Make a key here; only its owner can read it.")
]

Certificate = Annotated[
    Path | None,
    typer.Option("--certificate", help="Its TLS certificate (PEM): tokens are bound to it."),
]


def register(root: typer.Typer) -> None:
    """Add both to the `benkan` command."""
    root.add_typer(app, name="client")
    root.command()(token)


@app.command()
def add(
    id: Id,
    role: Annotated[list[str], typer.Option("--role", help="One of the roles of the matrix.")],
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    tenant: Annotated[str, typer.Option(help="Whose data it is; default: its id.")] = "",
    organization: Annotated[
        list[str] | None,
        typer.Option("--organization", help="Provider it may speak for: system|value. Repeat."),
    ] = None,
    body: Annotated[str, typer.Option(help="Institution, for partners and supervisors.")] = "",
    scopes: Annotated[str, typer.Option(help="SMART system scopes.")] = "system/*.crs",
    jwks: Jwks = None,
    jwks_url: Url = "",
    new_key: NewKey = None,
    certificate: Certificate = None,
    reason: changing.Reason = "",
    emergency: changing.Emergency = "",
) -> None:
    """Register a system with its public keys: by value, by address, or made here.

    Once two security administrators exist, one proposes and the other accepts.
    """
    hub = wiring.build(adapters={})
    if hub.store.client(id) is not None:
        raise Conflict(
            Issue(
                "conflict",
                f"Le client {id} existe déjà : « benkan client rotate » change ses clés.",
                f"Client {id} exists already: 'benkan client rotate' changes its keys.",
            )
        )
    payload = {
        "name": name or id,
        "roles": list(role),
        "tenant": tenant or id,
        "organizations": list(organization or ()),
        "body": body,
        "scopes": scope.write(scope.read(scopes)),
        "certificate": _thumbprint(certificate),
        **_keys(jwks, jwks_url, new_key),
    }
    _change(hub, "add", id, payload, reason, emergency, "enregistré / registered")


@app.command()
def rotate(
    id: Id,
    jwks: Jwks = None,
    jwks_url: Url = "",
    new_key: NewKey = None,
    certificate: Certificate = None,
    reason: changing.Reason = "",
    emergency: changing.Emergency = "",
) -> None:
    """Replace its keys. The old ones and all its tokens stop working at once.

    Its certificate stays as it is, unless another is named.
    """
    hub = wiring.build(adapters={})
    _find(hub, id)
    payload = _keys(jwks, jwks_url, new_key)
    if certificate is not None:
        payload["certificate"] = _thumbprint(certificate)
    _change(hub, "rotate", id, payload, reason, emergency, "clés remplacées / keys replaced")


@app.command()
def disable(id: Id) -> None:
    """Accept nothing more of it, from now on: one person is enough."""
    hub = wiring.build(adapters={})
    try:
        clients.revoke(hub, id, actor(hub))
    finally:
        hub.close()
    console.print(f"Client {id} désactivé / disabled.", markup=False)


@app.command()
def enable(id: Id, reason: changing.Reason = "", emergency: changing.Emergency = "") -> None:
    """Accept it again."""
    hub = wiring.build(adapters={})
    _find(hub, id)
    _change(hub, "enable", id, {}, reason, emergency, "réactivé / enabled")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """All registered systems."""
    hub = wiring.build(adapters={})
    found = [_row(client) for client in hub.store.clients()]
    hub.close()
    if as_json:
        print_json(found)
        return
    table(
        f"{len(found)} client(s)",
        ["client", "nom", "rôles", "espace", "état"],
        [[c["id"], c["name"], ", ".join(c["roles"]), c["tenant"], c["state"]] for c in found],
    )


@app.command()
def show(id: Id) -> None:
    """One system, as JSON, with its public keys."""
    hub = wiring.build(adapters={})
    client = _find(hub, id)
    hub.close()
    print_json(_row(client) | {"jwks": client.jwks, "jwks_url": client.jwks_url})


def token(
    client: Annotated[str, typer.Option(help="Client id; default: BENKAN_CLIENT.")] = "",
    key: Annotated[
        Path | None, typer.Option(help="Its private key, as --new-key wrote it.")
    ] = None,
    scopes: Annotated[str, typer.Option("--scope", help="What to ask for.")] = credentials.ANY,
    as_json: Json = False,
) -> None:
    """Get a token from the running hub and print it: for curl's Authorization header.

    Without options, for the client of BENKAN_CLIENT and BENKAN_CLIENT_KEY, else for the demo's.
    """
    settings = Settings()
    id = client or settings.client or credentials.DEMO
    private = key or credentials.key_of(settings, id)
    said = credentials.ask(place.base_url(settings), id, private, scopes)
    print_json(said) if as_json else print(said["access_token"])


def _change(
    hub: wiring.Hub,
    act: str,
    id: str,
    payload: dict[str, Any],
    reason: str,
    emergency: str,
    done: str,
) -> None:
    try:
        told = changing.change(hub, "client", act, id, payload, reason, emergency)
    finally:
        hub.close()
    if told is not None:
        console.print(f"Client {id} : {done}.", markup=False)


def _find(hub: wiring.Hub, id: str) -> Client:
    return clients.found(hub, id)


def _thumbprint(certificate: Path | None) -> str:
    if certificate is None:
        return ""
    try:
        return certificates.thumbprint(certificate.read_bytes())
    except ValueError:
        raise typer.BadParameter(f"{certificate} : certificat PEM / PEM certificate") from None


def _keys(jwks: Path | None, jwks_url: str, new_key: Path | None) -> dict[str, Any]:
    if sum(map(bool, (jwks, jwks_url, new_key))) != 1:
        raise typer.BadParameter(
            "--jwks, --jwks-url, --new-key : l'un des trois / one of the three"
        )
    keys: dict[str, Any] = {}
    if jwks is not None:
        keys = exact_json.loads(jwks.read_bytes())
    if new_key is not None:
        keys = {"keys": [credentials.make_key(new_key).as_dict(private=False)]}
    return {"jwks": keys, "jwks_url": jwks_url}


def _row(client: Client) -> dict[str, Any]:
    return {
        "id": client.id,
        "name": client.name,
        "roles": list(client.roles),
        "tenant": client.tenant,
        "organizations": list(client.organizations),
        "body": client.body,
        "scopes": client.scopes,
        "certificate": client.certificate,
        "state": "désactivé" if client.disabled else "actif",
        "created": client.created.isoformat() if client.created else "",
    }
