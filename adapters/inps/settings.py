"""Settings of the INPS partner (BENKAN_INPS_…)."""

from __future__ import annotations

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.transports.secrets import Secret


class Settings(BaseSettings):
    """Where INPS's service is. Illustrative reference profile: no official interface."""

    model_config = SettingsConfigDict(env_prefix="BENKAN_INPS_")

    url: str = "http://127.0.0.1:8182"  #: address of the REST service
    client: str = "benkan"  #: OAuth2 client identifier
    secret: Secret = SecretStr("")  #: OAuth2 client secret
    callback_secret: Secret = SecretStr("")  #: signs what INPS pushes to us; empty: none taken
    callback_age: float = 300.0  #: seconds after which a signed push is too old
    sender: str = "BENKAN"  #: how INPS knows us (emetteur of the deposit)
    deposit_count: int = 200  #: sheets of the largest deposit
    deposit_size: int = 2_000_000  #: bytes of the largest deposit
    deposit_age: float = 1.0  #: seconds the oldest sheet waits before the deposit closes
    connect: float = 5.0  #: seconds to open the connection
    read: float = 15.0  #: seconds between two pieces of an answer
    deadline: float = 60.0  #: seconds for a whole call
    max_answer: int = 20_000_000  #: bytes of the largest answer or file
