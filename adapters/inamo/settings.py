"""Settings of the INAMO/CNPS partner (BENKAN_INAMO_…)."""

from __future__ import annotations

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.transports.secrets import Secret


class Settings(BaseSettings):
    """Where the fund's openIMIS is. Illustrative reference profile: no official interface."""

    model_config = SettingsConfigDict(env_prefix="BENKAN_INAMO_")

    url: str = "http://127.0.0.1:8183/api_fhir_r4"  #: address of the FHIR service
    login: str = "/login/"  #: below it: where a token is given for user and password
    username: str = "benkan"  #: account at the fund
    password: Secret = SecretStr("")  #: password of the account
    connect: float = 5.0  #: seconds to open the connection
    read: float = 15.0  #: seconds between two pieces of an answer
    deadline: float = 30.0  #: seconds for a whole call
    max_answer: int = 50_000_000  #: bytes of the largest answer or file
