"""Makes the tables of FHIR's other versions beside this file: r5, r4b, stu3 and dstu2.json.

Run it by hand; the tables are committed, the packages are not:

    npm pack hl7.fhir.r5.core@5.0.0 hl7.fhir.r4b.core@4.3.0
    pip download --no-deps fhir.resources==8.3.0 fhir.resources==5.1.1
    python -m hub.mapping.compile_versions hl7.fhir.r5.core-5.0.0.tgz r5
    python -m hub.mapping.compile_versions hl7.fhir.r4b.core-4.3.0.tgz r4b
    python -m hub.mapping.compile_versions fhir_resources-8.3.0-py2.py3-none-any.whl stu3
    python -m hub.mapping.compile_versions fhir.resources-5.1.1-py2.py3-none-any.whl dstu2

Sources: the official packages (CC0) for R5 and R4B. For STU3 and DSTU2 no official package is on
npm; their classes in fhir.resources (BSD) are read as text. DSTU2's say no more than `str` for a
primitive, and have elements in alphabetical order.
"""

from __future__ import annotations

import json
import sys
import tarfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from hub.mapping.compile_classes import dstu2_types, stu3_types

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


def packaged(archive: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, row) of every type of an official package."""
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
                yield definition["type"], type_row(definition)


def main(archive: str, version: str) -> None:
    """Write the table of a version, a type a line."""
    read = {"stu3": stu3_types, "dstu2": dstu2_types}.get(version, packaged)
    rows = (
        f" {json.dumps(name)}: {json.dumps(row, separators=(',', ':'))}"
        for name, row in sorted(dict(read(archive)).items())
    )
    file = Path(__file__).with_name(version + ".json")
    file.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
