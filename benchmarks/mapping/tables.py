"""The ConceptMaps of the benchmark as plain dicts, for the contenders that need one."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

MAP = Path(__file__).parent / "map"


def codes(table: str) -> dict[str, str]:
    """Source code → target code of `claim-type` or `service`."""
    text = (MAP / f"{table}.json").read_text(encoding="utf-8")
    rows = json.loads(text, parse_float=Decimal)["group"][0]["element"]
    return {row["code"]: row["target"][0]["code"] for row in rows}
