"""Masks identities and diagnoses in what crosses the border; structure and amounts stay."""

from __future__ import annotations

from typing import Any

from adapters.inamo import dialect, exports
from hub import errors
from hub.formats import exact_json

MASK = "***"
#: names whose whole content is masked: who a person is, what they suffer from, free words on it
_HIDDEN = {
    *("name", "birthDate", "gender", "diagnosisCodeableConcept", "valueString"),
    *("valueAttachment", "display", "password", "token", "disposition"),
}
#: references to people: their identifiers are masked, an organization's are not
_PEOPLE = {"patient", "contained", "enterer", "coverage", "subscriber", "beneficiary", "for"}


def mask(body: bytes) -> bytes:
    """The JSON or CSV with those texts masked; what cannot be read is left out whole."""
    try:
        return exact_json.dumps(_masked(dialect.read(body), hidden=False))
    except errors.Unreadable:
        pass
    try:
        rows = exports.cut(body)
    except errors.Unreadable:
        return f"(document illisible de {len(body)} octets, masqué en entier)".encode()
    parts = [exports.read(reply.body) for reply in rows]
    shown = [_row(row) for part in parts for row in next(iter(part.values()))]
    return exact_json.dumps(shown)


_SHOWN = {"ordre", "date", "dossier", "identifiant", "feuille", "montant", "devise"}
_SHOWN |= {"regime", "debut", "fin", "maj", "nombre", "total"}


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v if k in _SHOWN else MASK for k, v in row.items()}


def _masked(node: Any, hidden: bool) -> Any:
    if isinstance(node, dict):
        return {k: _member(k, v, hidden) for k, v in node.items()}
    if isinstance(node, list):
        return [_masked(each, hidden) for each in node]
    return MASK if hidden and isinstance(node, str) else node


def _member(name: str, value: Any, hidden: bool) -> Any:
    if name in _HIDDEN and isinstance(value, str):
        return MASK
    if name in ("resourceType", "type", "system", "code", "use", "status") and not isinstance(
        value, dict
    ):
        return MASK if hidden and name == "code" else value
    return _masked(value, hidden or name in _HIDDEN or name in _PEOPLE)
