"""The measurements: equal outputs first, then interleaved rounds; compile time; growth."""

from __future__ import annotations

import time
from contextlib import ExitStack
from decimal import Decimal
from statistics import median
from typing import Any, NamedTuple

from benchmarks.mapping.claims import CANONICAL, claim
from benchmarks.mapping.running import CONTENDERS, Process, started
from benchmarks.mapping.tables import MAP
from hub.formats import exact_json
from hub.mapping.library import Library

SIZES = ("simple", "multi", "40")
GROWTH = (1_000, 10_000, 100_000)


class Row(NamedTuple):
    """One contender in one form."""

    name: str
    form: str
    seconds: dict[str, list[float]]  #: of each size, one value a round
    trouble: dict[str, str]  #: of each size that did not give the message: what happened


def rows(rounds: int, seconds: float, absent: dict[str, str]) -> list[Row]:
    """Every contender in every form, measured in turns."""
    made: list[tuple[Process, Row]] = []
    unable: list[Row] = []
    claims = {size: exact_json.dumps(claim(size)).decode() for size in SIZES}
    expected: dict[str, Any] = {}
    with ExitStack() as stack:
        for contender in CONTENDERS:
            if contender.needs in absent:
                why = f"could not be installed: {absent[contender.needs]}"
                unable.append(Row(contender.name, "", {}, dict.fromkeys(SIZES, why)))
                continue
            process = stack.enter_context(started(contender))
            forms = process.ask(do="forms")
            if "error" in forms:
                trouble = dict.fromkeys(SIZES, forms["error"])
                unable.append(Row(contender.name, "", {}, trouble))
            for form in forms.get("forms", ()):
                row = Row(contender.name, form, {}, {})
                made.append((process, row))
                _compare(process, row, claims, expected)
        for _ in range(rounds):
            for size in SIZES:
                for process, row in made:
                    if size not in row.trouble:
                        _time(process, row, size, claims[size], seconds)
    return [row for _, row in made] + unable


def _compare(process: Process, row: Row, claims: dict[str, str], expected: dict[str, Any]) -> None:
    """The first row, written by hand, gives what is expected of the others."""
    for size in SIZES:
        answer = process.ask(do="load", form=row.form, claim=claims[size])
        if "error" in answer:
            row.trouble[size] = str(answer["error"])
            continue
        output = rounded(answer["output"])
        difference = differing(expected.setdefault(size, output), output)
        if difference:
            row.trouble[size] = f"differs at {', '.join(difference[:4])}"


def _time(process: Process, row: Row, size: str, text: str, seconds: float) -> None:
    process.ask(do="load", form=row.form, claim=text)
    answer = process.ask(do="time", form=row.form, seconds=seconds)
    row.seconds.setdefault(size, []).append(answer["seconds"])


def rounded(tree: Any) -> Any:
    """Numbers by their value to the cent: some contenders know only floats."""
    if isinstance(tree, dict):
        return {name: rounded(value) for name, value in tree.items() if value is not None}
    if isinstance(tree, list):
        return [rounded(value) for value in tree]
    if isinstance(tree, int | float | Decimal) and not isinstance(tree, bool):
        return round(tree * 100)
    return tree


def differing(expected: Any, given: Any, path: str = "message") -> list[str]:
    """Where two messages differ."""
    if isinstance(expected, dict) and isinstance(given, dict):
        names = dict.fromkeys([*expected, *given])
        pairs = [(expected.get(n), given.get(n), f"{path}.{n}") for n in names]
    elif isinstance(expected, list) and isinstance(given, list) and len(expected) == len(given):
        pairs = [
            (e, g, f"{path}[{n}]") for n, (e, g) in enumerate(zip(expected, given, strict=False))
        ]
    else:
        return [] if expected == given else [path]
    return [place for e, g, at in pairs for place in differing(e, g, at)]


def compile_time(rounds: int) -> dict[str, float]:
    """Median milliseconds: to read the folder, and to compile the map; then the map in use."""
    Library([MAP]).python(CANONICAL)  # the definitions of FHIR are read once for a process
    spent: dict[str, list[float]] = {"read": [], "compile": []}
    for _ in range(rounds):
        begun = time.process_time()
        library = Library([MAP])
        read = time.process_time()
        library.python(CANONICAL)
        spent["read"].append(read - begun)
        spent["compile"].append(time.process_time() - read)
    return {name: median(values) * 1000 for name, values in spent.items()}


def growth(rounds: int) -> dict[int, float]:
    """Best microseconds for one line in claims of more and more lines."""
    library, made = Library([MAP]), {}
    for lines in GROWTH:
        given = claim(str(lines))
        library.map(CANONICAL, given)
        best = min(_once(library, given) for _ in range(rounds))
        made[lines] = best / lines * 1e6
    return made


def _once(library: Library, given: Any) -> float:
    begun = time.process_time()
    library.map(CANONICAL, given)
    return time.process_time() - begun
