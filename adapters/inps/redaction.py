"""Masks identities and diagnoses in INPS's records and JSON; structure and amounts stay."""

from __future__ import annotations

import re
from typing import Any

from hub import errors
from hub.formats import exact_json

_WIDTH = 128
#: record type → what of it identifies somebody or tells an illness, from and to (0-based)
_SECRET = {
    "210": [(3, _WIDTH)],
    "211": [(3, _WIDTH)],
    "212": [(3, _WIDTH)],
    "230": [(3, 83)],
    "240": [(6, _WIDTH)],
    "241": [(3, _WIDTH)],
}
_NAMES = {
    *("numeroAmo", "nina", "nom", "prenoms", "nomMarital", "naissance", "assure", "deces"),
    *("numeroProvisoire", "numeroInps", "numeroAncien"),
}
_AMO = re.compile(r"[0-9]{8}-[0-9]{2}")  #: an insured number inside a sentence
_RECORD = re.compile(r"[0-9]{3}[^\x00-\x1f\x7f-\x9f]{125}")


def mask(body: bytes) -> bytes:
    """The document with those values masked; one that cannot be read is left out whole."""
    records = body.decode("iso-8859-1").split("\r\n")
    if records[-1] == "" and records[:-1] and all(map(_RECORD.fullmatch, records[:-1])):
        return "\r\n".join([*map(_masked, records[:-1]), ""]).encode("iso-8859-1")
    try:
        tree = exact_json.loads(body)
    except errors.Invalid:
        tree = None
    if not isinstance(tree, dict):
        return f"(document illisible de {len(body)} octets, masqué en entier)".encode()
    return exact_json.dumps(_tree(tree, ""))


def _masked(record: str) -> str:
    for start, end in _SECRET.get(record[:3], []):
        hidden = re.sub(r"[^ ]", "*", record[start:end])
        record = record[:start] + hidden + record[end:]
    return _AMO.sub("********-**", record)


def _tree(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key: _tree(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_tree(item, name) for item in value]
    if name in _NAMES and value is not None:
        return "***"
    return _AMO.sub("***", value) if isinstance(value, str) else value
