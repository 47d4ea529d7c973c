"""What the compiler's parts share: variables, units, and the Python module being written."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.mapping import dates, oids, placing, reading, transforms
from hub.mapping.concept_map import ConceptMap
from hub.mapping.fhirpath import parse as paths
from hub.mapping.fhirpath import runtime
from hub.mapping.fhirpath.compile import Focus, PathCompiler, Scope
from hub.mapping.findings import FHIRPATH, IMPORTS, MOST, RULES, TYPING, MapError, Wrong
from hub.mapping.names import Names, Var, readable
from hub.mapping.parse import Parsed
from hub.mapping.schema import Schema
from hub.mapping.settle import Ledger, Loops
from hub.mapping.types import Type, code_key

Resource = dict[str, Any]


Tables = Callable[[str], ConceptMap | None]


def no_table(canonical: str) -> ConceptMap | None:
    """For maps compiled without a library: their ConceptMaps are looked for when they run."""
    return None


@dataclass(slots=True)
class Unit:
    """One map with what its names mean."""

    parsed: Parsed
    aliases: dict[str, str]  #: name used in the map for a source → type key
    made: dict[str, str]  #: the same for a target; one name may mean two types
    concept_maps: dict[str, ConceptMap]
    groups: dict[str, Resource] = field(default_factory=dict)
    imports: Sequence[Unit] = ()
    lost: Sequence[str] = ()  #: imports that no map of the library matches

    def named(self, name: str, mode: object = "source") -> str:
        """The key of what a name means for a source or for a target; the name itself if nothing."""
        return (self.made if mode == "target" else self.aliases).get(name, name)


@dataclass(slots=True)
class Place:
    """Where a rule stands; the run's report of a failure."""

    map: str
    group: str
    rule: str
    file: str
    line: int
    column: int


def reached(unit: Unit) -> list[Unit]:
    """Every unit imported, directly or not; each once."""
    found: list[Unit] = []
    waiting = list(unit.imports)
    while waiting:
        each = waiting.pop(0)
        if each is not unit and all(each is not f for f in found):
            found.append(each)
            waiting += each.imports
    return found


class Module:
    """The Python source under construction."""

    def __init__(self, schema: Schema, lenient: bool = False, tables: Tables = no_table) -> None:
        self.schema, self.lenient, self.tables = schema, lenient, tables
        self.lines: list[str] = []
        self.objects: dict[str, Any] = {}
        self.places: list[Place] = []
        self.errors: list[MapError] = []
        self.warnings: list[MapError] = []
        self.ledger = Ledger(schema)
        self.calls: dict[str, list[str]] = {}  #: function → functions it calls
        self.mutates = False  #: does a transform give ids to source resources?
        self._hoisted: dict[str, str] = {}
        self._count = 0

    def hoist(self, text: str) -> str:
        """A constant of the module for an expression the compiler wrote."""
        if text not in self._hoisted:
            self._hoisted[text] = f"K{len(self._hoisted)}"
        return self._hoisted[text]

    def object(self, value: Any) -> str:
        """A name for an object the generated code needs."""
        name = f"O{len(self.objects)}"
        self.objects[name] = value
        return name

    def fresh(self, name: str) -> str:
        """A Python name no other variable has; readable when the map's name allows it."""
        self._count += 1
        readable = re.sub(r"[^A-Za-z0-9_]", "", name)[:30] or "v"
        return f"{readable}_{self._count}" if readable[0].isalpha() else f"v_{self._count}"

    def source(self) -> str:
        """The whole module."""
        constants = [f"{name} = {text}" for text, name in self._hoisted.items()]
        return "\n".join([*constants, "", *self.lines, ""])


class Writer:
    """Writes one Python function for one group; the parts of the compiler build on it."""

    def __init__(self, module: Module, unit: Unit, group: Resource) -> None:
        self.module, self.unit, self.group = module, unit, group
        self.lines: list[str] = []
        self.indent = 1
        self.rule_name = ""
        self.rule: Resource | None = None  #: the present one
        self.keeping = False  #: does the present rule only copy?
        self.place = 0
        self.function = ""  #: the Python function being written
        self.loops: Loops = ()  #: the loops around the present statement
        self.made: list[str] = []  #: target objects the present rule made

    def line(self, text: str) -> None:
        """One line at the present indentation."""
        self.lines.append("    " * self.indent + text)

    def rough(self, known: bool = False) -> None:
        """Unless known, the target has to be finished once this statement has run."""
        if not known:
            self.line("R.rough = True")

    def wrong(self, part: object, en: str, fr: str, spec: str = RULES) -> None:
        """Record a finding at a part of the map and go on.

        In a lenient run it is a warning, and the rule fails only when it is reached.
        """
        if not self.module.lenient:
            self._record(self.module.errors, part, en, fr, "error", spec)
            return
        self.warn(part, en, fr, spec)
        self.line(f"# rule {self.place}")
        self.line(f"G.broken({en!r}, {fr!r})")

    def astray(self) -> bool:
        """Say which imports no map here matches; a group that is missing may be in one of them."""
        parsed = self.unit.parsed
        for url in self.unit.lost if not self.module.lenient else ():
            line, column = parsed.lines.place(parsed.imports.get(url, 0))
            en = f"no map here matches imports {url}; give its folder with --import"
            fr = f"Aucune carte ne répond à imports {url} ; donnez son dossier par --import"
            made = MapError(line, column, en, "", IMPORTS, fr, parsed.file)
            if len(self.module.errors) < MOST and made not in self.module.errors:
                self.module.errors.append(made)
        return bool(self.unit.lost) and not self.module.lenient

    def unknown(self, part: object, en: str, fr: str) -> None:
        """A type or element nothing defines: a run goes on without, `check` refuses."""
        if self.module.lenient:
            self.warn(part, en, fr, TYPING)
        else:
            self.wrong(part, en, fr, TYPING)

    def warn(self, part: object, en: str, fr: str, spec: str = RULES) -> None:
        """Record what may be wrong."""
        self._record(self.module.warnings, part, en, fr, "warning", spec)

    def _record(
        self, found: list[MapError], part: object, en: str, fr: str, kind: str, spec: str
    ) -> None:
        parsed = self.unit.parsed
        known = id(part) in parsed.offsets or self.rule is None
        line, column = parsed.place(part if known else self.rule)
        rule = "/".join(filter(None, (str(self.group.get("name", "")), self.rule_name)))
        made = MapError(line, column, en, rule, spec, fr, parsed.file, kind)
        if len(found) < MOST and made not in found:
            found.append(made)

    def type(self, name: str, part: object, mode: object = "source") -> Type | None:
        """The type a name stands for in this map, of a source or of a target."""
        find = self.module.schema.type
        plain = name.removeprefix("FHIR.").removeprefix("System.")
        found = find(self.unit.named(name, mode)) or find(plain)
        if found is None and "." in name:
            head, _, rest = name.partition(".")
            root = find(self.unit.named(head, mode))
            if root is not None:
                found = find(f"{root.key}.{rest}") or find(f"{root.key}#{root.name}.{rest}")
        if found is None:
            found = self.module.schema.of_any_version(plain)
        if found is None:
            self.unknown(
                part,
                f"unknown type {name}; add its StructureDefinition to the folder of the maps",
                f"Type inconnu : {name} ; ajoutez sa StructureDefinition au dossier des cartes",
            )
        return found

    def path(self, text: str, part: object, names: Names, focus: Var | None = None) -> str:
        """Python for a FHIRPath text, a list; records what is wrong with it."""
        return self._written(PathCompiler.emit, text, part, names, focus) or "[]"

    def condition(self, text: str, part: object, names: Names, focus: Var | None = None) -> str:
        """Python for a criterion, a condition; records what is wrong with it."""
        return self._written(PathCompiler.condition, text, part, names, focus) or "False"

    def _written(
        self,
        write: Callable[[PathCompiler, paths.Node, Focus | None], str],
        text: str,
        part: object,
        names: Names,
        focus: Var | None,
    ) -> str:
        centre = None
        if focus is not None:
            typed = focus.type
            known = frozenset(typed.elements) if typed is not None and not typed.open else None
            centre = Focus(focus.expr, known=known, kinds=(typed.key,) if typed is not None else ())
        try:
            scope = self._scope(text, part, readable(names))
            return write(PathCompiler(scope), paths.parse(text), centre)
        except Wrong as wrong:
            self.wrong(
                part,
                f"{wrong.en} (in: {text[:80]})",
                f"{wrong.fr} (dans : {text[:80]})",
                FHIRPATH,
            )
            return ""

    def kind(self, text: str, part: object, names: Names) -> Type | None:
        """The type of all items an expression gives; None when nobody can say."""
        try:
            scope = self._scope(text, part, readable(names))
            kinds = PathCompiler(scope).apart(paths.parse(text), None).kinds
        except Wrong:  # path() has said so
            return None
        return self.module.schema.type(code_key(kinds[0])) if len(kinds) == 1 else None

    def _scope(self, text: str, part: object, names: Names) -> Scope:
        variables = {name: var.held() for name, var in names.items()}
        hidden = {k: v for k, v in self._constants().items() if k not in variables}
        specials = {"resource": "[R.source]", "context": "[R.source]", "rootResource": "[R.source]"}
        kinds = {name: (var.type.key,) for name, var in names.items() if var.type is not None}
        return Scope(
            variables,
            {**specials, **hidden},
            self.module.hoist,
            self.module.schema,
            kinds,
            {name for name, var in names.items() if var.mode == "source" and not var.maybe},
            doubt=lambda en, fr: self.warn(part, f"{en} (in: {text[:80]})", f"{fr} ({text[:80]})"),
        )

    def _constants(self) -> dict[str, str]:
        return {
            str(constant["name"]): f"R.constant({id(constant)}, lambda: {self._let(constant)})"
            for constant in self.unit.parsed.resource.get("const", ())
        }

    def _let(self, constant: Resource) -> str:
        key = f"let_{id(constant)}"
        if key not in self.module.objects:
            self.module.objects[key] = None
            before, indent, self.indent = len(self.lines), self.indent, 1
            body = self.path(str(constant["value"]), constant, {})
            wrong, self.lines = self.lines[before:], self.lines[:before]
            self.indent = indent
            self.module.lines += [f"def {key}(R):", *wrong, f"    return {body}", ""]
        return f"{key}(R)"


def namespace() -> dict[str, Any]:
    """What generated code may name."""
    safe = {
        "len": len,
        "list": list,
        "str": str,
        "int": int,
        "abs": abs,
        "dict": dict,
        "all": all,
        "range": range,
        "type": type,
    }
    return {
        **runtime.names(),
        "__builtins__": safe,
        "G": reading,
        "O": oids,
        "P": placing,
        "T": transforms,
        "Y": dates,
    }
