"""The files of a tar archive that may come from anywhere, block by block.

A member is what stands in the archive: the library's own reader makes up the holes of a sparse
member, however large its header says they are, and follows headers of headers without end.
Source: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html (ustar, pax),
https://www.gnu.org/software/tar/manual/html_node/Standard.html
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

BLOCK = tarfile.BLOCKSIZE
LARGEST_HEAD = 65_536  #: bytes of an extended header: a path, and what else packers write there
MOST_HEADS = 4  #: extended headers before one member
_EXTENDED = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
_BESIDE = (*_EXTENDED, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
_PLAIN = (tarfile.REGTYPE, tarfile.AREGTYPE)

Read = Callable[[int], bytes]


class Damaged(Exception):
    """It is no tar archive, or one that was cut: (in French, in English)."""


class TooLarge(Exception):
    """A member or a header is larger than admitted."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One member."""

    name: str
    plain: bool  #: a file that stands here whole: no link, device or sparse file
    directory: bool
    body: bytes


def entries(read: Read, largest: int) -> Iterator[Entry]:
    """Every member in turn.

    Args:
        read: gives so many bytes, fewer only at the end.
        largest: bytes of a member.

    Raises:
        Damaged, TooLarge: see there; so does what `read` raises.
    """
    told: dict[str, str] = {}
    heads, first = 0, True
    while block := read(BLOCK):
        first = False
        if not block.strip(b"\0"):
            return
        head = _head(block)
        if head.type in _BESIDE:
            heads += 1
            if heads > MOST_HEADS:
                raise TooLarge
            told |= _told(head.type, _body(read, head.size, LARGEST_HEAD))
            continue
        yield _entry(head, told, _body(read, head.size, largest))
        told, heads = {}, 0
    if first:
        raise Damaged("il est vide", "it is empty")


def _head(block: bytes) -> tarfile.TarInfo:
    try:
        head = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        raise Damaged("un en-tête est illisible", "a header cannot be read") from None
    if head.size < 0:
        raise Damaged("une taille est négative", "a size is negative")
    return head


def _body(read: Read, size: int, largest: int) -> bytes:
    if size > largest:
        raise TooLarge
    padded = -(-size // BLOCK) * BLOCK
    body = read(padded)
    if len(body) < size:
        raise Damaged("il est coupé", "it was cut")
    return body[:size]


def _told(kind: bytes, body: bytes) -> dict[str, str]:
    """What an extended header says of the next member; one about all members says nothing here."""
    if kind == tarfile.GNUTYPE_LONGNAME:
        return {"path": body.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")}
    found = {}
    while kind in _EXTENDED and body.strip(b"\0"):
        length, _, rest = body.partition(b" ")
        size = int(length) if length.isdigit() and len(length) < 7 else 0
        record = rest[: size - len(length) - 1]
        key, equals, value = record.partition(b"=")
        if not (0 < size <= len(body) and equals and value.endswith(b"\n")):
            raise Damaged("un en-tête est illisible", "a header cannot be read")
        found[key.decode("utf-8", "replace")] = value[:-1].decode("utf-8", "surrogateescape")
        body = body[size:]
    return found


def _entry(head: tarfile.TarInfo, told: dict[str, str], body: bytes) -> Entry:
    name = told.get("path", head.name)
    if told.get("size", str(head.size)) != str(head.size):
        raise Damaged("deux tailles se contredisent", "two sizes contradict each other")
    sparse = any(key.startswith("GNU.sparse") for key in told)
    return Entry(name, head.type in _PLAIN and not sparse, head.isdir(), body)
