"""docs/benchmark-mapping.md, from what was measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.mapping.measure import SIZES, Row

_LABELS = {"simple": "1 line", "multi": "3 lines, details", "40": "40 lines"}
_HEAD = """# Benchmark of the mapping engine

Written by `make bench`; do not edit. Measured {day}, on {machine}.

The mapping: a FHIR R4 Claim to a partner's message of 14 header fields and 9 fields a line, with
two code tables, reference tails, the focal insurance, a total that is summed when absent, and
lines of lines (`benchmarks/mapping/map`; illustrative, no partner's real format). Sources: HL7's
examples 100150 and 100156, and 100156 with its lines repeated to 40, without its total.

How: {processors}, one process for each contender, {rounds} rounds in turns of {seconds} s of
processor time each. Every output was compared with the hand-written one before timing (numbers to
the cent: several contenders only know floats). **The figure is the speed relative to
hand-written Python: 1.00 is as fast, 0.50 is half.** Behind it, the median and the spread over
the rounds, in microseconds a claim.
"""
_BASES = """\
From bytes to bytes most of the work is reading and writing JSON, so there are three baselines, all
with the same hand-written mapping. **“exact_json” is the fair one: it reads with the checks the
hub owes its users** (keys given twice, depth, length and exponent of numbers, control characters,
halves of characters; every digit of an amount kept; no float ever written). “msgspec (decimals)”
is the quickest a Python programmer can write and makes none of these checks. “json (floats)” is
the standard library: no checks, and amounts lose their last zeros. Speed of Benkan, relative to:
"""


def write(
    path: Path,
    rows: Sequence[Row],
    compiled: dict[str, float],
    growth: dict[int, float],
    said: dict[str, str],
) -> None:
    """The whole page."""
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    text = [_HEAD.format(day=day, machine=machine(), **said)]
    memory = [r for r in rows if "bytes" not in r.form and r.seconds]
    whole = [r for r in rows if "bytes" in r.form and r.seconds]
    text += ["## In memory", "", *_table(memory, memory[0]), ""]
    text += ["## Benkan and hand-written Python", "", _BASES, *_against(rows, memory[0]), ""]
    quickest = min(
        (r for r in whole if r.name == memory[0].name), key=lambda r: median(r.seconds["multi"])
    )
    text += ["## From bytes to bytes", "", f"Relative to: {quickest.name}, {quickest.form}.", ""]
    text += [*_table(whole, quickest), ""]
    text += ["## Did not give the message", "", *_troubles(rows), ""]
    text += ["## Compiling and growing", "", *_compiled(compiled), "", *_growth(growth), ""]
    path.write_text("\n".join(text), encoding="utf-8")


def _against(rows: Sequence[Row], hand: Row) -> list[str]:
    """Our speed relative to every hand-written form of the same kind."""
    ours = {"bytes" in r.form: r for r in rows if r.name.startswith("Benkan")}
    head = " | ".join(_LABELS[size] for size in SIZES)
    made = [f"| baseline | {head} |", "|---|" + "---|" * len(SIZES)]
    for row in rows:
        mine = ours.get("bytes" in row.form)
        if row.name != hand.name or mine is None:
            continue
        ratios = [
            median(row.seconds[s]) / median(mine.seconds[s]) if s in mine.seconds else 0
            for s in SIZES
        ]
        made.append(f"| {row.form} | {' | '.join(f'**{ratio:.2f}**' for ratio in ratios)} |")
    return made


def machine() -> str:
    """The machine in words, without its name."""
    model = platform.processor() or platform.machine()
    described = Path("/proc/cpuinfo")
    if described.exists():
        lines = described.read_text(encoding="utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        model = names[0] if names else model
    python = f"Python {platform.python_version()}"
    return f"{model} ({os.cpu_count()} processors, shared), {platform.system()}, {python}"


def _table(rows: Sequence[Row], base: Row) -> list[str]:
    head = " | ".join(_LABELS[size] for size in SIZES)
    made = [f"| | | {head} |", "|---|---|" + "---|" * len(SIZES)]
    for row in rows:
        cells = [_cell(row, base, size) for size in SIZES]
        made.append(f"| {row.name} | {row.form} | {' | '.join(cells)} |")
    return made


def _cell(row: Row, base: Row, size: str) -> str:
    if size not in row.seconds:
        return "–"
    mine = [s * 1e6 for s in row.seconds[size]]
    ratio = median(base.seconds[size]) / median(row.seconds[size])
    spread = f"{_short(min(mine))}–{_short(max(mine))}"
    return f"**{ratio:.2f}** · {_short(median(mine))} ({spread})"


def _short(value: float) -> str:
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _troubles(rows: Sequence[Row]) -> list[str]:
    made = [
        f"- {' · '.join(filter(None, (row.name, row.form, _LABELS[size])))}: {_plain(why)}"
        for row in rows
        for size, why in row.trouble.items()
    ]
    return list(dict.fromkeys(made)) or ["Every contender gave it on every size."]


def _plain(text: str) -> str:
    return " ".join(text.split())[:300].replace("|", "\\|")


def _compiled(spent: dict[str, float]) -> list[str]:
    return [
        f"Reading the folder (map, model, two tables): {spent['read']:.1f} ms. Compiling the map "
        f"to Python: {spent['compile']:.1f} ms. Goal: under 20 ms."
    ]


def _growth(spent: dict[int, float]) -> list[str]:
    made = [f"| {f'{lines:,}'} | {each:.2f} |" for lines, each in spent.items()]
    return ["| lines in a claim | microseconds a line |", "|---|---|", *made]
