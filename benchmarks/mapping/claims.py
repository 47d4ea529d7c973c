"""The claims that are mapped: two of HL7's own examples, and generated ones of any length."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from hub.formats import exact_json

EXAMPLES = Path(__file__).parents[2] / "tests" / "data" / "r4-examples"
CANONICAL = "https://benkan.example/fhir/StructureMap/benchmark-claim-msg"


def claim(size: str) -> dict[str, Any]:
    """`simple` (HL7's 100150, 1 line), `multi` (100156, 3 lines, one with details), or a number.

    A number gives a claim of that many lines: 100156 with its lines repeated, without its total,
    so that the total has to be summed. Narrative is left out: no contender reads it.
    """
    name = {"simple": "100150"}.get(size, "100156")
    made: dict[str, Any] = exact_json.loads((EXAMPLES / f"Claim-{name}.json").read_bytes())
    made.pop("text", None)
    if size in ("simple", "multi"):
        return made
    made.pop("total")
    lines = made["item"]
    made["item"] = [copy.deepcopy(lines[n % len(lines)]) for n in range(int(size))]
    for n, line in enumerate(made["item"], 1):
        line["sequence"] = n
        line["quantity"] = {"value": n % 3 + 1}
    return made
