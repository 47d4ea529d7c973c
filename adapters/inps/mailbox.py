"""Files: deposits that we bring, returns and batches that we fetch and acknowledge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from adapters.inps import counter
from adapters.inps.rest import RestClient
from hub import errors
from hub.formats import exact_json
from hub.model import Message, Reply, ReplyKind

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DEPOSITS, _RETURNS = "/v1/depots", "/v1/retours"


def deliver(rest: RestClient, message: Message) -> Reply:
    """Bring a deposit; the same bytes again under its number get the same receipt.

    Raises:
        Unreachable: nothing left.
        Unconfirmed: something may have left, or the receipt cannot be read: ask.
        Refused: INPS refuses the file (totals, layout), or knows other bytes by this number.
    """
    headers = {"X-INPS-Depot": message.key}
    answer = rest.call("POST", _DEPOSITS, message.body, message.content_type, headers)
    try:
        return _receipt(message, counter.taken(answer))
    except errors.Unreadable as error:
        raise errors.Unconfirmed(*error.issues) from error


def inquire(rest: RestClient, message: Message) -> Reply:
    """Has INPS this deposit?

    Raises:
        Unreachable: INPS could not be asked.
        Unconfirmed, Refused, Unreadable: it did not answer that question.
    """
    answer = rest.call("GET", f"{_DEPOSITS}/{message.key}")
    if answer.status == 404:
        return counter.unknown(message, "L'INPS n'a jamais reçu ce dépôt.")
    return _receipt(message, counter.taken(answer))


def waiting(rest: RestClient) -> Iterator[str]:
    """Names of the files that wait for us, oldest first.

    Raises:
        Unreachable: INPS could not be asked.
        Unreadable: not a list of files.
    """
    listed = _object(_asked(rest, "GET", _RETURNS)).get("fichier", [])
    for one in listed if isinstance(listed, list) else [None]:
        name = one.get("nom") if isinstance(one, dict) else None
        if not isinstance(name, str) or _NAME.fullmatch(name) is None:
            raise counter.unreadable("liste de fichiers illisible", "unreadable list of files")
        yield name


def fetch(rest: RestClient, name: str) -> bytes:
    """One file, whole.

    Raises:
        Unreachable: INPS could not be asked.
    """
    return _asked(rest, "GET", f"{_RETURNS}/{name}")


def acknowledge(rest: RestClient, name: str) -> None:
    """INPS need not offer this file any more.

    Raises:
        Unreachable: INPS could not be told.
    """
    if _NAME.fullmatch(name) is not None:
        _asked(rest, "POST", f"{_RETURNS}/{name}/accuse")


def _asked(rest: RestClient, method: str, path: str) -> bytes:
    """What may be asked again at any time: every failure is only a delay."""
    try:
        return counter.taken(rest.call(method, path))
    except (errors.Unconfirmed, errors.Refused, errors.Unreadable) as error:
        raise errors.Unreachable(*error.issues) from error


def _receipt(message: Message, body: bytes) -> Reply:
    tree = _object(body)
    number, deposit = tree.get("numeroDepot"), tree.get("depot")
    if not isinstance(number, str) or not number or deposit != message.key:
        raise counter.unreadable("accusé de dépôt illisible", "unreadable receipt")
    return Reply(
        ReplyKind.ACKNOWLEDGED,
        message.operation,
        message.key,
        body,
        counter.JSON,
        partner_reference=number,
        text=str(tree.get("message", "")),
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        tree = exact_json.loads(body)
    except errors.Invalid as error:
        raise errors.Unreadable(*error.issues) from None
    if not isinstance(tree, dict):
        raise counter.unreadable("un objet JSON est attendu", "a JSON object is expected")
    return tree
