"""The sandbox's SFTP server: one account, one folder, and the misbehaviour asked for."""

from __future__ import annotations

import hmac
from pathlib import Path

import asyncssh

from adapters.cmss import occasions
from adapters.sandbox.behaviour import Behaviour

USER = PASSWORD = "demo"  # noqa: S105 - a sandbox's published credentials


async def listen(
    host: str, port: int, root: Path, key: Path, behaviour: Behaviour
) -> asyncssh.SSHAcceptor:
    """Listen on a port (0: any free one); everything a client sees is inside `root`."""

    class Files(asyncssh.SFTPServer):
        """Files under the root; drops the connection after a deposit when asked to."""

        def __init__(self, channel: asyncssh.SSHServerChannel[bytes]) -> None:
            super().__init__(channel, chroot=str(root).encode())

        def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
            super().posix_rename(oldpath, newpath)
            self._perhaps_vanish(newpath)

        def rename(self, oldpath: bytes, newpath: bytes) -> None:
            super().rename(oldpath, newpath)
            self._perhaps_vanish(newpath)

        def _perhaps_vanish(self, path: bytes) -> None:
            deposit = path.startswith(b"/depot/")
            if deposit and occasions.take(behaviour, "depot", occasions.DEPOSIT):
                self.connection.abort()

    class Account(asyncssh.SSHServer):
        """The one account; refuses the connection when asked to."""

        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            if occasions.take(behaviour, "connexion", occasions.CONNECTION):
                conn.abort()

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            right = hmac.compare_digest(password.encode(), PASSWORD.encode())
            return right and username == USER

    return await asyncssh.listen(
        host,
        port,
        server_factory=Account,
        server_host_keys=[str(key)],
        sftp_factory=Files,
        config=None,
        agent_forwarding=False,
        allow_scp=False,
    )


def host_key(path: Path) -> str:
    """The server's public key, one line; the private key is made once and kept."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.touch(mode=0o600)
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(part))
        part.replace(path)
    key = asyncssh.read_private_key(str(path))
    return key.export_public_key("openssh").decode().strip()
