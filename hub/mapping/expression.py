"""One FHIRPath expression alone: compiled once for each type of resource, run on any tree.

Source: https://hl7.org/fhirpath/N1/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from hub.errors import Invalid, Issue
from hub.formats import exact_json, fhir_xml
from hub.mapping.emit import namespace
from hub.mapping.fhirpath.compile import Focus, PathCompiler, Scope
from hub.mapping.fhirpath.parse import Node, parse
from hub.mapping.fhirpath.temporal import Quantity, Temporal
from hub.mapping.fhirpath.values import Misshapen
from hub.mapping.findings import Failure, Wrong
from hub.mapping.run import Run
from hub.mapping.schema import Schema

Function = Callable[..., list[Any]]


@cache
def _fhir() -> Schema:
    return Schema()


class Expression:
    """A compiled expression.

    `names` are the %variables it may use. With `type_name`, the type of the trees it will run on,
    element names are checked now, not left to give nothing.

    Raises:
        Invalid: the text is no expression, or names what does not exist; the path is the column.
    """

    def __init__(
        self,
        text: str,
        names: tuple[str, ...] = (),
        type_name: str = "",
        schema: Schema | None = None,
    ) -> None:
        self.text, self._names, self._type = text, names, type_name
        self._schema = schema or _fhir()
        self._functions: dict[str, Function] = {}
        self._careful: dict[str, Function] = {}
        try:
            self._tree = parse(text)
            if type_name and self._schema.type(type_name) is None:
                raise Wrong(0, f"unknown type {type_name}", f"Type inconnu : {type_name}")
            self.source = self._written(self._tree, type_name)
        except Wrong as wrong:
            place = f"{wrong.offset + 1}"
            raise Invalid(Issue("invalid", wrong.fr, wrong.en, place), status=400) from None
        self._functions[type_name] = _compiled(self.source)

    def _written(self, tree: Node, type_name: str, trusting: bool = True) -> str:
        """The Python of the expression for trees of one type ("" any)."""
        constants: dict[str, str] = {}

        def hoist(code: str) -> str:
            return constants.setdefault(code, f"K{len(constants)}")

        found = self._schema.type(type_name) if type_name else None
        kinds = (found.key,) if found is not None else ()
        specials = {name: "[R.source]" for name in ("resource", "context", "rootResource")}
        variables = {name: f"X[{name!r}]" for name in self._names}
        scope = Scope(
            variables,
            specials,
            hoist,
            self._schema,
            dict.fromkeys(specials, kinds),
            trusting=trusting,
            strict=type_name != "" and type_name == self._type,
        )
        body = PathCompiler(scope).emit(tree, Focus("item", kinds=kinds))
        lines = [f"{name} = {code}" for code, name in constants.items()]
        return "\n".join([*lines, "def run(R, X, item):", f"    return {body}", ""])

    def _function(self, tree: Any) -> tuple[str, Function]:
        kind = self._type
        if not kind and type(tree) is dict and type(tree.get("resourceType")) is str:
            kind = tree["resourceType"]
        if kind not in self._functions:
            if self._schema.type(kind) is None:
                return self._type, self._functions[self._type]
            self._functions[kind] = _compiled(self._written(self._tree, kind))
        return kind, self._functions[kind]

    def _with_care(self, kind: str, run: Run, variables: Mapping[str, Any], tree: Any) -> list[Any]:
        """For a tree whose lists do not stand where its type has them."""
        if kind not in self._careful:
            self._careful[kind] = _compiled(self._written(self._tree, kind, trusting=False))
        return self._careful[kind](run, variables, tree)

    def evaluate(
        self,
        tree: Any,
        variables: Mapping[str, Any] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> list[Any]:
        """The collection it gives for a tree.

        Raises:
            Invalid: the expression fails on this tree.
        """
        run = Run(tree, lambda url: None, clock)
        kind, function = self._function(tree)
        try:
            try:
                return function(run, variables or {}, tree)
            except (AttributeError, Misshapen):
                return self._with_care(kind, run, variables or {}, tree)
        except Failure as failure:
            raise Invalid(Issue("processing", failure.fr, failure.en)) from failure
        except (TypeError, AttributeError, ValueError, ArithmeticError, RecursionError) as error:
            raise Invalid(
                Issue(
                    "processing",
                    f"L’expression ne convient pas à ces données ({error})",
                    f"the expression does not suit this data ({error})",
                )
            ) from error


def fhirpath(text: str, body: bytes) -> list[Any]:
    """What an expression gives for a FHIR document, JSON or XML, as values JSON can hold.

    Element names are checked against the type of the resource. A quantity of the expression
    becomes {value, unit}, a date its text.

    Raises:
        Invalid, Unreadable: the expression or the document is wrong.
    """
    xml = body.lstrip().startswith((b"<", b"\xef\xbb\xbf<"))
    tree = fhir_xml.loads(body, _fhir()) if xml else exact_json.loads(body)
    kind = str(tree.get("resourceType", "")) if isinstance(tree, dict) else ""
    known = kind if _fhir().type(kind) is not None else ""
    return [_plain(value) for value in Expression(text, type_name=known).evaluate(tree)]


def _plain(value: Any) -> Any:
    if isinstance(value, Quantity):
        return {"value": value.value, "unit": value.unit}
    return str(value) if isinstance(value, Temporal) else value


def _compiled(source: str) -> Function:
    space = namespace()
    exec(compile(source, "<fhirpath>", "exec"), space)  # noqa: S102 - our own source  # nosec B102
    function: Function = space["run"]
    return function
