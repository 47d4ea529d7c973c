"""malac-hd on our map: it compiles FML to Python for FHIR and CDA classes made from XSD."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.mapping.tables import MAP


def _compiled() -> str:
    """What its converter says to the map; it wants the name to end in .map."""
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "claim-msg.map"
        given.write_bytes((MAP / "claim-msg.fml").read_bytes())
        program = str(Path(sys.executable).with_name("malac-hd"))
        made = subprocess.run(  # noqa: S603 - the contender's own program
            [program, "-s", "-m", str(given), "-co", str(given.with_suffix(".py"))],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
        )
    return (made.stdout + made.stderr).strip().splitlines()[-1]


raise NotImplementedError(f"no logical models as targets; its converter says: {_compiled()}")
