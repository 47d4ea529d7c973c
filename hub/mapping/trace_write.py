"""The traced variant of a map: the same Python with calls that tell `R` what happens.

Only the classes here know of tracing: what a map compiles to without them stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.mapping.compile import MapCompiler
from hub.mapping.emit import Resource, Unit
from hub.mapping.fhirpath import parse as paths
from hub.mapping.findings import Wrong
from hub.mapping.names import Names, Var, written_to
from hub.mapping.write_parameters import Value
from hub.mapping.write_rules import RuleWriter


class TracedRules(RuleWriter):
    """Writes the rules of a group, and around each statement what traces it."""

    _received = False
    _told = ""  #: the local whose binding was told last
    _met = ""  #: the local of the source being written, when that is an expression
    _inside: tuple[Var, str] | None = None  #: where the source being written comes from
    _came: dict[str, tuple[Var, str]]  #: the same for every local of this group

    def rules(self, rules: Sequence[Resource], names: Names, around: str = "") -> None:
        """Rules of one level; before the first, the group's parameters."""
        if not self._received:
            self._received, self._came = True, {}
            locals_ = ", ".join(repr(v.expr) for v in names.values())
            self.line(f"R.receive({locals_})")
        super().rules(rules, names, around)

    def _children(
        self, context: Var, name: str, clauses: Resource, part: Resource, names: Names
    ) -> tuple[Var, bool]:
        outer, self._inside = self._inside, (context, name)
        self._told = ""
        variable, looped = super()._children(context, name, clauses, part, names)
        self._inside = outer
        if self._told != variable.expr or self._needs_list(clauses):
            self._tell_bound(variable, (context, name))
        return variable, looped

    def _conditions(self, variable: Var, clauses: Resource, part: Resource, names: Names) -> None:
        if self._inside is not None:
            self._came[variable.expr] = self._inside
            self._tell_bound(variable, self._inside)
        elif self._met == variable.expr:
            self._met = ""
            self.line(f"R.met({self.place}, {_known(variable)})")
        super()._conditions(variable, clauses, part, names)

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
        """The loop of a source; of one that is an expression each item is told."""
        outer, self._met = self._met, ""
        if self._inside is None:
            items, self._met = f"R.given({self.place}, {items})", variable.expr
        super()._loop(variable, header, items, test, clauses, part, names)
        if self._inside is None and (self._met or self._needs_list(clauses)):
            self.line(f"R.met({self.place}, {_known(variable)})")
        self._met = outer

    def _tell_bound(self, variable: Var, came: tuple[Var, str]) -> None:
        context, name = came
        self._told = variable.expr
        self.line(f"R.bound({self.place}, {_known(variable)}, {_known(context)}, {name!r})")

    def path(self, text: str, part: object, names: Names, focus: Var | None = None) -> str:
        """An expression, and what it looks at."""
        body = super().path(text, part, names, focus)
        try:
            node = paths.parse(text)
        except Wrong:  # the line above has recorded it
            return body
        used = _variables(node)
        given = [f"{n!r}: {_known(v)}" for n, v in names.items() if n in used and not v.leaf]
        centre = "None"
        if focus is not None:
            came = self._came.get(focus.expr) or self._inside
            where = f"({_known(came[0])}, {came[1]!r})" if came is not None else "None"
            centre = f"({_known(focus)}, {where})"
        name = self.module.object(node)
        return f"R.read({name}, {{{', '.join(given)}}}, {centre}, {body})"

    def idiom(self, text: str, general: str, names: Names) -> Value | None:
        """None: only the general form notes what it reads."""
        return None

    def coded(self, value: Value, known: str, call: str) -> str:
        """The general form, for the same reason."""
        return call.replace("R.translate(", "R.code(", 1)

    def condition(self, text: str, part: object, names: Names, focus: Var | None = None) -> str:
        """A criterion, read as an expression is."""
        return f"V.true({self.path(text, part, names, focus)})"

    def target(self, target: Resource, names: Names, shared: str) -> Names:
        """One target, between the two calls that find out what it wrote."""
        given = list(target.get("parameter", ()))
        transform = str(target.get("transform", "create"))
        expression = str(next(iter(given[-1].values()))) if transform == "evaluate" else ""
        known = [names[str(p["valueId"])] for p in given if str(p.get("valueId")) in names]
        parameters = "".join(f"{_known(v)}, " for v in known)
        context = written_to(names, str(target.get("context", "")))
        into = "None"
        if context is not None:
            into = f"({_known(context)}, {self._steps(target, context)!r})"
        said = f"{self.place}, {transform!r}, {expression!r}, {into}, ({parameters})"
        self.line(f"R.begin({said})")
        visible = super().target(target, names, shared)
        variable = str(target.get("variable", ""))
        made = written_to(visible, variable)
        local = made.expr if made is not None else ""
        self.line(f"R.end({local!r})")
        return visible

    @staticmethod
    def _steps(target: Resource, context: Var) -> tuple[str, ...]:
        element = str(target.get("element", ""))
        if context.type is not None and context.type.find(element) is not None:
            return (element,)
        return tuple(step for step in element.split(".") if step)

    def _invoke(self, unit: Unit, group: Resource, arguments: Sequence[Var]) -> None:
        self.line(f"R.passing({', '.join(_known(argument) for argument in arguments)})")
        super()._invoke(unit, group, arguments)


class TracedCompiler(MapCompiler):
    """Compiles the traced variant."""

    writer = TracedRules
    counts = True  # a trace knows by the depth which variables are of which call


def _known(variable: Var) -> str:
    return f"({variable.expr!r}, {variable.expr})"


def _variables(node: paths.Node) -> set[str]:
    """The %names of an expression; a map's variable may also stand without the sign."""
    found = {str(node.value)} if node.kind in ("variable", "name") else set()
    return found.union(*map(_variables, node.args))
