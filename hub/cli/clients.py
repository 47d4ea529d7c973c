"""`benkan client`: the systems that may call the hub; `benkan token`: a token for one of them."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hub import wiring
from hub.access import certificates
from hub.access import scopes as scope
from hub.access.clients import Client
from hub.access.keysets import key_set
from hub.access.matrix import matrix
from hub.cli import credentials, place
from hub.cli.output import console, print_json, table
from hub.errors import Conflict, Issue, NotFound
from hub.formats import exact_json
from hub.settings import Settings

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
) -> None:
    """Register a system with its public keys: by value, by address, or made here."""
    unknown = [one for one in role if one not in matrix().roles]
    if unknown:
        known = ", ".join(matrix().roles)
        raise typer.BadParameter(f"{', '.join(unknown)} ? Rôles / roles: {known}")
    hub = wiring.build(adapters={})
    if hub.store.client(id) is not None:
        raise Conflict(
            Issue(
                "conflict",
                f"Le client {id} existe déjà : « benkan client rotate » change ses clés.",
                f"Client {id} exists already: 'benkan client rotate' changes its keys.",
            )
        )
    client = Client(
        id=id,
        name=name or id,
        roles=tuple(role),
        tenant=tenant or id,
        organizations=tuple(organization or ()),
        scopes=scope.write(scope.read(scopes)),
        body=body,
        certificate=_thumbprint(certificate),
    )
    hub.store.put_client(_with_keys(client, jwks, jwks_url, new_key), account(), "client-added")
    hub.close()
    console.print(f"Client {id} enregistré. / Client {id} registered.", markup=False)


@app.command()
def rotate(
    id: Id,
    jwks: Jwks = None,
    jwks_url: Url = "",
    new_key: NewKey = None,
    certificate: Certificate = None,
) -> None:
    """Replace its keys. The old ones and all its tokens stop working at once.

    Its certificate stays as it is, unless another is named.
    """
    hub = wiring.build(adapters={})
    client = _with_keys(_find(hub, id), jwks, jwks_url, new_key)
    if certificate is not None:
        client = replace(client, certificate=_thumbprint(certificate))
    hub.store.put_client(client, account(), "client-rotated")
    hub.close()
    console.print(f"Clés de {id} remplacées. / Keys of {id} replaced.", markup=False)


@app.command()
def disable(id: Id) -> None:
    """Accept nothing more of it, from now on."""
    _switch(id, datetime.now(UTC), "client-disabled")


@app.command()
def enable(id: Id) -> None:
    """Accept it again."""
    _switch(id, None, "client-enabled")


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


def _switch(id: str, at: datetime | None, action: str) -> None:
    hub = wiring.build(adapters={})
    hub.store.put_client(replace(_find(hub, id), disabled=at), account(), action)
    hub.close()
    done = "désactivé / disabled" if at else "réactivé / enabled"
    console.print(f"Client {id} {done}.", markup=False)


def _find(hub: wiring.Hub, id: str) -> Client:
    client = hub.store.client(id)
    if client is None:
        raise NotFound(
            Issue(
                "not-found",
                f"Aucun client {id}. « benkan client list » les montre.",
                f"No client {id}. 'benkan client list' shows them.",
            )
        )
    return client


def _thumbprint(certificate: Path | None) -> str:
    if certificate is None:
        return ""
    try:
        return certificates.thumbprint(certificate.read_bytes())
    except ValueError:
        raise typer.BadParameter(f"{certificate} : certificat PEM / PEM certificate") from None


def _with_keys(client: Client, jwks: Path | None, jwks_url: str, new_key: Path | None) -> Client:
    if sum(map(bool, (jwks, jwks_url, new_key))) != 1:
        raise typer.BadParameter(
            "--jwks, --jwks-url, --new-key : l'un des trois / one of the three"
        )
    if jwks_url and not jwks_url.startswith("https://"):
        raise typer.BadParameter("--jwks-url : https://…")
    keys: dict[str, Any] = {}
    if jwks is not None:
        keys = exact_json.loads(jwks.read_bytes())
        key_set(keys)
    if new_key is not None:
        keys = {"keys": [credentials.make_key(new_key).as_dict(private=False)]}
    return replace(client, jwks=keys, jwks_url=jwks_url)


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


def account() -> str:
    """Who is at the keyboard, for the audit: the account of the operating system."""
    return f"account|{os.environ.get('SUDO_USER') or os.environ.get('USER') or os.getuid()}"
