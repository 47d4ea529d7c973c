"""Demo systems with a key each, so that `benkan up` can be called, and refused, at once."""

from __future__ import annotations

from dataclasses import dataclass

from hub import wiring
from hub.access.clients import Client
from hub.cli import credentials, demo
from hub.model import Tree

TENANT = "demo"
#: A provider that no sample claim is of: another organisation, to try what it cannot see.
OTHER = "demo-cmie"
_OTHERS_KIND = "CMIE"
#: Whose the demo's insured people are: each provider treats them, and sees its own claims alone.
TENANTS = (TENANT, OTHER)


@dataclass(frozen=True, slots=True)
class _Demo:
    id: str
    name: str
    role: str
    tenant: str
    organizations: tuple[str, ...] = ()
    body: str = ""


def load(hub: wiring.Hub) -> None:
    """Register those that are not there; their private keys stay in the data folder.

    A client whose key file is gone gets a new key.
    """
    folder = hub.settings.data / credentials.FOLDER
    folder.mkdir(0o700, parents=True, exist_ok=True)
    for one in _all(hub):
        path = folder / f"{one.id}.json"
        if path.is_file() and hub.store.client(one.id) is not None:
            continue
        read = credentials.private_key if path.is_file() else credentials.make_key
        key = read(path)
        client = Client(
            id=one.id,
            name=one.name,
            roles=(one.role,),
            tenant=one.tenant,
            organizations=one.organizations,
            scopes=credentials.ANY,
            body=one.body,
            jwks={"keys": [key.as_dict(private=False)]},
        )
        hub.store.put_client(client, "hub", "client-added")


def _all(hub: wiring.Hub) -> list[_Demo]:
    providers = [one for one in demo.organizations() if "prov" in _kinds(one)]
    others = [one for one in providers if _OTHERS_KIND in _kinds(one)]
    body = next((code for code, one in hub.table.bodies.items() if one.partner), "")
    return [
        _Demo(
            credentials.DEMO,
            "Prestataires de démonstration",
            "provider",
            TENANT,
            ("*",),  # so that anybody's example can be tried
        ),
        _Demo(
            OTHER,
            "Un autre prestataire (démonstration)",
            "provider",
            OTHER,
            tuple(map(_identity, others)),
        ),
        _Demo(
            "demo-superviseur",
            f"Superviseur de {body} (démonstration)",
            "supervisor",
            "demo-superviseur",
            body=body,
        ),
        _Demo(
            "demo-medecin-conseil",
            f"Médecin-conseil de {body} (démonstration)",
            "medical-adviser",
            "demo-medecin-conseil",
            body=body,
        ),
        _Demo("demo-auditeur", "Auditeur (démonstration)", "auditor", "demo-auditeur"),
    ]


def _kinds(organization: Tree) -> set[str]:
    return {c["code"] for kind in organization["type"] for c in kind["coding"]}


def _identity(organization: Tree) -> str:
    first = organization["identifier"][0]
    return f"{first['system']}|{first['value']}"
