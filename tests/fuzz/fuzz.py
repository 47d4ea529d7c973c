"""`make fuzz`: every target for BENKAN_FUZZ_SECONDS, as many at once as there are processors.

Coverage-guided by atheris when it is installed (requirements-fuzz.lock), else by `mutate`. Inputs
that opened new ways are kept in build/fuzz/<target>; one that is a finding is build/fuzz/<target>-…
"""

from __future__ import annotations

import importlib.util
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
KEPT = HERE.parents[1] / "build" / "fuzz"
GUIDED = importlib.util.find_spec("atheris") is not None
LONGEST_INPUT = 60_000
#: Seconds of the processor one input may take. libFuzzer's own alarm counts those of the clock, and
#: ends a run on a machine that does much else.
PATIENCE = 5.0
#: Seconds a run may last longer than asked: starting with all readers measured takes a while.
GRACE = 900


def all_targets(names: list[str], seconds: int) -> int:
    """Run them; print a line each; gives how many had a finding."""
    from targets import TARGETS

    wanted = names or list(TARGETS)
    _say(f"{len(wanted)} targets, {seconds} s each, atheris: {'yes' if GUIDED else 'no'}")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return sum(pool.map(lambda name: _one(name, seconds), wanted))


def _one(name: str, seconds: int) -> int:
    began = time.monotonic()
    command = [sys.executable, __file__, "--one", name, str(seconds)]
    limit = seconds + GRACE  # an input that never ends is ended here
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=limit)
    told = done.stdout + done.stderr
    counted = re.findall(r"number_of_executed_units: (\d+)", told)
    took = time.monotonic() - began
    count = int(counted[-1]) if counted else 0
    quiet = [line for line in told.splitlines() if not line.startswith(("#", "INFO"))]
    found = "\n".join([f"FINDING ({done.returncode})", *quiet[-40:]])
    end = "nothing found" if done.returncode == 0 else found
    _say(f"{name:12} {count:>10} inputs in {took:5.0f} s: {end}")
    return int(done.returncode != 0)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def guided(name: str, seconds: int) -> None:
    """One target by atheris, in this process."""
    import atheris

    with atheris.instrument_imports(include=["hub", "adapters"]):
        import targets
    corpus = KEPT / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(targets.TARGETS[name].seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = KEPT / f"{name}.dict"
    quoted = ["".join(f"\\x{byte:02x}" for byte in word) for word in targets.TARGETS[name].words]
    words.write_text("".join(f'"{word}"\n' for word in quoted), encoding="ascii")
    limits = [f"-max_total_time={seconds}", "-timeout=60", f"-max_len={LONGEST_INPUT}"]
    more = ["-rss_limit_mb=1024", "-print_final_stats=1", f"-artifact_prefix={KEPT}/{name}-"]
    said = [sys.argv[0], *limits, *more, f"-dict={words}", str(corpus)]
    atheris.Setup(said, lambda raw: timed(targets.run, name, raw))
    atheris.Fuzz()


def timed(run: Callable[[str, bytes], bool], name: str, raw: bytes) -> None:
    """One input.

    Raises:
        AssertionError: it took too long.
    """
    began = time.process_time()
    run(name, raw)
    if time.process_time() - began > PATIENCE:
        raise AssertionError("too slow")


def blind(name: str, seconds: float, seed: int | None = None) -> int:
    """One target by random changes; gives how many inputs there were.

    Raises:
        Exception: whatever a reader raised and should not have; the input is kept.
    """
    import targets
    from mutate import mutated

    target, dice = targets.TARGETS[name], random.Random(seed)
    seeds, count, end = target.seeds(), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        raw = mutated(seeds, target.words, dice)
        count += 1
        try:
            timed(targets.run, name, raw)
        except Exception:
            KEPT.mkdir(parents=True, exist_ok=True)
            (KEPT / f"{name}-finding").write_bytes(raw)
            raise
    return count


def main() -> int:
    """`fuzz.py [TARGET …]`; BENKAN_FUZZ_SECONDS for each, 1200 when it is not set."""
    if sys.argv[1:2] == ["--one"]:
        name, seconds = sys.argv[2], int(sys.argv[3])
        if GUIDED:
            guided(name, seconds)
        else:
            _say(f"stat::number_of_executed_units: {blind(name, seconds)}")
        return 0
    return int(bool(all_targets(sys.argv[1:], int(os.environ.get("BENKAN_FUZZ_SECONDS", "1200")))))


if __name__ == "__main__":
    sys.exit(main())
