"""One contender in its own process: answers on stdout what it is asked on stdin, in JSON lines.

Nothing of the hub is imported here: contenders run in Python environments that lack it.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, NamedTuple


class Form(NamedTuple):
    """One way to run a contender; only `run` is timed."""

    read: Callable[[bytes], Any]  #: the claim's JSON text as what `run` takes
    run: Callable[[Any], Any]
    show: Callable[[Any], Any]  #: what `run` gives, as a JSON tree


def serve(forms: dict[str, Form]) -> None:
    """Answer until stdin ends: `load` a claim, show its `output`, `time` runs of it."""
    given: dict[str, Any] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        form = forms.get(asked.get("form", ""))
        try:
            if asked["do"] == "forms":
                answer: dict[str, Any] = {"forms": list(forms)}
            elif form is None:
                raise KeyError(asked.get("form", ""))
            elif asked["do"] == "load":
                given[asked["form"]] = form.read(asked["claim"].encode())
                answer = {"output": form.show(form.run(given[asked["form"]]))}
            else:
                answer = {"seconds": timed(form.run, given[asked["form"]], asked["seconds"])}
        except Exception as error:
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer, default=float), file=ANSWERS, flush=True)


def timed(run: Callable[[Any], Any], given: Any, seconds: float) -> float:
    """Seconds of processor time for one run: the mean over as many as fit in the time."""
    clock, count, size = time.process_time, 0, 1
    begun = clock()
    while True:
        for _ in range(size):
            run(given)
        count += size
        spent = max(clock() - begun, 1e-6)
        if spent >= seconds:
            return spent / count
        size = max(1, min(int(count * 0.1 * seconds / spent), count))


ANSWERS = sys.stdout

if __name__ == "__main__":
    sys.stdout = sys.stderr  # some contenders print
    try:
        made = importlib.import_module(f"benchmarks.mapping.contenders.{sys.argv[1]}").FORMS
    except Exception as error:
        traceback.print_exc()
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), file=ANSWERS, flush=True)
    else:
        serve(made)
