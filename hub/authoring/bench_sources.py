"""What a map can be tried on: the examples beside it, and real exchanges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from hub.authoring.bench_mask import masked
from hub.errors import Issue, NotFound, Unmappable
from hub.formats import exact_json
from hub.mapping import examples as files
from hub.mapping import write_text
from hub.mapping.evidence import content
from hub.mapping.examples import AddedRow
from hub.mapping.library import Library
from hub.mapping.load import TEXT, decoded, resources
from hub.mapping.structure_map import normal
from hub.model import Exchange, Reply, ReplyKind, StoredMessage
from hub.wiring import Hub


@dataclass(frozen=True, slots=True)
class Example:
    """One source with what should come of it."""

    name: str
    source: str
    expected: str | None = None
    rows: Sequence[AddedRow] = ()  #: of code tables, that an administrator has added first


def beside(hub: Hub, url: str, kept: Mapping[str, Any]) -> list[Example]:
    """The examples of a map, by name: those in the folder of its file, then those kept with it.

    Args:
        hub: gives the map that holds now.
        url: of the map.
        kept: examples of its draft or version, see hub.ports.releases; they replace the others.
    """
    found = {one.name: one for one in map(_example, _files(hub.maps.library(), url))}
    for name, told in kept.items():
        found.pop(name, None)
        if told.get("in") is not None:
            rows = [AddedRow(**row) for row in told.get("rows") or ()]
            found[name] = Example(name, str(told["in"]), told.get("out") or None, rows)
    return [found[name] for name in sorted(found)]


def count(library: Library, url: str) -> int:
    """How many there are in the folder of the map's file."""
    return len(_files(library, url))


def _files(library: Library, url: str) -> list[Path]:
    try:
        file = Path(library.file(url))
    except Unmappable:
        return []
    folder = file.parent / "examples" / file.stem
    return files.examples(folder) if folder.is_dir() else []


def _example(given: Path) -> Example:
    name = given.name.partition(".in.")[0]
    outs = (given.with_name(f"{name}.out{suffix}") for suffix in (".json", ".xml"))
    out = next((path for path in outs if path.is_file()), None)
    expected = (
        out.read_text(encoding="utf-8") if out is not None and out.suffix == ".json" else None
    )
    source = given.read_text(encoding="utf-8")
    return Example(name, source, expected, files.rows(given))


def of_exchange(hub: Hub, exchange: Exchange, whole: bool, role: str = "request") -> Example:
    """What a map of an exchange was or would be given.

    Args:
        hub: as its viewer may see it.
        exchange: the exchange.
        whole: with the identities in it; else they are masked, see bench_mask.
        role: request, or what came back: answer, payment.

    Raises:
        NotFound: a resource it names is not there any more, or nothing of this kind came.
        Unreadable, Refused: what came cannot be read, or not once identities are masked.
    """
    parent = hub.store.exchange(exchange.parent) if exchange.parent else None
    dossier: Any = hub.trip.dossier(exchange, parent)
    tree: Any = dossier if whole else masked(dossier)
    if role != "request":
        message = _came(hub, exchange, role)
        adapter = hub.adapters.get(exchange.partner or "")
        if message is None or adapter is None:
            raise NotFound(
                Issue(
                    "not-found",
                    "Rien de tel n'est venu de l'organisme. Ouvrez la demande dans l'atelier.",
                    "Nothing of this kind came from the institution. Open the request instead.",
                )
            )
        body = message.body if whole else adapter.redact(message.body)
        reply = Reply(
            ReplyKind(role),
            str(exchange.operation),
            exchange.submission,
            body,
            message.content_type,
        )
        received = message.at.isoformat(timespec="milliseconds")
        tree = {"dossier": tree, "answer": adapter.decode(reply), "received": received}
    return Example(exchange.id, exact_json.dumps(tree).decode())


def roles(hub: Hub, exchange: Exchange) -> list[str]:
    """What of an exchange a map translates: request, answer, payment."""
    return [
        role
        for role in ("request", "answer", "payment")
        if map_of(hub, exchange, role)
        and (role == "request" or _came(hub, exchange, role) is not None)
    ]


def _came(hub: Hub, exchange: Exchange, kind: str) -> StoredMessage | None:
    """The last message of a kind that the partner sent."""
    came = [one for one in hub.store.messages(exchange.id) if one.direction == "in"]
    return next((one for one in reversed(came) if one.kind == kind), None)


def text(hub: Hub, url: str) -> str:
    """The text of a map as it holds now; of a StructureMap in JSON or XML, the same as FML.

    Raises:
        Unmappable: there is no such map.
    """
    file = hub.maps.library().file(url)
    written = decoded(content(file))
    if Path(file.rpartition("!")[2]).suffix in TEXT:
        return written
    found = [one for one in resources(written) if one.get("resourceType") == "StructureMap"]
    return write_text.write(normal(found[0])) if found else written


def indented(source: str) -> str:
    """JSON as a person reads it, every digit kept; anything else as it is."""
    try:
        return msgspec.json.format(source, indent=2)
    except msgspec.DecodeError:
        return source


def map_of(hub: Hub, exchange: Exchange, role: str = "request") -> str:
    """The url of the map that translates an exchange, or what came back; "" for none."""
    pinned = exchange.maps.get(role, "").partition("|")[0]
    if pinned or not exchange.partner:
        return pinned
    tail = f"{exchange.partner}-{exchange.operation}{'' if role == 'request' else f'-{role}'}"
    urls = {one.partition("|")[0] for one in hub.maps.library().maps()}
    return next((url for url in sorted(urls) if url.rpartition("/")[2] == tail), "")
