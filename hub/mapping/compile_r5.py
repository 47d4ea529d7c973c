"""Makes hub/mapping/r5.json, the FHIR R5 types, from the official definitions.

Run it by hand; the table is committed, the package is not:

    npm pack hl7.fhir.r5.core@5.0.0
    python -m hub.mapping.compile_r5 hl7.fhir.r5.core-5.0.0.tgz

Source: npm package hl7.fhir.r5.core 5.0.0 (CC0), https://hl7.org/fhir/R5/downloads.html
"""

from __future__ import annotations

import json
import sys
import tarfile
from decimal import Decimal
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "r5.json"
CORE = "http://hl7.org/fhir/StructureDefinition/"


def type_row(definition: dict[str, Any]) -> dict[str, Any]:
    """One type: kind, base, abstract and its own elements (path, min, max, types, reference)."""
    elements = []
    for element in definition["differential"]["element"][1:]:
        types = [kind["code"].rsplit("/", 1)[-1] for kind in element.get("type", [])]
        row = [element["path"], element.get("min", 0), element.get("max", "1"), types]
        if "contentReference" in element:
            row.append(element["contentReference"].rpartition("#")[2])
        elements.append(row)
    return {
        "kind": definition["kind"],
        "base": definition.get("baseDefinition", "").rsplit("/", 1)[-1],
        "abstract": definition["abstract"],
        "elements": elements,
    }


def main(archive: str) -> None:
    """Write the table, a type a line."""
    found: dict[str, dict[str, Any]] = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            if not Path(member.name).name.startswith("StructureDefinition-"):
                continue
            stream = tar.extractfile(member)
            definition = json.load(stream, parse_float=Decimal) if stream is not None else {}
            url = str(definition.get("url", ""))
            if not url.startswith(CORE) or definition.get("derivation") == "constraint":
                continue
            if definition.get("kind") != "logical":
                found[definition["type"]] = type_row(definition)
    rows = (
        f" {json.dumps(name)}: {json.dumps(row, separators=(',', ':'))}"
        for name, row in sorted(found.items())
    )
    FILE.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
