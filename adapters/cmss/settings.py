"""Settings of the CMSS partner (BENKAN_CMSS_…)."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where CMSS takes deposits. Illustrative reference profile: no official interface."""

    model_config = SettingsConfigDict(env_prefix="BENKAN_CMSS_")

    host: str = "127.0.0.1"  #: address of the SFTP server
    port: int = 2222  #: port of the SFTP server
    user: str = "demo"  #: account at CMSS
    password: SecretStr = SecretStr("")  #: password of the account, when there is no key
    key: Path | None = None  #: private key file of the account
    hostkey: str  #: public key of the server, one line in OpenSSH form; no default on purpose
    sender: str = "BENKAN"  #: how CMSS knows us (emetteur of the lot)
    deposit_count: int = 200  #: sheets of the largest deposit
    deposit_size: int = 2_000_000  #: bytes of the largest deposit
    deposit_age: float = 1.0  #: seconds the oldest sheet waits before the deposit closes
    connect: float = 10.0  #: seconds to connect and log in
    deadline: float = 60.0  #: seconds for a whole transfer
