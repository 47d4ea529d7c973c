"""Files over SFTP, written so that a final name only ever shows a whole file.

https://datatracker.ietf.org/doc/html/draft-ietf-secsh-filexfer-02 and OpenSSH's extensions
fsync@openssh.com and posix-rename@openssh.com (https://github.com/openssh/openssh-portable,
PROTOCOL §4.3 and §4.4).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import posixpath
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import asyncssh

from hub import errors

T = TypeVar("T")
log = logging.getLogger(__name__)

#: A name we are ready to repeat in a path: no separator, no leading dot.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")
#: What may be fetched: not a link, which could lead anywhere, nor a pipe, which never ends.
_FILES = frozenset((asyncssh.FILEXFER_TYPE_REGULAR, asyncssh.FILEXFER_TYPE_UNKNOWN))
_LISTED_AGAIN = 3  #: times
_LONGEST_LIST = 200_000  #: entries of a folder that are looked at
_FAILURES = (asyncssh.Error, asyncssh.KeyImportError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server, how to log in, and how long anything may take."""

    host: str
    port: int
    user: str
    host_key: str  #: public key of the server, one line in OpenSSH form
    password: str = field(default="", repr=False)
    key: Path | None = None  #: private key; used instead of the password
    connect: float = 10.0  #: seconds to connect and log in
    deadline: float = 60.0  #: seconds for a whole operation
    largest: int = 50_000_000  #: bytes of the largest file fetched


@dataclass(slots=True)
class _Progress:
    renaming: bool = False  #: the rename to the final name was asked: it may have happened


def put(endpoint: Endpoint, path: str, body: bytes, also: Sequence[str] = ()) -> bool:
    """Write `body` under `path`: temporary name, fsync, size check, rename.

    `also` are the places the partner may have moved the file to. False when the same bytes
    were there already.

    Raises:
        Refused: other bytes have this name.
        Unreachable: the final name was not written.
        Unconfirmed: the connection was lost after the rename was asked.
    """
    progress = _Progress()

    async def work(client: asyncssh.SFTPClient) -> bool:
        for place in (path, *also):
            if await _same(client, place, body, endpoint.largest):
                return False
        await _write(client, path, body, progress)
        return True

    return _run(endpoint, work, progress)


def exists(endpoint: Endpoint, paths: Sequence[str]) -> bool:
    """Is there a file under one of these names?

    Raises:
        Unreachable: the server could not be asked.
    """

    async def work(client: asyncssh.SFTPClient) -> bool:
        return any([await client.exists(path) for path in paths])

    return _run(endpoint, work, _Progress())


def fetch(endpoint: Endpoint, folder: str, limit: int) -> list[tuple[str, bytes]]:
    """Up to `limit` whole .xml files of a folder, (name, bytes) in order of name.

    What has an unusual name, is no plain file, is too large or not there whole yet is left out.

    Raises:
        Unreachable: the server could not be asked.
    """

    async def work(client: asyncssh.SFTPClient) -> list[tuple[str, bytes]]:
        found: list[tuple[str, bytes]] = []
        for name in await _listed(client, folder):
            if len(found) == limit:
                break
            try:
                body = await _whole(client, f"{folder}/{name}", endpoint.largest)
            except errors.Unreadable as too_large:  # it stays there, and must not stop others
                log.warning("%s: %s", endpoint.host, too_large)
                continue
            found += [(name, body)] if body else []
        return found

    return _run(endpoint, work, _Progress())


async def _listed(client: asyncssh.SFTPClient, folder: str) -> list[str]:
    """As `_names`. A server may fail to list a folder from which a file goes at that moment."""
    for _ in range(_LISTED_AGAIN):
        try:
            return await _names(client, folder)
        except asyncssh.SFTPNoSuchFile:
            continue
    return await _names(client, folder)  # the folder itself is not there: it says so


async def _names(client: asyncssh.SFTPClient, folder: str) -> list[str]:
    """The files of a folder that we would fetch, in order; of an endless list, the beginning."""
    found: set[str] = set()
    listed = 0
    async for entry in client.scandir(folder):
        listed += 1
        name = str(entry.filename)
        if name.endswith(".xml") and _NAME.fullmatch(name) and entry.attrs.type in _FILES:
            found.add(name)
        if listed >= _LONGEST_LIST:
            break
    return sorted(found)


async def _whole(client: asyncssh.SFTPClient, path: str, largest: int) -> bytes:
    """The bytes of a file that nobody writes to; b"" for one that is not there whole yet.

    Raises:
        Unreadable: it is larger than that.
    """
    try:
        before = await client.lstat(path)
        if before.type not in _FILES:
            return b""
        body = await _read(client, path, largest)
        after = await client.lstat(path)
    except asyncssh.SFTPNoSuchFile:
        return b""  # another process of ours may have put it away since the listing
    still = (before.size, before.mtime) == (after.size, after.mtime)
    return body if still and after.size in (None, len(body)) else b""


def move(endpoint: Endpoint, source: str, target: str) -> None:
    """Rename, replacing; nothing when the source is gone already.

    Raises:
        Unreachable: the server could not be asked, or lost; doing it again is harmless.
    """

    async def work(client: asyncssh.SFTPClient) -> None:
        await _move(client, source, target)

    _run(endpoint, work, _Progress())


def _run(
    endpoint: Endpoint, work: Callable[[asyncssh.SFTPClient], Awaitable[T]], progress: _Progress
) -> T:
    async def session() -> T:
        async with asyncio.timeout(endpoint.deadline):
            # a name that is no UTF-8 must not hide the others
            async with (
                _connect(endpoint) as connection,
                connection.start_sftp_client(path_errors="surrogateescape") as client,
            ):
                return await work(client)

    try:
        return asyncio.run(session())
    except _FAILURES as error:
        where = f"{endpoint.host}:{endpoint.port}"
        if progress.renaming:
            raise errors.Unconfirmed(
                errors.Issue(
                    "timeout",
                    f"la liaison SFTP avec {where} a été perdue pendant le dépôt : le fichier est"
                    " peut-être arrivé ; le hub va le demander avant tout nouvel envoi.",
                    f"the SFTP connection to {where} was lost during the deposit: the file may"
                    " have arrived; the hub will ask before it sends anything again.",
                )
            ) from error
        raise errors.Unreachable(
            errors.Issue(
                "transient",
                f"le serveur SFTP {where} ne répond pas comme prévu ({type(error).__name__}) : rien"
                " n'a été déposé ; le hub réessaiera. Si cela dure, vérifiez l'adresse, la clé du"
                " serveur et les identifiants.",
                f"the SFTP server {where} does not answer as expected ({type(error).__name__}):"
                " nothing was deposited; the hub will try again. If it lasts, check the address,"
                " the host key and the credentials.",
            )
        ) from error


def _connect(
    endpoint: Endpoint,
) -> contextlib.AbstractAsyncContextManager[asyncssh.SSHClientConnection]:
    """Only what the endpoint says: no agent, no ~/.ssh, no host that was not announced."""
    return asyncssh.connect(
        endpoint.host,
        endpoint.port,
        config=None,
        username=endpoint.user,
        password=None if endpoint.key else endpoint.password,
        client_keys=[str(endpoint.key)] if endpoint.key else None,
        known_hosts=([asyncssh.import_public_key(endpoint.host_key)], [], []),
        agent_path=None,
        connect_timeout=endpoint.connect,
        login_timeout=endpoint.connect,
    )


async def _write(client: asyncssh.SFTPClient, path: str, body: bytes, progress: _Progress) -> None:
    digest = hashlib.sha256(body).hexdigest()[:12]
    part = f"{path}.{digest}.part"
    async with client.open(part, "wb") as file:
        await file.write(body)
        # an old server has no fsync: the size check is what is left
        with contextlib.suppress(asyncssh.SFTPOpUnsupported):
            await file.fsync()
    size = await client.getsize(part)
    if size != len(body):
        raise OSError(f"{size} bytes arrived of {len(body)}")
    progress.renaming = True
    try:
        await client.posix_rename(part, path)
    except asyncssh.SFTPOpUnsupported:
        await client.rename(part, path)


async def _same(client: asyncssh.SFTPClient, path: str, body: bytes, largest: int) -> bool:
    try:
        there = await _read(client, path, largest)
    except asyncssh.SFTPNoSuchFile:
        return False
    if hashlib.sha256(there).digest() == hashlib.sha256(body).digest():
        return True
    name = posixpath.basename(path)
    raise errors.Refused(
        errors.Issue(
            "duplicate",
            f"un autre contenu porte déjà le nom « {name} » chez l'institution : rien n'a été"
            " écrasé ; demandez-lui d'où vient ce fichier.",
            f"other content already has the name “{name}” at the partner: nothing was"
            " overwritten; ask the partner where that file comes from.",
        )
    )


async def _read(client: asyncssh.SFTPClient, path: str, largest: int) -> bytes:
    async with client.open(path, "rb") as file:
        body: bytes = await file.read(largest + 1)
    if len(body) > largest:
        raise errors.Unreadable(
            errors.Issue(
                "too-long",
                f"le fichier « {posixpath.basename(path)} » dépasse {largest} octets ; demandez à"
                " l'institution de le découper.",
                f"the file “{posixpath.basename(path)}” exceeds {largest} bytes; ask the partner"
                " to split it.",
            )
        )
    return body


async def _move(client: asyncssh.SFTPClient, source: str, target: str) -> None:
    try:
        await client.posix_rename(source, target)
    except asyncssh.SFTPNoSuchFile:
        # the source is gone, which is what was wanted; or the folder of the target is missing
        if await client.exists(source):
            raise
