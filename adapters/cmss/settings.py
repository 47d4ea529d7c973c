"""Settings of the CMSS partner (BENKAN_CMSS_…)."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.transports.secrets import Secret


class Settings(BaseSettings):
    """Where CMSS takes deposits. Illustrative reference profile: no official interface."""

    model_config = SettingsConfigDict(env_prefix="BENKAN_CMSS_")

    host: str = "127.0.0.1"  #: address of the SFTP server
    port: int = 2222  #: port of the SFTP server
    user: str = "demo"  #: account at CMSS
    password: Secret = SecretStr("")  #: password of the account, when there is no key
    key: Path | None = None  #: private key file of the account
    hostkey: str  #: the server's public key in OpenSSH form or /its/file; no default on purpose
    sender: str = "BENKAN"  #: how CMSS knows us (emetteur of the lot)
    deposit_count: int = 200  #: sheets of the largest deposit
    deposit_size: int = 2_000_000  #: bytes of the largest deposit
    deposit_age: float = 1.0  #: seconds the oldest sheet waits before the deposit closes
    connect: float = 10.0  #: seconds to connect and log in
    deadline: float = 60.0  #: seconds for a whole transfer

    @field_validator("hostkey")
    @classmethod
    def _read(cls, value: str) -> str:
        """The key itself; what begins with / names its file."""
        if not value.startswith("/"):
            return value
        try:
            return Path(value).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            raise ValueError(f"{value} is not a readable file with a public key") from None
