"""Contenders as processes on one processor, each in its own environment under build/."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOLDER = ROOT / "build" / "bench-mapping"


class Contender(NamedTuple):
    """One row of the table."""

    name: str
    module: str  #: in contenders/, or an engine of contenders/node.mjs
    needs: str = ""  #: key of requirements.json, "node", or "" for the product's own environment


CONTENDERS = (
    Contender("hand-written Python", "hand"),
    Contender("Benkan (FML)", "benkan"),
    Contender("libxslt (lxml)", "xslt"),
    Contender("JSONata", "jsonata", "node"),
    Contender("fumifier (FUME)", "fumifier", "node"),
    Contender("python-liquid", "liquid_template", "python-liquid"),
    Contender("fhirpathpy, one expression a field", "fhirpath_fields", "fhirpathpy"),
    Contender("fhircraft (FML)", "fhircraft_map", "fhircraft"),
    Contender("malac-hd (FML)", "malac_map", "malac-hd"),
)


def prepare() -> dict[str, str]:
    """Install what the contenders need; gives the environments that could not be made, and why."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = json.loads((HERE / "requirements.json").read_text("utf-8"), parse_float=Decimal)
    failed = {name: why for name, pins in wanted.items() if (why := _environment(name, pins))}
    why = _node()
    return failed | ({"node": why} if why else {})


def _environment(name: str, pins: list[str]) -> str:
    folder, mark = FOLDER / name, FOLDER / name / "installed"
    text = "\n".join(pins)
    if mark.exists() and mark.read_text("utf-8") == text:
        return ""
    shutil.rmtree(folder, ignore_errors=True)
    why = _tried([sys.executable, "-m", "venv", str(folder)], FOLDER)
    why = why or _tried([str(folder / "bin" / "pip"), "install", "--quiet", *pins], FOLDER)
    if not why:
        mark.write_text(text, "utf-8")
    return why


def _node() -> str:
    if shutil.which("npm") is None:
        return "npm is not installed"
    lock = (HERE / "package-lock.json").read_bytes()
    kept = FOLDER / "package-lock.json"
    if kept.exists() and kept.read_bytes() == lock and (FOLDER / "node_modules").exists():
        return ""
    shutil.copy(HERE / "package.json", FOLDER)
    shutil.copy(HERE / "package-lock.json", FOLDER)
    return _tried(["npm", "ci", "--silent", "--no-audit", "--no-fund"], FOLDER)


def _tried(command: list[str], folder: Path) -> str:
    made = subprocess.run(  # noqa: S603 - commands written above
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    said = (made.stderr or made.stdout).strip().splitlines()
    return "" if made.returncode == 0 else (said[-1] if said else f"status {made.returncode}")


class Process:
    """A contender that runs."""

    def __init__(self, contender: Contender, process: subprocess.Popen[str]) -> None:
        self.contender, self._process = contender, process

    def ask(self, **question: Any) -> dict[str, Any]:
        """What it answers; "error" when it cannot."""
        reader, writer = self._process.stdout, self._process.stdin
        if reader is None or writer is None:
            return {"error": "not started"}
        try:
            writer.write(json.dumps(question) + "\n")
            writer.flush()
            line = reader.readline()
        except BrokenPipeError:
            line = reader.readline()
        return dict(json.loads(line)) if line else {"error": "the process ended"}


@contextmanager
def started(contender: Contender) -> Iterator[Process]:
    """The process of a contender; it inherits the one processor of this one."""
    program = sys.executable
    if contender.needs not in ("", "node"):
        program = str(FOLDER / contender.needs / "bin" / "python")
    command = [program, "-m", "benchmarks.mapping.process", contender.module]
    if contender.needs == "node":
        script = str(HERE / "contenders" / "node.mjs")
        command = ["node", script, contender.module, str(FOLDER)]
    with (FOLDER / f"{contender.module}.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(  # noqa: S603 - commands written above
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            encoding="utf-8",
        )
        try:
            yield Process(contender, process)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            process.wait(30)


def one_processor() -> str:
    """Keep this process and its children on one processor; gives a word about it."""
    if not hasattr(os, "sched_setaffinity"):
        return "processors not chosen (this system does not allow it)"
    chosen = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {chosen})
    return "one processor"
