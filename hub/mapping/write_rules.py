"""Rules, their nested rules and the groups they call, as Python.

Source: https://hl7.org/fhir/R5/mapping-language.html#rules
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from hub.mapping.emit import Module, Resource, Unit, reached
from hub.mapping.names import Names, Var, bind, written_to
from hub.mapping.types import Type, tail
from hub.mapping.write_beside import Find, looked_at, wants, written_into
from hub.mapping.write_targets import TargetWriter

_DEEP = 8  #: Python allows 20 nested blocks; a deeper rule becomes a function of its own

Call = Callable[[Unit, Resource, Sequence[Var]], str]
Default = Callable[[Unit, Type, Type | None], list[tuple[Unit, Resource]]]


class RuleWriter(TargetWriter):
    """Writes the body of one group."""

    def __init__(
        self,
        module: Module,
        unit: Unit,
        group: Resource,
        doors: tuple[Call, Find, Default],
    ) -> None:
        super().__init__(module, unit, group)
        self._call, self._find, self._default = doors

    def rules(self, rules: Sequence[Resource], names: Names, around: str = "") -> None:
        """Rules of one level, in the order of the text; they see what those around them share."""
        shared = around
        if any("share" in t.get("listMode", ()) for r in rules for t in r.get("target", ())):
            shared = self.module.fresh("shared")
            self.line(f"{shared} = dict({around})")
        for rule in rules:
            self._rule(rule, names, shared)

    def _rule(self, rule: Resource, names: Names, shared: str) -> None:
        outer, outer_name, outer_place = self.indent, self.rule_name, self.place
        if self.indent > _DEEP:
            local = self.module.fresh("rule")
            self.line(f"def {local}():")
            lines, self.lines = self.lines, []
            self.indent = 1
            self._body(rule, names, shared)
            lines += ["    " * outer + line for line in self.lines]
            self.lines, self.indent = lines, outer
            self.line(f"{local}()")
        else:
            self._body(rule, names, shared)
        self.indent, self.rule_name, self.place = outer, outer_name, outer_place

    def _body(self, rule: Resource, names: Names, shared: str) -> None:
        first = rule["source"][0]
        self.rule_name = str(rule.get("name") or first.get("element") or "")
        self.mark(rule)
        self.line(f"# rule {self.place}")
        self.rule = rule
        self.keeping = looked_at(rule, names, self._find, self.unit)
        around, made = self.loops, self.made
        self.made = []
        if not self._identity(rule, names):
            self._statements(rule, names, shared)
        for each in self.made:
            self.line(f"if not ({each} and all({each}.values())): R.look({each})")
        self.loops, self.made = around, made

    def _statements(self, rule: Resource, names: Names, shared: str) -> None:
        for source in rule["source"]:
            names, looped = self.source(source, names)
            if looped:
                self.loops = (*self.loops, self.module.fresh("loop"))
        for target in rule.get("target", ()):
            names = self.target(target, names, shared)
        for dependent in rule.get("dependent", ()):
            self._dependent(dependent, names)
        self.rules(rule.get("rule", ()), names, shared)
        self.line("pass")

    def _dependent(self, dependent: Resource, names: Names) -> None:
        name = str(dependent["name"])
        found = self._find(self.unit, name)
        if not found and self.astray():
            return
        if len(found) != 1:
            en = f"unknown group {name}" if not found else f"{len(found)} groups are called {name}"
            fr = f"Groupe inconnu : {name}" if not found else f"Plusieurs groupes {name}"
            lost = ", ".join(self.unit.lost) if not found else ""
            en += f"; no map here matches imports {lost}" if lost else ""
            fr += f" ; aucune carte ne répond à imports {lost}" if lost else ""
            self.wrong(dependent, en, f"{fr} ; importez ou renommez-le")
            return
        unit, group = found[0]
        given = list(dependent.get("parameter") or ())
        inputs = group.get("input", ())
        if len(given) != len(inputs):
            self.wrong(
                dependent,
                f"{name} takes {len(inputs)} parameters, not {len(given)}",
                f"{name} prend {len(inputs)} paramètre(s), et non {len(given)}",
            )
            return
        modes = [str(i.get("mode")) for i in inputs]
        arguments = [
            self._argument(p, mode, dependent, names) for p, mode in zip(given, modes, strict=True)
        ]
        known = [a for a in arguments if a is not None]
        if len(known) == len(given):
            self._invoke(unit, group, known)

    def _invoke(self, unit: Unit, group: Resource, arguments: Sequence[Var]) -> None:
        arguments = [
            a if a.beside and wants(unit, group, n, self._find) else replace(a, beside="")
            for n, a in enumerate(arguments)
        ]
        function = self._call(unit, group, arguments)
        self.module.calls.setdefault(self.function, []).append(function)
        tests = [f"{a.expr} is not None" for a in arguments if a.maybe and not a.beside]
        given = [part for a in arguments for part in (a.expr, a.beside) if part]
        call = f"{function}(R, {', '.join(given)})"
        self.line(f"if {' and '.join(tests)}: {call}" if tests else call)
        targets = [(n, a.expr) for n, a in enumerate(arguments) if a.mode == "target"]
        twice = len({expr for _, expr in targets}) < len(targets)
        passed = [self.module.ledger.passed(e, function, n, self.loops) for n, e in targets]
        self.rough(known=all(passed) and not twice)

    def _argument(self, parameter: Resource, mode: str, part: Resource, names: Names) -> Var | None:
        name = str(parameter.get("valueId", ""))
        if name in names and mode == "target" and written_to(names, name) is None:
            self.wrong(
                part,
                f"{name} is a source; the group writes into this parameter: give a target",
                f"{name} est une source, or le groupe écrit dans ce paramètre : donnez une cible",
            )
            return None
        if name in names:
            return (written_to(names, name) if mode == "target" else None) or names[name]
        value = self._parameter(parameter, part, names)
        if value is None:
            return None
        return Var(value.expr, value.type, "value", maybe=value.maybe)

    def _identity(self, rule: Resource, names: Names) -> bool:
        """`src.a -> tgt.b`: the default group for these types, else a copy."""
        targets = rule.get("target", ())
        if len(rule["source"]) != 1 or len(targets) != 1 or rule.get("dependent"):
            return False
        source, target = rule["source"][0], targets[0]
        plain = target.get("transform") == "create" and not target.get("parameter")
        if rule.get("rule") or not plain or not source.get("variable") or "context" not in target:
            return False
        inside, looped = self.source(source, names)
        if looped:
            self.loops = (*self.loops, self.module.fresh("loop"))
        variable = inside.get(str(source["variable"]))
        owner = written_to(names, str(target["context"]))
        if variable is None or owner is None:
            self.target(target, names, "")  # says that it is unknown
            return True
        self.line(f"# rule {self.place}")
        if _any_resource(variable.type) and _any_resource(self._wanted(target, owner)):
            variable = self._among_resources(source, variable)
        if not variable.kinds or not self._copy_choice(source, target, variable, owner, inside):
            self._copy_by_default(source, target, variable, owner, inside)
        self.line("pass")
        return True

    def _among_resources(self, source: Resource, variable: Var) -> Var:
        """`src.resource -> tgt.resource`: the resources that have a default group of their own."""
        kinds: list[str] = []
        for unit in () if source.get("type") else (self.unit, *reached(self.unit)):
            for group in unit.groups.values():
                if group.get("typeMode") == "type-and-types":
                    name = str(group["input"][0].get("type", ""))
                    made = self.module.schema.type(unit.named(name))
                    if made is not None and made.kind == "resource" and not made.abstract:
                        kinds.append(made.key)
        tag = f"{variable.expr}.get('resourceType')"
        return replace(variable, tag=tag, kinds=tuple(dict.fromkeys(kinds)))

    def _copy_choice(
        self, source: Resource, target: Resource, variable: Var, owner: Var, names: Names
    ) -> bool:
        """A choice: the default group of the type each value has; False when none has one."""
        wanted = self._wanted(target, owner)
        kinds = [(kind, self.module.schema.type(kind)) for kind in variable.kinds]
        fitting = [k for k, t in kinds if t is not None and self._default(self.unit, t, wanted)]
        if not fitting or (len(kinds) < 2 and not _any_resource(variable.type)):
            return False
        word = "if"
        for kind, typed in kinds:
            if kind not in fitting:
                continue
            self.line(f"{word} {variable.tag} == {tail(kind)!r}:")
            self.indent += 1
            plain = typed is None or not typed.primitive
            known = replace(variable, type=typed, tag="", kinds=())
            known = replace(known, beside="", maybe=False) if plain else known
            inner = bind(names, str(source["variable"]), known)
            self._copy_by_default(source, target, known, owner, inner)
            self.line("pass")
            self.indent -= 1
            word = "elif"
        self.line("else:")
        self.indent += 1
        self._plain_copy(source, target, names)
        self.line("pass")
        self.indent -= 1
        return True

    def _wanted(self, target: Resource, owner: Var) -> Type | None:
        """The type of the element a target names, None when several or none are possible."""
        if "element" not in target or owner.type is None or owner.leaf:
            return None
        found = owner.type.find(str(target["element"]))
        found = found or self.module.schema.elsewhere(owner.type.key, str(target["element"]))
        return self._type_of(found[0], found[1], owner) if found is not None else None

    def _plain_copy(self, source: Resource, target: Resource, names: Names) -> None:
        copied = {**target, "transform": "copy", "parameter": [{"valueId": source["variable"]}]}
        self.target(copied, names, "")

    def _copy_by_default(
        self, source: Resource, target: Resource, variable: Var, owner: Var, names: Names
    ) -> None:
        wanted = self._wanted(target, owner)
        known = variable.type
        groups = self._default(self.unit, known, wanted) if known is not None else []
        if len(groups) > 1:
            groups = self._same_type(groups, known) or groups
        if len(groups) > 1:
            fitting = ", ".join(str(group["name"]) for _, group in groups)
            self.wrong(
                source,
                f"several default groups fit: {fitting}",
                f"Plusieurs groupes par défaut conviennent : {fitting} ; n’en gardez qu’un",
            )
        if not groups or (_any_resource(known) and _any_resource(wanted)):
            # a group for Resource would drop what the resource is
            self._plain_copy(source, target, names)
            return
        unit, group = groups[0]
        created = {**target, "variable": "made"}
        if wanted is None or wanted.open:
            created["parameter"] = [{"valueString": self._target_type(unit, group)}]
        made = written_to(self.target(created, names, ""), "made")
        if made is not None:
            self._invoke(unit, group, [variable, made])

    def _same_type(
        self, groups: list[tuple[Unit, Resource]], known: Type | None
    ) -> list[tuple[Unit, Resource]]:
        """Of several groups for an open target the one that keeps the type: uri to uri."""
        name = known.name if known is not None else ""
        made = [(g, self.module.schema.type(self._target_type(*g))) for g in groups]
        return [group for group, typed in made if typed is not None and typed.name == name]

    def added_to(self, variable: str) -> bool:
        """Do the rules below the present one write into what this variable holds?"""
        return written_into(self.rule or {}, variable, self._find, self.unit)

    def hints(self, target: Resource) -> list[str]:
        """The type that a group called with it wants; then the type filters of the sources."""
        rule, variable = self.rule or {}, str(target.get("variable", ""))
        keys = []
        for dependent in rule.get("dependent", ()) if variable else ():
            given = [parameter.get("valueId") for parameter in dependent.get("parameter") or ()]
            for unit, group in self._find(self.unit, str(dependent["name"]))[:1]:
                wanted = [
                    unit.named(str(i.get("type", "")), i.get("mode"))
                    for i in group.get("input", ())
                ]
                keys += [w for v, w in zip(given, wanted, strict=False) if v == variable]
        filters = [str(source.get("type", "")) for source in rule.get("source", ())]
        keys += [self.unit.named(name) for name in filters]
        made = [self.module.schema.type(key) for key in keys if key]
        return [typed.name for typed in made if typed is not None]

    @staticmethod
    def _target_type(unit: Unit, group: Resource) -> str:
        """The declared type of a group's target, as a key of the schema."""
        name = next(str(i.get("type", "")) for i in group["input"] if i["mode"] == "target")
        return unit.named(name, "target")


def _any_resource(typed: Type | None) -> bool:
    """Does it stand for resources of which only the run knows the type?"""
    return typed is not None and typed.name in ("Resource", "DomainResource")
