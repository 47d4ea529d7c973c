"""Every setting of the hub, typed, one line each (BENKAN_…)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _split(value: Any) -> Any:
    """Lists are written with commas: BENKAN_PARTNERS=a,b."""
    return [v.strip() for v in value.split(",") if v.strip()] if isinstance(value, str) else value


Names = Annotated[list[str], NoDecode, BeforeValidator(_split)]
Paths = Annotated[list[Path], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """Read once, in wiring. Partner settings belong to the adapters (BENKAN_<PARTNER>_…)."""

    model_config = SettingsConfigDict(env_prefix="BENKAN_")

    data: Path = Path("benkan-data")  #: folder of the embedded database and of `up`'s state
    database_url: str = ""  #: SQLAlchemy URL; empty: SQLite file in `data`
    broker_url: str = "memory://localhost/"  #: Celery broker: memory://, amqp://…, redis://…
    host: str = "127.0.0.1"  #: address the hub listens on
    port: int = 8080  #: port the hub listens on
    url: str = ""  #: public base address of the hub; empty: http://host:port
    routing: Paths = []  #: further routing files, with commas between them
    mappings: Paths = []  #: further mapping folders, with commas between them
    profiles: Paths = []  #: profiles of declared partners, files or folders, with commas between
    wait: float = 15.0  #: seconds $submit waits for the decision before it answers `queued`
    lease: float = 60.0  #: seconds a worker may hold an exchange
    sweep: float = 1.0  #: seconds between two sweeps for work nobody was rung for
    retry_first: float = 2.0  #: seconds before the first retry; doubles each time
    retry_most: float = 600.0  #: the longest delay between two retries, in seconds
    max_body: int = 5_000_000  #: bytes of the largest request accepted
    receive: float = 30.0  #: seconds the body of a request may take to arrive
    access: Literal["open", "required"] = "required"  #: do the FHIR doors ask for a token?
    rate: str = "6000/minute"  #: calls of one client: limits with semicolons; empty: none
    rates: Names = ["*=1200/minute"]  #: CLIENT=LIMITS for some; *: without token, by address
    rate_store: str = "memory://"  #: where calls are counted: memory://, redis://… for several
    trusted_proxies: Names = []  #: addresses and networks of proxies whose headers are believed
    client_cert_header: str = ""  #: where they put a client's TLS certificate; empty: nowhere
    client: str = ""  #: id of the client with which commands call the hub; empty: the demo's
    client_key: str = ""  #: file of its private key (JWK); empty: the one in `data`
    oidc_issuer: str = ""  #: OpenID provider of the console's people; empty: local accounts alone
    oidc_client: str = "benkan"  #: how it knows this hub
    oidc_secret: SecretStr = SecretStr("")  #: what the hub proves it with; empty: PKCE alone
    oidc_scopes: Names = ["openid", "profile"]  #: what it is asked for
    oidc_roles_claim: str = "roles"  #: where it says a person's roles, dots between names
    oidc_roles: Names = []  #: THEIRS=OURS, with commas between; others give nothing
    oidc_body_claim: str = "organization"  #: where it says a supervisor's institution
    audit_key: str = ""  #: file of the key that signs the audit; empty: one made in `data`
    keys: str = ""  #: folder of the keys that seal payloads; empty: made in `data`
    key_days: int = 365  #: days after which `benkan doctor` asks for another key
    masking: int = 5  #: counts of claims below this are hidden in the dashboards
    retention_payload: int = 10  #: years messages and sentences are kept; 0: for ever
    retention_resources: int = 10  #: years FHIR resources are kept; 0: for ever
    retention_answers: int = 30  #: days answers under an Idempotency-Key are kept; 0: for ever
    checkpoint: float = 60.0  #: seconds between two signed checkpoints of the audit chain
    accept: Names = []  #: start-up checks that may fail, by code (`benkan doctor`)
    partners: Names = []  #: adapters to start, by name, with commas between them
    sandboxes: Names = []  #: control addresses of sandboxes without `up`: NAME=http://HOST:PORT

    @property
    def base(self) -> str:
        """The absolute address of the FHIR base, which is never taken from a Host header."""
        root = self.url or f"http://{self.host}:{self.port}"
        return f"{root.rstrip('/')}/fhir"
