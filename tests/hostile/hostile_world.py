"""Whom the hostile inputs meet: two providers, what is theirs, and partners that call."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import sqlalchemy as sa
from joserfc.jwk import ECKey
from pydantic import SecretStr

from adapters.canam.adapter import Canam
from adapters.canam.settings import Settings as CanamSettings
from adapters.cmss.adapter import Cmss
from adapters.cmss.settings import Settings as CmssSettings
from adapters.inps.adapter import Inps
from adapters.inps.settings import Settings as InpsSettings
from adapters.loopback.adapter import Loopback
from hub.access import tokens
from hub.access.clients import Client
from hub.app import create_app
from hub.formats import exact_json
from hub.wiring import Hub

SID = "https://benkan.example/fhir/sid"
KEY = ECKey.generate_key("P-384", {"kid": "k1"})
SECRET = SecretStr("secret-du-rappel-de-l-essai")
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEyh1kYJvYDVY1ZiJGmPRZgPcXVYYVIzzAp4pEUYGXiW"
LONGEST = 20.0  #: seconds any answer may take, on a machine that does much else


@dataclass
class World:
    """The hub under attack."""

    hub: Hub
    app: Any
    token: str  #: of provider a
    theirs: dict[str, str]  #: ids of resources of provider b

    def call(
        self, method: str, path: str, content: bytes | None = None, **headers: str | bytes
    ) -> httpx.Response:
        """One request of provider a; header names with _ for -; a header "" is left out."""
        sent: dict[str, str | bytes] = {"authorization": f"Bearer {self.token}"}
        if content is not None:
            sent["content-type"] = "application/fhir+json"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        named = [(k, v) for k, v in sent.items() if v != ""]
        return self.raw(method, path, content, named)

    def raw(
        self,
        method: str,
        path: str,
        content: Any = None,
        headers: list[tuple[str, str | bytes]] | None = None,
    ) -> httpx.Response:
        """One request, exactly so."""
        pairs = [
            (k.encode("latin-1"), v if isinstance(v, bytes) else v.encode("utf-8"))
            for k, v in headers or []
        ]

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, path, content=content, headers=pairs)

        began = time.monotonic()
        answer = asyncio.run(send())
        assert time.monotonic() - began < LONGEST
        return answer

    def stored(self) -> dict[str, int]:
        """How many rows each table of the business has, and what moved."""
        kept = {}
        with self.hub.store.db.read() as connection:
            for table in sa.inspect(connection).get_table_names():
                if table not in ("audit", "tokens", "used_once", "checkpoints", "audit_heads"):
                    count = sa.select(sa.func.count()).select_from(sa.table(table))
                    kept[table] = connection.execute(count).scalar_one()
        return kept


def make(hub: Hub) -> World:
    """Give the hub its clients, its partners and what belongs to b."""
    hub.adapters = {
        "cmss": Cmss(CmssSettings(hostkey=HOST_KEY)),
        "canam": Canam(CanamSettings()),
        "inps": Inps(InpsSettings(callback_secret=SECRET)),
        "loopback": Loopback(),
    }
    world = World(hub, create_app(hub), "", {})
    for name, number in (("b", "CNV-ML-00002"), ("a", "CNV-ML-00001")):
        public = {"keys": [KEY.as_dict(private=False)]}
        own = (f"{SID}/convention|{number}",)
        system = Client(name, name, ("provider",), f"t-{name}", own, "system/*.cruds", jwks=public)
        hub.store.put_client(system, "test", "client-added")
        world.token, token = tokens.new(name, "system/*.cruds", datetime.now(UTC))
        hub.store.keep_token(token)
        if name == "b":
            for kind, tree in (("Patient", patient()), ("Claim", claim("F-B", number))):
                made = world.call("POST", f"/fhir/{kind}", exact_json.dumps(tree))
                assert made.status_code == 201, made.text
                world.theirs[kind] = made.json()["id"]
    return world


def patient() -> dict[str, Any]:
    """A synthetic person."""
    return {
        "resourceType": "Patient",
        "identifier": [{"system": f"{SID}/numero-amo", "value": "100200300"}],
        "name": [{"family": "Doumbia", "given": ["Fatoumata"]}],
        "gender": "female",
        "birthDate": "1986",
    }


def claim(number: str = "F-A", provider: str = "CNV-ML-00001", **more: Any) -> dict[str, Any]:
    """A care sheet that names its parties by identifier."""
    coding = "http://terminology.hl7.org/CodeSystem"
    acts = "https://benkan.example/fhir/CodeSystem/acte"
    money = {"value": 1000, "currency": "XOF"}
    return {
        "resourceType": "Claim",
        "identifier": [{"system": f"{SID}/feuille", "value": number}],
        "status": "active",
        "type": {"coding": [{"system": f"{coding}/claim-type", "code": "professional"}]},
        "use": "claim",
        "patient": {"identifier": {"system": f"{SID}/numero-amo", "value": "100200300"}},
        "created": "2026-10-05",
        "insurer": {"identifier": {"system": f"{SID}/organisme", "value": "CMSS"}},
        "provider": {"identifier": {"system": f"{SID}/convention", "value": provider}},
        "priority": {"coding": [{"system": f"{coding}/processpriority", "code": "normal"}]},
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": "AMO"}}],
        "item": [
            {
                "sequence": 1,
                "productOrService": {"coding": [{"system": acts, "code": "consult-gen"}]},
                "servicedDate": "2026-10-05",
                "net": money,
            }
        ],
        "total": money,
        **more,
    }
