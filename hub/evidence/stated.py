"""What an audit row states about stored bytes, in one form for the database and for dossiers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def crossed(direction: str, kind: str, sha256: str) -> str:
    """Bytes that crossed the border: which way and as what belongs to what is stated."""
    return f"{direction} {kind} {sha256}"


def digests(detail: Mapping[str, Any]) -> list[str]:
    """What the detail of an act states was stored, digest by digest."""
    told = detail.get("sha256") or []
    found = [str(one) for one in (told if isinstance(told, list) else [told])]
    if "direction" in detail:
        return [crossed(str(detail["direction"]), str(detail["kind"]), one) for one in found]
    return found
