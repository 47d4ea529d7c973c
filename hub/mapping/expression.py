"""One FHIRPath expression alone: compiled once, run on any tree.

Source: https://hl7.org/fhirpath/N1/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from hub.errors import Invalid, Issue
from hub.mapping.emit import namespace
from hub.mapping.fhirpath.compile import Focus, PathCompiler, Scope
from hub.mapping.fhirpath.parse import parse
from hub.mapping.findings import Failure, Wrong
from hub.mapping.run import Run


class Expression:
    """A compiled expression; `names` are the %variables it may use."""

    def __init__(self, text: str, names: tuple[str, ...] = ()) -> None:
        constants: dict[str, str] = {}

        def hoist(code: str) -> str:
            return constants.setdefault(code, f"K{len(constants)}")

        specials = {n: "[R.source]" for n in ("resource", "context", "rootResource")}
        variables = {name: f"X[{name!r}]" for name in names}
        compiler = PathCompiler(Scope(variables, specials, hoist))
        try:
            body = compiler.emit(parse(text), Focus("item"))
        except Wrong as wrong:
            place = f"{wrong.offset + 1}"
            raise Invalid(Issue("invalid", wrong.fr, wrong.en, place), status=400) from None
        lines = [f"{name} = {code}" for code, name in constants.items()]
        self.source = "\n".join([*lines, "def run(R, X, item):", f"    return {body}", ""])
        space = namespace()
        exec(compile(self.source, "<fhirpath>", "exec"), space)  # noqa: S102 - our own source
        self._run: Callable[..., list[Any]] = space["run"]

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
        try:
            return self._run(run, variables or {}, tree)
        except Failure as failure:
            raise Invalid(Issue("processing", failure.fr, failure.en)) from failure
        except (TypeError, AttributeError, ValueError, RecursionError) as error:
            raise Invalid(
                Issue(
                    "processing",
                    f"L’expression ne convient pas à ces données ({error})",
                    f"the expression does not suit this data ({error})",
                )
            ) from error
