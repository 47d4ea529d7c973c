"""`make bench`: measures every contender and writes docs/benchmark-mapping.md again."""

from __future__ import annotations

import argparse
import sys

from benchmarks.mapping import measure, report
from benchmarks.mapping.running import ROOT, one_processor, prepare


def main() -> None:
    """Install, compare, measure, write."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--rounds", type=int, default=9)
    given.add_argument("--seconds", type=float, default=0.2)
    asked = given.parse_args()
    absent = prepare()
    processors = one_processor()
    rows = measure.rows(asked.rounds, asked.seconds, absent)
    compiled = measure.compile_time(asked.rounds)
    growth = measure.growth(3)
    path = ROOT / "docs" / "benchmark-mapping.md"
    said = {"processors": processors, "rounds": asked.rounds, "seconds": asked.seconds}
    report.write(path, rows, compiled, growth, {k: str(v) for k, v in said.items()})
    sys.stdout.write(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
