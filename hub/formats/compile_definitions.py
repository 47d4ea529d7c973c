"""Makes the tables of hub/formats/definitions from the official FHIR R4 definitions.

Run it by hand when the set of types changes; the tables are committed, the package is not:

    npm pack hl7.fhir.r4.examples@4.0.1
    python -m hub.formats.compile_definitions hl7.fhir.r4.examples-4.0.1.tgz

Source: npm package hl7.fhir.r4.examples 4.0.1 (CC0), https://hl7.org/fhir/R4/downloads.html
"""

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "definitions"
CORE = "http://hl7.org/fhir/StructureDefinition/"


def read_package(path: str) -> dict[str, dict[str, Any]]:
    """All conformance resources of the package, by canonical url."""
    found: dict[str, dict[str, Any]] = {}
    with tarfile.open(path) as tar:
        for member in tar:
            kind = Path(member.name).name.split("-")[0]
            if kind not in ("StructureDefinition", "ValueSet", "CodeSystem"):
                continue
            stream = tar.extractfile(member)
            if stream is not None:
                resource = json.load(stream)
                if resource.get("resourceType") == kind and "url" in resource:
                    found.setdefault(resource["url"], resource)
    return found


def element_table(element: dict[str, Any]) -> dict[str, Any]:
    """What validation and mapping need to know of one element."""
    table: dict[str, Any] = {"min": element["min"], "max": element["max"]}
    if "contentReference" in element:
        table["ref"] = element["contentReference"].lstrip("#")
    types = []
    targets: list[str] = []
    for kind in element.get("type", []):
        code = kind["code"]
        for extension in kind.get("extension", []):
            if extension["url"].endswith("structuredefinition-fhir-type"):
                code = extension["valueUrl"]
        types.append(code.rsplit("/", 1)[-1])
        targets += [t.rsplit("/", 1)[-1] for t in kind.get("targetProfile", [])]
    if types:
        table["types"] = types
    if targets:
        table["targets"] = targets
    binding = element.get("binding", {})
    if binding.get("strength") in ("required", "extensible") and "valueSet" in binding:
        table["binding"] = [binding["strength"], binding["valueSet"].split("|")[0]]
    invariants = [c["key"] for c in element.get("constraint", []) if c["key"] != "ele-1"]
    if invariants:
        table["invariants"] = invariants
    if element.get("isModifier"):
        table["modifier"] = True
    return table


def type_table(definition: dict[str, Any]) -> dict[str, Any]:
    """One type: its elements in the order of the definition."""
    base = definition.get("baseDefinition", "").rsplit("/", 1)[-1]
    return {
        "url": definition["url"],
        "type": definition["type"],
        "kind": definition["kind"],
        "base": base,
        "abstract": definition["abstract"],
        "elements": {e["path"]: element_table(e) for e in definition["snapshot"]["element"]},
    }


def concepts(system: dict[str, Any]) -> list[str]:
    """Every code of a CodeSystem, nested ones too."""
    codes: list[str] = []
    waiting = list(system.get("concept", []))
    while waiting:
        concept = waiting.pop(0)
        codes.append(concept["code"])
        waiting += concept.get("concept", [])
    return codes


def below(system: dict[str, Any], code: str) -> list[str]:
    """A concept and all that stand below it."""
    waiting = list(system.get("concept", []))
    while waiting:
        concept = waiting.pop(0)
        if concept["code"] == code:
            return [code, *concepts(concept)]
        waiting += concept.get("concept", [])
    return []


def included(
    part: dict[str, Any], package: dict[str, dict[str, Any]]
) -> dict[str, list[str]] | None:
    """The codes of one compose.include, or None when they are not in the package."""
    if "concept" in part:
        return {part["system"]: [c["code"] for c in part["concept"]]}
    if "system" not in part:
        merged: dict[str, list[str]] = {}
        for url in part.get("valueSet", []):
            inner = expansion(package.get(url.split("|")[0], {}), package)
            if inner is None:
                return None
            for system, codes in inner.items():
                merged.setdefault(system, []).extend(codes)
        return merged
    source = package.get(part["system"])
    if source is None or source.get("content") != "complete":
        return None
    if "filter" not in part:
        return {part["system"]: concepts(source)}
    rule = part["filter"][0]
    if rule["op"] in ("is-a", "descendent-of") and len(part["filter"]) == 1:
        codes = below(source, rule["value"])
        return {part["system"]: codes if rule["op"] == "is-a" else codes[1:]}
    return None


def expansion(
    value_set: dict[str, Any], package: dict[str, dict[str, Any]]
) -> dict[str, list[str]] | None:
    """system → codes, or None when the package does not hold all of them."""
    result: dict[str, list[str]] = {}
    for part in value_set.get("compose", {}).get("include", []):
        codes = included(part, package)
        if codes is None:
            return None
        for system, found in codes.items():
            result.setdefault(system, []).extend(found)
    for part in value_set.get("compose", {}).get("exclude", []):
        codes = included(part, package) or {}
        for system, found in codes.items():
            result[system] = [c for c in result.get(system, []) if c not in found]
    return result or None


def write(path: Path, table: dict[str, Any], inner: str) -> None:
    """One row a line, so that a difference can be read."""
    rows = ",\n".join(
        f"  {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in table[inner].items()
    )
    head = "".join(f" {json.dumps(k)}: {json.dumps(v)},\n" for k, v in table.items() if k != inner)
    path.write_text(f"{{\n{head} {json.dumps(inner)}: {{\n{rows}\n }}\n}}\n", encoding="utf-8")


def main(archive: str) -> None:
    """Write definitions/<Type>.json and definitions/_valuesets.json."""
    package = read_package(archive)
    FOLDER.mkdir(exist_ok=True)
    bound: set[str] = set()
    for url, definition in sorted(package.items()):
        if definition["resourceType"] != "StructureDefinition" or not url.startswith(CORE):
            continue
        if definition.get("derivation") == "constraint" or definition["kind"] == "logical":
            continue
        table = type_table(definition)
        bound |= {
            e["binding"][1]
            for e in table["elements"].values()
            if e.get("binding", [""])[0] == "required"
        }
        write(FOLDER / f"{definition['type']}.json", table, "elements")
    sets = {url: expansion(package.get(url, {}), package) for url in sorted(bound)}
    known = {url: codes for url, codes in sets.items() if codes}
    write(
        FOLDER / "_valuesets.json",
        {"unknown": sorted(set(sets) - set(known)), "valuesets": known},
        "valuesets",
    )


if __name__ == "__main__":
    main(sys.argv[1])
