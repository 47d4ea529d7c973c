"""The child process of the workbench: one text, one source document, and all that is told of them.

Limited and confined as every draft is: hub/mapping/confine.py.
"""

from __future__ import annotations

import base64
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hub.authoring.bench_required import required
from hub.formats import exact_json
from hub.mapping import confined, documents, evidence
from hub.mapping.examples import AddedRow
from hub.mapping.library import Library


def main() -> None:
    """Answer one question from standard input on standard output."""
    confined.main(answer)


def answer(asked: dict[str, Any]) -> bytes:
    """What a text makes of a source.

    Raises:
        Problem: the text has mistakes, or refuses the source; the source cannot be read.
    """
    folders = [Path(folder) for folder in asked["folders"]]
    rows = [AddedRow(**row) for row in asked["rows"]]
    library = Library(folders, rows, preferred=asked["preferred"])
    canonical = library.canonical_of(Path(asked["file"]))
    source = documents.read(library, canonical, base64.b64decode(asked["source"]))
    traced = library.trace(canonical, source, lenient=True)
    inputs = library.inputs(canonical)
    made = next((each for mode, each in inputs if mode == "target"), None)
    told = {
        "map": canonical,
        "root": str(traced.tree.get("resourceType") or (made.name if made else "target")),
        "tree": traced.tree,
        "targets": evidence.targets(traced),
        "sources": evidence.sources(traced),
        "complete": traced.complete,
        "required": [[*one] for one in required(library.schema, made, traced.tree)],
        "warnings": [asdict(warning) for warning in traced.warnings],
        "messages": list(traced.messages),
    }
    return confined.line(ok=True) + exact_json.dumps(told)
