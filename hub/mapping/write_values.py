"""The transforms of a target as Python expressions.

Source: https://hl7.org/fhir/R5/mapping-language.html#transforms
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hub.mapping.emit import Resource
from hub.mapping.findings import TRANSFORMS
from hub.mapping.forms import HELD, form, lenient
from hub.mapping.idioms import reference_tail
from hub.mapping.names import Names, Var
from hub.mapping.nested import nested
from hub.mapping.types import Element, Type
from hub.mapping.write_parameters import Value
from hub.mapping.write_translate import TranslateWriter

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


class ValueWriter(TranslateWriter):
    """Turns a transform and its parameters into one expression."""

    def _counts(self, transform: str) -> tuple[str, str] | None:
        row: tuple[Any, ...] = _CALLS.get(transform) or _FILLED.get(transform) or ()
        if not row:
            return super()._counts(transform)
        least, most = row[-2:]
        return f"{least} to {most}", f"{least} à {most}"

    def value(self, target: Resource, names: Names, element: Element | None) -> Value | None:
        """The value of a transform other than create; None after a recorded mistake."""
        transform = str(target.get("transform", ""))
        given: list[Resource] = list(target.get("parameter", ()))
        if transform == "evaluate":
            return self._evaluate(given, target, names)
        if transform == "translate":
            return self._translate(given, target, names, element)
        if transform == "copy" and len(given) == 1:
            steps = str(given[0].get("valueId", ""))
            if "." in steps and steps not in names and steps.partition(".")[0] in names:
                return Value(self.path(steps, target, names), several=True, owned=False)
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

    def _variable(self, name: str, part: Resource, names: Names) -> Value | None:
        """A name, a path, or a transform whose value is given to another."""
        call = nested(name) if name not in names else None
        if call is None:
            return super()._variable(name, part, names)
        value = self.value(call, names, None)
        if value is None or not value.several:
            return value
        local, value = self.bound(value, "value")
        self.line(f"{local} = V.one({local})")
        return replace(value, several=False, maybe=True)

    def items(self, text: str, source: Resource, names: Names) -> tuple[str, Type | None]:
        """Python for the items of an expression, and their type when it is certain."""
        call = nested(text)
        value = self.value(call, names, None) if call is not None else None
        if value is None:
            return super().items(text, source, names)
        return (value.expr if value.several else f"[{value.expr}]"), value.type

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
        if transform in ("reference", "pointer") and len(values) == 1:
            return self._pointed(transform, values[0], target)
        if transform == "cast" and len(values) == 1:
            return self._cast(values, target, element)
        if transform in _CALLS:
            function, before, made, least, most = _CALLS[transform]
            if least <= len(values) <= most:
                call = f"{function}({', '.join([texts[0], *before, *texts[1:]])})"
                return Value(call, self.module.schema.type(made), repr(made))
        self._unknown_transform(transform, len(values), target)
        return None

    def _pointed(self, transform: str, value: Value, target: Resource) -> Value:
        self.module.mutates = True
        known = value.type
        self.resource_needed(target, transform, known)
        if transform == "pointer":
            return Value(f"T.pointer(R, {value.expr})", self.module.schema.type("uri"))
        name = known.name if known is not None and known.kind != "complex-type" else ""
        made = self.module.schema.type("string")
        return Value(f"T.reference(R, {value.expr}, {name!r})", made)

    def _cast(self, values: list[Value], target: Resource, element: Element | None) -> Value:
        wanted = None
        if len(target["parameter"]) == 2:
            wanted = self.type(str(next(iter(target["parameter"][1].values()))), target)
        elif element is not None and len(element.types) == 1:
            wanted = self.module.schema.type(element.types[0])
        if wanted is None:
            return values[0]
        if not (wanted.primitive or wanted.open or wanted.kind == "logical"):
            en = f"cast() gives values without elements, not {wanted.name}: create it"
            fr = f"cast() ne donne pas de {wanted.name} mais une valeur simple : utilisez create()"
            self.wrong(target, en, fr, f"{TRANSFORMS}#fn-cast")
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
        kinds = (value.type.name if value.type is not None else "", wanted and wanted.name)
        if kinds == ("Coding", "CodeableConcept"):
            return f"P.codeable({own})"
        if wanted is None or wanted.open or (value.type is not None and not simple):
            return own
        text = next((e.name for e in wanted.elements.values() if e.form == "text"), "")
        if not text and wanted.kind == "logical":
            text = next((n for n in ("value", "code") if n in wanted.elements), "")
        if value.type is not None and value.type.name == "code" and not text:
            return f"P.coded({own}, {wanted.name!r})"
        return f"P.wrapped({own}, {wanted.name!r}, {text!r})"
