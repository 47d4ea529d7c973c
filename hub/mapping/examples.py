"""Examples beside maps as tests: `examples/<map>/name.in.*` must give `name.out.*`.

`name.rows.json` holds the rows an administrator added first. Where a map `<map>-inverse` stands
beside the map, what comes out must give back what went in. Source: mappings/README.md
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.errors import Invalid, Issue, Problem
from hub.formats import exact_json
from hub.mapping.concept_map import Row
from hub.mapping.differences import Difference, differences
from hub.mapping.library import Library
from hub.mapping.load import RESOURCES, TEXT

INVERSE = "-inverse"

Libraries = Callable[[Sequence[Row]], Library]


@dataclass(frozen=True, slots=True)
class AddedRow:
    """A row of a `name.rows.json`."""

    concept_map: str
    source_system: str
    source_code: str
    target_system: str
    target_code: str
    relationship: str = "equivalent"
    depends: str = ""  #: JSON: {attribute: value}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one example, in one direction."""

    example: Path  #: the .in file
    map: str  #: file of the map
    backwards: bool
    differences: Sequence[Difference] = ()  #: first: what the example says; second: what came
    issues: Sequence[Issue] = ()  #: why nothing came

    @property
    def passed(self) -> bool:
        """Did exactly the expected come out?"""
        return not self.differences and not self.issues


def examples(folder: Path) -> list[Path]:
    """The .in files of every folder `examples` in or below this one."""
    found = [p for p in folder.rglob("*.in.*") if "examples" in p.parts and p.is_file()]
    return sorted(p for p in found if p.suffix in RESOURCES)


def verdicts(folder: Path, libraries: Libraries) -> Iterator[Verdict]:
    """Run every example forwards and, where there is an inverse map, backwards.

    Args:
        folder: holds `examples` folders, at any depth.
        libraries: gives the library to use with these rows added.
    """
    for given in examples(folder):
        expected = _beside(given, ".out", RESOURCES)
        map_file = _map_of(given, "")
        if map_file is None or expected is None:
            yield Verdict(given, str(map_file or ""), False, issues=[_absent(given, expected)])
            continue
        yield _run(given, expected, map_file, libraries, backwards=False)
        inverse = _map_of(given, INVERSE)
        if inverse is not None:
            yield _run(given, expected, inverse, libraries, backwards=True)


def _run(
    given: Path, expected: Path, map_file: Path, libraries: Libraries, backwards: bool
) -> Verdict:
    try:
        library = libraries(rows(given))
        canonical = library.canonical_of(map_file)
        source, wanted = (expected, given) if backwards else (given, expected)
        made = library.map(canonical, library.read(source.read_bytes()))
        if wanted.suffix == ".xml":
            made_type = library.run(canonical, library.read(source.read_bytes())).made
            made = library.read(library.write_xml(made, made_type))
        found = tuple(differences(library.read(wanted.read_bytes()), made))
    except Problem as problem:
        return Verdict(given, str(map_file), backwards, issues=problem.issues)
    return Verdict(given, str(map_file), backwards, found)


def rows(given: Path) -> tuple[AddedRow, ...]:
    """The rows an example adds to the tables first.

    Raises:
        Invalid: the file of rows has not the form of mappings/README.md.
    """
    file = _beside(given, ".rows", (".json",))
    if file is None:
        return ()
    listed: Any = exact_json.loads(file.read_bytes())
    try:
        return tuple(AddedRow(**row) for row in listed)
    except TypeError as error:
        raise Invalid(
            Issue(
                "structure",
                f"Les lignes n’ont pas la forme attendue ({error}) : concept_map, source_system, "
                "source_code, target_system, target_code",
                f"rows have not the expected form ({error})",
                str(file),
            )
        ) from None


def _beside(given: Path, part: str, suffixes: Sequence[str]) -> Path | None:
    """The file of the same example: name.in.json → name.out.xml."""
    name = given.name.rpartition(".in.")[0]
    found = (given.with_name(name + part + suffix) for suffix in suffixes)
    return next((path for path in found if path.is_file()), None)


def _map_of(given: Path, ending: str) -> Path | None:
    """`<map>` of examples/<map>/name.in.json; of examples/name.in.json the folder's only map."""
    root = next(parent for parent in given.parents if parent.name == "examples")
    if given.parent != root:
        name = given.relative_to(root).parts[0] + ending
        suffixes = (*TEXT, *RESOURCES)
        found = [root.with_name(name + s) for s in suffixes if root.with_name(name + s).is_file()]
        return found[0] if found else None
    maps = [p for p in sorted(root.parent.iterdir()) if p.suffix in TEXT]
    plain = [p for p in maps if not p.stem.endswith(INVERSE)]
    if len(plain) != 1:
        return None
    return (
        plain[0]
        if not ending
        else next((p for p in maps if p.stem == plain[0].stem + ending), None)
    )


def _absent(given: Path, expected: Path | None) -> Issue:
    if expected is None:
        name = given.name.replace(".in.", ".out.")
        return Issue(
            "not-found",
            f"Il manque {name} à côté : écrivez ce que la carte doit rendre",
            f"{name} is missing beside it: write what the map must give",
            str(given),
        )
    return Issue(
        "not-found",
        "Aucune carte pour cet exemple : le dossier sous examples/ porte le nom du fichier de "
        "la carte, sans son extension",
        "no map for this example: the folder below examples/ has the name of the map's file, "
        "without its ending",
        str(given),
    )
