"""StructureMap, schema and library to one Python module: a function for each group and the
types it is called with. Only source written by this package is ever executed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub.mapping.charge import uncounted
from hub.mapping.declared import declarations
from hub.mapping.emit import Module, Place, Resource, Tables, Unit, namespace, no_table, reached
from hub.mapping.findings import RULES, MapError
from hub.mapping.names import Names, Var, bind
from hub.mapping.review import review
from hub.mapping.schema import Schema
from hub.mapping.settle import unlooked
from hub.mapping.types import Type, tail
from hub.mapping.write_rules import RuleWriter

_DEEPEST_EXTENDS = 20
_FILE = "<map "  #: begins the file name of generated code
_MARK = "# rule "


@dataclass(frozen=True, slots=True)
class Compiled:
    """A map ready to run."""

    source: str  #: the generated Python
    function: Callable[..., Any] | None
    inputs: Sequence[tuple[str, Type | None]]  #: (mode, type) of the first group's parameters
    places: Sequence[Place]
    errors: Sequence[MapError]
    warnings: Sequence[MapError] = ()
    mutates: bool = False  #: the source is copied first, so that the caller's stays as it is
    settled: bool = False  #: the target is in order, unless the run says it is rough
    takes: str = ""  #: the type of resource the source has to be, "" for any

    def place(self, error: BaseException) -> Place | None:
        """The rule whose Python failed: `# rule n` above the line where it did."""
        lines, trace = [], error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename.startswith(_FILE):
                lines.append(trace.tb_lineno)
            trace = trace.tb_next
        for line in reversed(lines):  # a constant has no rule of its own: then that which uses it
            for text in reversed(self.source.splitlines()[:line]):
                _, marked, number = text.partition(_MARK)
                if marked and number.isdigit():
                    return self.places[int(number)]
                if text.startswith("def "):
                    break
        return None


class MapCompiler:
    """Compiles the first group of a map and every group it reaches."""

    writer: type[RuleWriter] = RuleWriter  #: writes a group; the traced variant has its own
    counts = False  #: does every group count its calls, needed or not?

    def __init__(
        self, schema: Schema, unit: Unit, lenient: bool = False, tables: Tables = no_table
    ) -> None:
        self.module, self.unit = Module(schema, lenient, tables), unit
        self._names: dict[tuple[Any, ...], str] = {}
        self._waiting: list[tuple[str, Unit, Resource, Sequence[Var]]] = []
        self._reached: set[int] = set()
        self._doors = (self._call, self._find, self._default)

    def compile(self, everything: bool = False) -> Compiled:
        """The module; with `everything`, groups nobody calls are compiled too, to check them."""
        groups = self.unit.parsed.resource.get("group", ())
        inputs: list[tuple[str, Type | None]] = []
        entry = ""
        if groups:
            parameters = [
                replace(v, path=v.type.name if v.type is not None and v.path else v.path)
                for v in self._parameters(self.unit, groups[0])
            ]
            inputs = [(v.mode, v.type) for v in parameters]
            entry = self._call(self.unit, groups[0], parameters)
            self._drain()
        called: set[int] = set()
        rest = sorted(groups, key=lambda g: not g.get("typeMode")) if everything else ()
        for group in rest:
            if not group.get("typeMode") and not called:
                called = set(self._reached)  # what default groups reach, importers reach
            if id(group) not in self._reached and group.get("input"):
                self._call(self.unit, group, self._parameters(self.unit, group))
                self._drain()
        if everything:
            declarations(self.module, self.unit)
            review(
                self.module, self.unit, self._pair, self._find, lambda group: id(group) in called
            )
        if not self.counts:
            self.module.lines = uncounted(self.module.lines, self.module.calls)
        settled = self.module.ledger.settled(entry, inputs)
        if not settled:
            self.module.lines = unlooked(self.module.lines)
        source = self.module.source()
        if self.module.errors or not entry:
            return self._compiled(source, None, inputs, False)
        space = {**namespace(), **{k: v for k, v in self.module.objects.items() if v is not None}}
        name = str(self.unit.parsed.resource.get("name", "map"))
        exec(compile(source, f"{_FILE}{name}>", "exec"), space)  # noqa: S102 - our own source  # nosec B102
        return self._compiled(source, space[entry], inputs, settled)

    def _compiled(
        self, source: str, function: Any, inputs: Sequence[tuple[str, Type | None]], settled: bool
    ) -> Compiled:
        module = self.module
        typed = next((t for mode, t in inputs if mode == "source"), None)
        closed = typed is not None and typed.kind == "resource" and not typed.open
        return Compiled(
            source,
            function,
            inputs,
            module.places,
            module.errors,
            module.warnings,
            module.mutates,
            settled,
            typed.name if typed is not None and closed else "",
        )

    def _drain(self) -> None:
        while self._waiting:
            name, unit, group, arguments = self._waiting.pop()
            self._write(name, unit, group, arguments)

    def _parameters(self, unit: Unit, group: Resource) -> list[Var]:
        writer = RuleWriter(self.module, unit, group, self._doors)
        made: list[Var] = []
        for given in self._inputs(unit, group):
            name = given.get("type")
            typed = writer.type(str(name), group, given["mode"]) if name else None
            path = str(given["name"]) if given["mode"] == "source" else ""
            made.append(Var("", typed, str(given["mode"]), path))
        return made

    def _inputs(self, unit: Unit, group: Resource) -> list[Resource]:
        """A group's inputs; a type left out is that of the group it extends."""
        inputs = [dict(given) for given in group.get("input", ())]
        for of, base in self._bases(unit, group):
            types = {g["name"]: str(g.get("type", "")) for g in base.get("input", ())}
            for given in inputs:
                name = types.get(given["name"])
                if not given.get("type") and name:
                    given["type"] = of.named(name, given["mode"])
        return inputs

    def _bases(
        self, unit: Unit, group: Resource, lines: list[str] | None = None
    ) -> list[tuple[Unit, Resource]]:
        """The groups a group extends, nearest first; `lines` get the refusal of a missing one."""
        found: list[tuple[Unit, Resource]] = []
        while group.get("extends"):
            named = self._find(unit, str(group["extends"]))
            named = [n for n in named if n[1] is not group]
            if len(found) > _DEEPEST_EXTENDS:
                self._endless(unit, group)
                break
            if len(named) != 1:
                writer = RuleWriter(self.module, unit, group, self._doors)
                writer.mark(group)
                if named or not writer.astray():
                    writer.wrong(
                        group,
                        f"cannot extend {group['extends']}: no such group, or two of it",
                        f"Impossible d’étendre {group['extends']} : groupe absent ou en double",
                    )
                if lines is not None and not unit.lost:
                    lines += writer.lines
                break
            unit, group = named[0]
            found.append(named[0])
        return found

    def _endless(self, unit: Unit, group: Resource) -> None:
        """Groups that extend each other: nobody can run them, leniently or not."""
        parsed, name = unit.parsed, str(group["name"])
        made = MapError(
            *parsed.place(group),
            f"{name} extends itself through other groups; cut the circle",
            name,
            RULES,
            f"{name} s’étend lui-même à travers d’autres groupes : rompez le cercle",
            parsed.file,
        )
        if made not in self.module.errors:
            self.module.errors.append(made)

    def _call(self, unit: Unit, group: Resource, arguments: Sequence[Var]) -> str:
        """The Python function for a group and these types of arguments."""
        declared = self._parameters(unit, group)
        merged = [self._merge(d, a) for d, a in zip(declared, arguments, strict=True)]
        forms = tuple((v.type.key if v.type else "", v.leaf, bool(v.beside)) for v in merged)
        key = (id(group), *forms)
        if key not in self._names:
            self._names[key] = self.module.fresh("group_" + str(group["name"]))
            self._reached.add(id(group))
            self._waiting.append((self._names[key], unit, group, merged))
        return self._names[key]

    @staticmethod
    def _merge(declared: Var, given: Var) -> Var:
        typed = given.type
        if typed is None or typed.open or given.tag:
            typed = declared.type or typed
        path = given.path or declared.path
        return Var("", typed, declared.mode, path, leaf=given.leaf, beside=given.beside)

    def _write(self, name: str, unit: Unit, group: Resource, arguments: Sequence[Var]) -> None:
        writer = self.writer(self.module, unit, group, self._doors)
        writer.function = name
        names: Names = {}
        locals_: list[str] = []
        inputs = zip(group.get("input", ()), arguments, strict=True)
        for position, (given, var) in enumerate(inputs):
            local = self.module.fresh(str(given["name"]))
            if var.mode == "target" and not var.leaf:
                self.module.ledger.parameter(name, position, local, var.type)
            known = Var(local, var.type, var.mode, var.path, leaf=var.leaf)
            locals_.append(local)
            if var.beside:
                known = replace(known, beside=f"{local}_x", maybe=True)
                locals_.append(known.beside)
            names = bind(names, str(given["name"]), known)
        writer.line("R.enter()")
        for base_unit, base in reversed(self._bases(unit, group, writer.lines)):
            inner = self.writer(self.module, base_unit, base, self._doors)
            inner.function = name
            inner.rules(base.get("rule", ()), names)
            writer.lines += inner.lines
        writer.rules(group.get("rule", ()), names)
        writer.line("R.depth -= 1")
        if len(writer.lines) == 2:  # a group without rules, that nobody may count
            writer.line("pass")
        self.module.lines += [f"def {name}({', '.join(['R', *locals_])}):", *writer.lines, ""]

    def _find(self, unit: Unit, name: str) -> list[tuple[Unit, Resource]]:
        """Groups of a name: the map's own first, then those of everything it imports."""
        own = unit.groups.get(name)
        if own is not None:
            return [(unit, own)]
        return [(u, u.groups[name]) for u in reached(unit) if name in u.groups]

    def _default(
        self, unit: Unit, source: Type, target: Type | None
    ) -> list[tuple[Unit, Resource]]:
        """The `<<types>>` or `<<type+>>` groups for a pair of types; own ones before imported.

        For an open target (no type, a choice, Resource) the source's type alone decides.
        """
        for candidates in ([unit], reached(unit)):
            groups = [(u, g) for u in candidates for g in u.groups.values() if g.get("typeMode")]
            pairs = [(self._pair(u, g), (u, g)) for u, g in groups]
            for plain in (str, tail):  # maps of two versions seldom name them in every group
                if target is not None and not target.open:
                    wanted = (plain(source.key), plain(target.key))
                    found = [place for pair, place in pairs if tuple(map(plain, pair)) == wanted]
                else:
                    found = [
                        place
                        for pair, place in pairs
                        if pair
                        and plain(pair[0]) == plain(source.key)
                        and place[1]["typeMode"] == "type-and-types"
                    ]
                if found:
                    return found
        return []

    def _pair(self, unit: Unit, group: Resource) -> tuple[str, ...]:
        types = []
        for given in group.get("input", ()):
            name = str(given.get("type", ""))
            found = self.module.schema.type(unit.named(name, given["mode"]))
            types.append(found.key if found is not None else name)
        return tuple(types)
