"""What a partner's certification stands on: its adapter, its case, its maps and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from hub import map_wiring, wiring
from hub.errors import Problem
from hub.formats import exact_json
from hub.model import Operation, Tree
from hub.ports import Adapter
from hub.ports.certification import Case

#: Canonical base of maps, and of the code systems that are the hub's own.
MAPS = "https://benkan.example/fhir/StructureMap/"
CODES = "https://benkan.example/fhir/CodeSystem/"
#: Maps an operation needs: "" the request, the others what comes back (docs/partners.md).
ROLES: Mapping[str, tuple[str, ...]] = {
    Operation.CLAIM: ("", "-answer", "-payment"),
    Operation.CONTROL_COPY: ("",),
    Operation.LIQUIDATION_COPY: ("",),
    Operation.PREAUTHORIZATION: ("", "-answer"),
    Operation.ELIGIBILITY: ("", "-answer"),
    Operation.STATUS: ("",),
    Operation.CANCELLATION: ("", "-answer"),
    Operation.REGISTRATION: ("-answer",),
    Operation.REFERENCE: ("", "-answer"),
    Operation.STATEMENT: ("", "-answer"),
}


@dataclass(frozen=True)
class Ground:
    """One partner under certification."""

    name: str
    adapter: Adapter
    case: Case
    folders: Sequence[Path]  #: map folders, the packaged one first

    @cached_property
    def tools(self) -> Any:
        """The mapping author's tools for these folders."""
        return map_wiring.map_tools(self.folders)

    @cached_property
    def library(self) -> Any:
        """Maps, tables and models, without the rows administrators added."""
        return wiring.library(self.folders)

    def maps(self) -> list[str]:
        """Canonicals of the partner's maps, newest version of each."""
        mine = {c.partition("|")[0] for c in self.library.maps()}
        return sorted(c for c in mine if c.startswith(f"{MAPS}{self.name}-"))

    def needed(self) -> Iterator[tuple[str, str]]:
        """(operation, canonical) of every map its operations need."""
        for operation in self.adapter.operations:
            for role in ROLES.get(operation, ("",)):
                if role == "-payment" and not self.case.pays:
                    continue
                yield operation, f"{MAPS}{self.name}-{operation}{role}"

    def places(self) -> list[Path]:
        """Folders that hold the partner's maps, with their examples."""
        wanted = f"{MAPS}{self.name}-".encode()
        files = (file for folder in self.folders for file in sorted(folder.rglob("*.fml")))
        found = [file.parent for file in files if wanted in file.read_bytes()]
        return list(dict.fromkeys(found))

    def examples(self, name: str) -> Iterator[tuple[Path, Tree]]:
        """Input examples of one of its maps: file and tree."""
        for folder in self.places():
            for file in sorted((folder / "examples" / name).glob("*.in.json")):
                if not file.with_name(file.name.replace(".in.json", ".rows.json")).exists():
                    yield file, exact_json.loads(file.read_bytes())

    def resources(self, kind: str) -> Iterator[Tree]:
        """FHIR resources of a kind in the folders: ConceptMap, CodeSystem."""
        for folder in self.folders:
            for file in sorted(folder.rglob("*.json")):
                body = file.read_bytes()
                if f'"{kind}"'.encode() not in body[:400]:
                    continue
                try:
                    tree = exact_json.loads(body)
                except Problem:
                    continue  # the mapping tools report files that cannot be read
                if isinstance(tree, dict) and tree.get("resourceType") == kind:
                    yield tree

    def tables(self) -> list[Tree]:
        """The partner's ConceptMaps."""
        mine = f"/ConceptMap/{self.name}-"
        return [t for t in self.resources("ConceptMap") if mine in str(t.get("url", ""))]
