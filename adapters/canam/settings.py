"""Settings of the CANAM partner (BENKAN_CANAM_…)."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.transports.secrets import Secret
from adapters.transports.wssecurity import Trust


class Settings(BaseSettings):
    """Where CANAM's service is. Illustrative reference profile: no official interface."""

    model_config = SettingsConfigDict(env_prefix="BENKAN_CANAM_")

    url: str = "http://127.0.0.1:8181/amo"  #: address of the SOAP service
    username: str = "benkan"  #: account at CANAM
    password: Secret = SecretStr("")  #: password of the account; only its digest travels
    trust: Path | None = None  #: PEM certificates that CANAM signs with; none: nothing is believed
    connect: float = 5.0  #: seconds to open the connection
    read: float = 15.0  #: seconds between two pieces of an answer
    deadline: float = 30.0  #: seconds for a whole call
    max_answer: int = 5_000_000  #: bytes of the largest answer

    @field_validator("trust")
    @classmethod
    def _certificates(cls, path: Path | None) -> Path | None:
        """Read once when the hub starts, so that a wrong file is told at once."""
        try:
            Trust.read(path)
        except (OSError, ValueError) as error:
            raise ValueError(f"{path} holds no usable certificate: {error}") from None
        return path
