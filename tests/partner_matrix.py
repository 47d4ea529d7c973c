"""Writes the tables of docs/partners.md: what partners do, and which flow test shows it.

`make matrix`; a house test says when the page is not current.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from pathlib import Path

from hub.partner_wiring import partners
from hub.settings import Settings

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "partners.md"
START, END = "<!-- matrix: written by `make matrix` -->", "<!-- /matrix -->"

#: How tests write the marker.
MARKS = ("pytest.mark.trip", "trip")

Trips = dict[tuple[str, str], list[str]]


def supported() -> dict[str, dict[str, str]]:
    """Operations and transports of the reference profiles: those that have a line."""
    found = {}
    for name, partner in sorted(partners(Settings(profiles=[])).items()):
        case = partner.case()
        if case is not None and case.silent is not None:
            found[name] = dict(sorted(case.make(0).operations.items()))
    return found


def trips() -> Trips:
    """Flow tests by (partner, operation), as their marker `trip` says."""
    found: Trips = defaultdict(list)
    for file in sorted((ROOT / "tests" / "flow").glob("test_*.py")):
        for node in ast.parse(file.read_bytes()).body:
            if isinstance(node, ast.FunctionDef):
                for partner, operation in filter(None, map(_trip, node.decorator_list)):
                    found[partner, operation].append(node.name)
    return found


def missing() -> list[str]:
    """Supported operations that no flow test shows."""
    shown = trips()
    return [f"{p} {o}" for p, them in supported().items() for o in them if (p, o) not in shown]


def tables() -> str:
    """Both tables, between their marks."""
    them, shown = supported(), trips()
    operations = sorted({o for per in them.values() for o in per})
    lines = [START, "", f"| operation | {' | '.join(f'`{p}`' for p in them)} |"]
    lines.append("|---" * (len(them) + 1) + "|")
    for operation in operations:
        cells = [per.get(operation, "—") for per in them.values()]
        lines.append(f"| `{operation}` | {' | '.join(cells)} |")
    lines += ["", "| partner | operation | flow test |", "|---|---|---|"]
    for partner, per in them.items():
        for operation in per:
            names = "<br>".join(f"`{n}`" for n in shown.get((partner, operation), [])) or "**none**"
            lines.append(f"| `{partner}` | `{operation}` | {names} |")
    return "\n".join([*lines, "", END])


def page() -> str:
    """docs/partners.md as it should be."""
    text = PAGE.read_text(encoding="utf-8")
    pattern = re.escape(START) + ".*" + re.escape(END)
    return re.sub(pattern, lambda _: tables(), text, flags=re.DOTALL)


def _trip(decorator: ast.expr) -> tuple[str, str] | None:
    if not isinstance(decorator, ast.Call) or ast.unparse(decorator.func) not in MARKS:
        return None
    partner, operation = (ast.literal_eval(argument) for argument in decorator.args)
    return str(partner), str(operation)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.exit(0)
