"""The transforms of a target as Python expressions.

Source: https://hl7.org/fhir/R5/mapping-language.html#transforms
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from hub.formats import definitions
from hub.mapping.concept_map import ConceptMap
from hub.mapping.emit import Resource
from hub.mapping.findings import TRANSFORMS
from hub.mapping.forms import HELD, constant, form, lenient
from hub.mapping.idioms import reference_tail
from hub.mapping.names import Names, Var
from hub.mapping.types import Element, Type
from hub.mapping.write_sources import SourceWriter

_FILLED = {
    "cc": ("T.concept", "CodeableConcept", 1, 3),
    "c": ("T.coding", "Coding", 2, 3),
    "qty": ("T.quantity", "Quantity", 1, 4),
    "id": ("T.identifier", "Identifier", 2, 3),
    "cp": ("T.contact", "ContactPoint", 1, 2),
}
#: transform → function, arguments after the first, type made, arity
_CALLS: dict[str, tuple[str, list[str], str, int, int]] = {
    "escape": ("T.escape", [], "string", 2, 3),
    "dateOp": ("Y.parsed", ["'dateTime'"], "dateTime", 1, 2),
    "toDateTime": ("Y.parsed", ["'dateTime'"], "dateTime", 1, 2),
    "toDate": ("Y.parsed", ["'date'"], "date", 1, 2),
    "toTime": ("Y.parsed", ["'time'"], "time", 1, 2),
    "unixToDateTime": ("Y.unix", ["'dateTime'"], "dateTime", 1, 2),
    "unixToDate": ("Y.unix", ["'date'"], "date", 1, 2),
    "unixToTime": ("Y.unix", ["'time'"], "time", 1, 2),
}
_OUTPUTS = {"code": "code", "system": "uri", "display": "string", "uri": "uri"}


@dataclass(frozen=True, slots=True)
class Value:
    """A Python expression for a value; `several` when it gives a list."""

    expr: str
    type: Type | None = None
    tag: str = '""'
    several: bool = False
    maybe: bool = True
    owned: bool = True  #: made here, so that it needs no copy


class ValueWriter(SourceWriter):
    """Turns a transform and its parameters into one expression."""

    def value(self, target: Resource, names: Names, element: Element | None) -> Value | None:
        """The value of a transform other than create; None after a recorded mistake."""
        transform = str(target.get("transform", ""))
        given: list[Resource] = list(target.get("parameter", ()))
        if transform == "evaluate":
            return self._evaluate(given, target, names)
        if transform == "translate":
            return self._translate(given, target, names, element)
        if transform == "cast" and len(given) == 2:
            given = given[:1]
        arguments = [self._parameter(p, target, names) for p in given]
        if any(a is None for a in arguments):
            return None
        values = [a for a in arguments if a is not None]
        if transform == "copy" and len(values) == 1:
            return values[0]
        if transform in _FILLED:
            return self._filled(transform, values, target)
        return self._named(transform, values, target, names, element)

    def _named(
        self,
        transform: str,
        values: list[Value],
        target: Resource,
        names: Names,
        element: Element | None,
    ) -> Value | None:
        texts = [v.expr for v in values]
        string = self.module.schema.type("string")
        if transform == "append" and values:
            return Value(f"T.append({', '.join(texts)})", string)
        if transform == "truncate" and len(values) == 2:
            return Value(f"T.truncate({', '.join(texts)})", string)
        if transform == "uuid" and not values:
            return Value("R.identifier()", string, maybe=False)
        if transform in ("reference", "pointer"):
            self.module.mutates = True
        if transform == "reference" and len(values) == 1:
            name = values[0].type.name if values[0].type is not None else ""
            return Value(f"T.reference(R, {texts[0]}, {name!r})", string)
        if transform == "pointer" and len(values) == 1:
            return Value(f"T.pointer(R, {texts[0]})", self.module.schema.type("uri"))
        if transform == "cast" and len(values) == 1:
            return self._cast(values, target, element)
        if transform in _CALLS:
            function, before, made, least, most = _CALLS[transform]
            if least <= len(values) <= most:
                call = f"{function}({', '.join([texts[0], *before, *texts[1:]])})"
                return Value(call, self.module.schema.type(made), repr(made))
        self._unknown_transform(transform, len(values), target)
        return None

    def _unknown_transform(self, transform: str, count: int, target: Resource) -> None:
        self.wrong(
            target,
            f"unknown transform {transform} with {count} parameters",
            f"Transformation inconnue : {transform} avec {count} paramètre(s) ; "
            "voyez la liste des transformations",
            f"{TRANSFORMS}#fn-{transform.lower()}",
        )

    def _cast(self, values: list[Value], target: Resource, element: Element | None) -> Value:
        wanted = None
        if len(target["parameter"]) == 2:
            wanted = self.type(str(next(iter(target["parameter"][1].values()))), target)
        elif element is not None and len(element.types) == 1:
            wanted = self.module.schema.type(element.types[0])
        if wanted is None:
            return values[0]
        return Value(f"T.cast({values[0].expr}, {wanted.name!r})", wanted, repr(wanted.name))

    def _filled(self, transform: str, values: list[Value], target: Resource) -> Value | None:
        function, made, least, most = _FILLED[transform]
        if not least <= len(values) <= most:
            self._unknown_transform(transform, len(values), target)
            return None
        expr = f"{function}({', '.join(v.expr for v in values)})"
        return Value(expr, self.module.schema.type(made), repr(made))

    # evaluate(ctx, expr) or (expr)
    def _evaluate(self, given: list[Resource], target: Resource, names: Names) -> Value | None:
        texts = [str(next(iter(p.values()))) for p in given]
        if len(texts) == 1:
            general = self.path(texts[0], target, names)
            return self.idiom(texts[0], general, names) or Value(general, several=True, owned=False)
        if len(texts) != 2:
            self._unknown_transform("evaluate", len(texts), target)
            return None
        focus = names.get(texts[0])
        if focus is None:
            local = self.module.fresh("focus")
            self.line(f"{local} = {self.path(texts[0], target, names)}")
            self.line(f"{local} = V.one({local})")
            focus = Var(local, maybe=True)
        body = self.path(texts[1], target, names, focus)
        if focus.maybe:
            body = f"({body} if {focus.expr} is not None else [])"
        return Value(body, several=True, owned=False)

    def idiom(self, text: str, general: str, names: Names) -> Value | None:
        """A frequent expression in its quick form; None when it is none."""
        variables = {n: (v.expr, v.type) for n, v in names.items() if not (v.leaf or v.maybe)}
        tail = reference_tail(text, variables, self.module.schema)
        if tail is None:
            return None
        local, (read, part) = self.module.fresh("text"), tail
        quick = f"{local}{part} if type({local} := {read}) is str else V.one({general})"
        return Value(quick, self.module.schema.type("string"))

    def _translate(
        self, given: list[Resource], target: Resource, names: Names, element: Element | None
    ) -> Value | None:
        # After the output, what rows depend on: attribute, value, attribute, value…
        if len(given) != 2 and (len(given) < 3 or len(given) % 2 == 0):
            self._unknown_transform("translate", len(given), target)
            return None
        value = self._parameter(given[0], target, names)
        depends = [self._parameter(one, target, names) for one in given[3:]]
        if value is None or None in depends:
            return None
        url = str(next(iter(given[1].values())))
        local = self.unit.concept_maps.get(url.split("#")[-1]) or self.unit.concept_maps.get(url)
        found = self.module.object(local) if local is not None else "None"
        self._check_rows(local or self.module.tables(url), url, given[0], target, names)
        output = str(next(iter(given[2].values()))) if len(given) > 2 else self._output(element)
        output = {"coding": "Coding", "codeableConcept": "CodeableConcept"}.get(output, output)
        variable = names.get(str(given[0].get("valueId", "")))
        path = variable.path if variable is not None else str(given[0].get("valueId", ""))
        made = self.module.schema.type(_OUTPUTS.get(output, output))
        pairs = [one.expr for one in depends if one is not None]
        more = ", ".join(map("{}: {}".format, pairs[::2], pairs[1::2]))
        call = f"R.translate({value.expr}, {url!r}, {found}, {path!r}"
        call += f", {{{more}}})" if more else ")"
        body = f"T.translated({call}, {output!r})"
        if output == "code" and not depends:
            body = call.replace("R.translate(", "R.code(", 1)
        if value.maybe:
            body = f"({body} if {value.expr} is not None else None)"
        return Value(body, made, repr(made.name if made is not None else ""))

    def _check_rows(
        self,
        table: ConceptMap | None,
        url: str,
        parameter: Resource,
        part: Resource,
        names: Names,
    ) -> None:
        """Has the ConceptMap a row for every code the source element can hold?"""
        if self.module.lenient:
            return
        variable = names.get(str(parameter.get("valueId", "")))
        if table is None:
            self.warn(
                part,
                f"unknown ConceptMap {url}; add it to the folder of the maps",
                f"ConceptMap inconnue : {url} ; ajoutez-la au dossier des cartes",
                f"{TRANSFORMS}#fn-translate",
            )
        if table is None or variable is None or not variable.binding:
            return
        lost = [
            code
            for codes in definitions.value_sets().get(variable.binding, {}).values()
            for code in codes
            if table.find("", code) is None
            and not table.needs("", code)
            and table.unmapped("", code) is None
        ]
        if lost:
            listed = ", ".join(lost[:10]) + (" …" if len(lost) > 10 else "")
            self.warn(
                part,
                f"{url} has no row for {listed} of {variable.binding}",
                f"{url} n’a pas de ligne pour {listed} de {variable.binding}",
            )

    @staticmethod
    def _output(element: Element | None) -> str:
        if element is not None:
            for made in ("CodeableConcept", "Coding"):
                if made in element.types:
                    return made
        return "code"

    def _parameter(self, parameter: Resource, part: Resource, names: Names) -> Value | None:
        if "valueId" in parameter:
            return self._variable(str(parameter["valueId"]), part, names)
        key, literal = next(iter(parameter.items()))
        name = key.removeprefix("value")
        name = name[:1].lower() + name[1:]
        text = (
            self.module.hoist(f"Decimal({str(literal)!r})")
            if isinstance(literal, Decimal)
            else constant(literal)
        )
        made = self.module.schema.type(name)
        return Value(text, made, repr(name), maybe=False)

    def _variable(self, name: str, part: Resource, names: Names) -> Value | None:
        if name not in names:
            head = name.partition(".")[0]
            simple = head.isidentifier()
            if simple and head not in names and head not in self._constants():
                self.wrong(
                    part,
                    f"unknown variable {head}",
                    f"Variable inconnue : {head} ; déclarez-la dans le groupe ou par « as »",
                )
                return None
            local = self.module.fresh(head)
            self.line(f"{local} = {self.path(name, part, names)}")
            self.line(f"{local} = V.one({local})")
            return Value(local, owned=False)
        variable = names[name]
        expr = f"{variable.expr}.value()" if variable.leaf else variable.expr
        tag = variable.tag or repr(variable.type.name if variable.type is not None else "")
        return Value(expr, variable.type, tag, maybe=variable.maybe, owned=False)

    def fitted(self, value: Value, wanted: Type | None) -> str:
        """The value of a `value` expression as the target's type holds it."""
        simple = value.type is not None and value.type.primitive and not value.tag.isidentifier()
        own = value.expr if value.owned or simple else f"T.plain({value.expr})"
        if wanted is not None and wanted.primitive:
            if simple and value.type is not None and form(value.type) == form(wanted):
                return value.expr
            bare = own if simple else f"P.unwrapped({own})"
            cast = f"T.cast({bare}, {lenient(wanted)!r})"
            held = HELD.get(form(wanted))
            return f"{value.expr} if type({value.expr}) is {held} else {cast}" if held else cast
        if wanted is None or wanted.open or (value.type is not None and not simple):
            return own
        text = next((e.name for e in wanted.elements.values() if e.form == "text"), "")
        if not text and wanted.kind == "logical":
            text = next((n for n in ("value", "code") if n in wanted.elements), "")
        if value.type is not None and value.type.name == "code" and not text:
            return f"P.coded({own}, {wanted.name!r})"
        return f"P.wrapped({own}, {wanted.name!r}, {text!r})"

    def bound(self, value: Value, name: str) -> tuple[str, Value]:
        """The value in a local variable."""
        local = self.module.fresh(name)
        self.line(f"{local} = {value.expr}")
        return local, replace(value, expr=local)
