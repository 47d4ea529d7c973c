"""The sources of a rule as Python loops and conditions.

The order is that of the reference engine: children, default, type, where, check, log, list mode.
Source: https://hl7.org/fhir/R5/mapping-language.html#rules
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hub.mapping.emit import Resource
from hub.mapping.names import Names, Var, bind
from hub.mapping.types import Element, Type, tail
from hub.mapping.write_single import SingleWriter

ONE_ITEM = ("first", "last", "only_one")  #: list modes that leave one item at most
_BESIDE = ("extension", "id")  #: what a primitive has beside its value


class SourceWriter(SingleWriter):
    """Opens one block of Python for each source of a rule."""

    def source(self, source: Resource, names: Names) -> tuple[Names, bool]:
        """Bind a source's variable; gives the names visible from here, and if it loops."""
        context = self._context(source, names)
        if context is None:
            return names, False
        if context.maybe and (not context.beside or _looks(source)):
            self.line(f"if {context.expr} is not None:")
            self.indent += 1
            context = replace(context, maybe=False)
        whole = str(source.get("element", "")).removesuffix("[x]")
        steps = [s for s in whole.split(".") if s] or [""]
        if "element" in source and "`" not in whole:
            known = context.type.find(whole) if context.type is not None else None
            steps = [whole] if known else steps
        kept = self.keeping
        for step, following in pairwise(steps):
            self.keeping = following in _BESIDE
            context, _ = self._children(context, step, {}, source, names)
        self.keeping = kept
        variable, looped = self._children(context, steps[-1], source, source, names)
        if source.get("variable"):
            names = bind(names, str(source["variable"]), variable)
        return names, looped

    def _context(self, source: Resource, names: Names) -> Var | None:
        name = str(source.get("context", ""))
        if name in names:
            return names[name]
        for constant in self.unit.parsed.resource.get("const", ()):
            if constant["name"] != name:
                continue
            local = self.module.fresh(name)
            self.line(f"{local} = {self._constants()[name]}")
            self.line(f"{local} = {local}[0] if {local} else None")
            known = self.kind(str(constant["value"]), constant, {})
            return Var(local, known, mode="value", maybe=True)
        self.wrong(
            source,
            f"unknown variable {name}",
            f"Variable inconnue : {name} ; déclarez-la dans le groupe ou par « as »",
        )
        return None

    def _children(
        self, context: Var, name: str, clauses: Resource, part: Resource, names: Names
    ) -> tuple[Var, bool]:
        if not name:
            return self._itself(context, clauses, part, names), False
        local = self.module.fresh(str(clauses.get("variable", name)))
        self.around = context
        if name in _BESIDE and (context.beside or (context.type and context.type.primitive)):
            known = self.module.schema.type("Element")
            context = Var(f"({context.beside or None} or {{}})", known, path=context.path)
        path = f"{context.path}.{name}" if context.path else name
        element, chosen = self._element(context, name, part)
        wanted = self.type(str(clauses["type"]), part) if clauses.get("type") else None
        if element is not None and element.choice and chosen is None:
            return self._choice(context, element, wanted, local, path, clauses, part, names)
        typed = self._type_of(element, chosen, context)
        self.filtered(part, name, typed, wanted)
        key = self._key(element, chosen, name)
        binding = element.binding if element is not None else ""
        variable = Var(local, wanted or typed, path=path, binding=binding)
        test = self._type_test(typed, wanted)
        certain = context.type is None or not context.type.open or bool(context.beside)
        single = element is not None and not element.many and certain
        if self._keeps(context, typed, clauses) and not test:
            return self._kept(variable, context, key, not single, clauses, part, names)
        if (
            single
            and not self._needs_list(clauses)
            and not (
                typed
                and typed.primitive
                and name == "value"
                and context.type is not None
                and context.type.primitive
            )
        ):
            self.line(f"{local} = {context.expr}.get({key!r})")
            self.line(
                f"if {local} is not None:"
                if not test
                else f"if {local} is not None and {test.format(local)}:"
            )
            self.indent += 1
            self._conditions(variable, clauses, part, names)
            return variable, False
        reader = "R.listed" if element is not None and element.many else "G.items"
        if reader == "R.listed" and not test and _only_first(clauses):
            return self._first(variable, context, key, clauses, part, names)
        items = f"{reader}({context.expr}, {key!r})"
        if reader == "R.listed" and not test and _only_first(clauses, "condition"):
            return self._first_fitting(variable, items, clauses, part, names)
        self._loop(variable, local, items, test.format(local), clauses, part, names)
        return variable, clauses.get("listMode") not in ONE_ITEM

    def _itself(self, context: Var, clauses: Resource, part: Resource, names: Names) -> Var:
        """A source without element: the rule runs once, on the context."""
        variable, self.around = context, None
        if clauses.get("type"):
            wanted = self.type(str(clauses["type"]), part)
            if wanted is not None:
                test = self._type_test(context.type, wanted)
                if test:
                    self.line(f"if {test.format(context.expr)}:")
                    self.indent += 1
                variable = replace(context, type=wanted)
        self._conditions(variable, clauses, part, names)
        return variable

    def _element(self, context: Var, name: str, part: object) -> tuple[Element | None, str | None]:
        known = context.type
        found = known.find(name) if known is not None else None
        if found is not None or known is None or known.open:
            return found or (None, None)
        later = self.module.schema.elsewhere(known.key, name)
        if later is not None:
            self.warn(
                part,
                f"{known.name}.{name} is not in R4; it is taken from another FHIR version",
                f"{known.name}.{name} n’est pas dans R4 : sa définition vient d’une autre version",
            )
            return later
        plain = known.primitive and name in ("value", "id", "extension")
        if not plain and name != "resourceType":
            (self.warn if known.loose else self.unknown)(
                part,
                f"{known.name} has no element {name}",
                f"{known.name} n’a pas d’élément {name} ; vérifiez son nom dans la définition",
            )
        return None, None

    def _type_of(self, element: Element | None, chosen: str | None, context: Var) -> Type | None:
        if element is None:
            return context.type if context.type is not None and context.type.primitive else None
        keys = [chosen] if chosen else list(element.types)
        return self.module.schema.type(keys[0]) if len(keys) == 1 else None

    @staticmethod
    def _key(element: Element | None, chosen: str | None, name: str) -> str:
        return element.name if element is not None and chosen is None else name

    def _choice(
        self,
        context: Var,
        element: Element,
        wanted: Type | None,
        local: str,
        path: str,
        clauses: Resource,
        part: Resource,
        names: Names,
    ) -> tuple[Var, bool]:
        owner = context.type
        keys = owner.keys(element) if owner is not None else []
        if wanted is not None:
            narrow = [(key, kind) for key, kind in keys if tail(kind) == tail(wanted.key)]
            keys = narrow or [
                (key, kind)
                for key, kind in keys
                if self.module.schema.is_a(self.module.schema.type(kind), wanted)
            ]
        if not keys and wanted is not None and owner is not None:
            self.filtered(part, element.name, self.module.schema.type(element.types[0]), wanted)
        only = self.module.schema.type(keys[0][1]) if len(keys) == 1 else None
        kinds = tuple(kind for _, kind in keys)
        kept = self._keeps_form(context, kinds, clauses)
        whole = owner is not None and not (owner.primitive or owner.open or context.maybe)
        if len(keys) == 1 and whole and not (element.many or self._needs_list(clauses)):
            tag = self.module.hoist(repr(tail(keys[0][1])))
            variable = Var(local, wanted or only, path=path, tag=tag, kinds=kinds)
            if kept:
                beside = f"{context.expr}.get({'_' + keys[0][0]!r})"
                variable = replace(variable, beside=beside, maybe=True)
            return self._only_form(variable, context, element, keys[0][0], clauses, part, names)
        tag = f"{local}_t"
        constant = self.module.hoist(repr(tuple((key, tail(kind)) for key, kind in keys)))
        items = f"G.choices({context.expr}, {element.name!r}, {constant})"
        variable = Var(local, wanted or only, path=path, tag=tag, kinds=kinds)
        if kept:
            variable = replace(variable, beside=f"{local}_x", maybe=True)
            items = items.replace("G.choices", "G.forms", 1)
            self._loop(variable, f"{tag}, {local}, {local}_x", items, "", clauses, part, names)
            return variable, True
        self._loop(variable, f"{tag}, {local}", items, "", clauses, part, names)
        return variable, True

    def _loop(
        self,
        variable: Var,
        header: str,
        items: str,
        test: str,
        clauses: Resource,
        part: Resource,
        names: Names,
    ) -> None:
        counted = items.startswith("R.listed(")
        if not self._needs_list(clauses):
            self.line(f"for {header} in {items}:")
            self.indent += 1
            if not counted:
                self.line("R.spend(1)")
            if test:
                self.line(f"if {test}:")
                self.indent += 1
            self._conditions(variable, clauses, part, names)
            return
        listed = f"{variable.expr}_all"
        self.line(f"{listed} = {items}")
        if not counted:
            self.line(f"R.spend(len({listed}))")
        self._counted(listed, clauses, part)
        if "defaultValue" in clauses:
            value = self.path(str(clauses["defaultValue"]), part, names)
            self.defaulted(part, str(clauses["defaultValue"]), variable.type, names)
            self.line(f"if not {listed}:")
            self.line(f"    {listed} = {self._tagged(value) if ',' in header else value}")
        tests = [test] if test else []
        bound = self._bind(variable, clauses, names)
        if "condition" in clauses:
            tests.append(self.condition(str(clauses["condition"]), part, bound, variable))
        if tests:
            self.line(f"{listed} = [({header}) for {header} in {listed} if {' and '.join(tests)}]")
        self._checked(variable, header, clauses, part, names)
        if clauses.get("listMode"):
            self.line(f"{listed} = G.pick({listed}, {str(clauses['listMode'])!r})")
        self.line(f"for {header} in {listed}:")
        self.indent += 1

    def _counted(self, listed: str, clauses: Resource, part: Resource) -> None:
        """The `min..max` of a source."""
        if "min" in clauses or "max" in clauses:
            least, most = int(clauses.get("min", 0)), str(clauses.get("max", "*"))
            if most.isdigit() and int(most) < least:
                self.wrong(
                    part,
                    f"{least}..{most} lets nothing pass",
                    f"{least}..{most} ne laisse rien passer : le minimum dépasse le maximum",
                )
            self.line(f"G.cardinality({listed}, {least}, {most!r})")

    def _checked(
        self, variable: Var, header: str, clauses: Resource, part: Resource, names: Names
    ) -> None:
        """The `check` and `log` of a source whose items are all known before the first is used."""
        if "check" in clauses or "logMessage" in clauses:
            self.line(f"for {header} in {variable.expr}_all:")
            self.indent += 1
            rest = {k: v for k, v in clauses.items() if k != "condition"}
            self._conditions(variable, rest, part, names)
            self.line("pass")
            self.indent -= 1

    @staticmethod
    def _tagged(value: str) -> str:
        return f'[("", item) for item in {value}]'


def _looks(source: Resource) -> bool:
    """Does a source without element ask something of its context's value?"""
    asked = {"type", "condition", "check", "logMessage"} & source.keys()
    return not source.get("element") and bool(asked)


def _only_first(clauses: Resource, passed: str = "") -> bool:
    """`first`, and nothing else that the items must pass before."""
    others = {"defaultValue", "min", "max", "condition", "check", "logMessage"}
    given = others & clauses.keys()
    return clauses.get("listMode") == "first" and given == ({passed} if passed else set())
