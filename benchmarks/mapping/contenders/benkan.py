"""This product: the FML map and ConceptMaps of ../map, through the library as the hub uses it."""

from __future__ import annotations

import json

from benchmarks.mapping.claims import CANONICAL
from benchmarks.mapping.process import Form
from benchmarks.mapping.tables import MAP
from hub.formats import exact_json
from hub.mapping.library import Library

LIBRARY = Library([MAP])


def _whole(body: bytes) -> bytes:
    return exact_json.dumps(LIBRARY.map(CANONICAL, exact_json.loads(body)))


FORMS = {
    "in memory": Form(
        exact_json.loads, lambda claim: LIBRARY.map(CANONICAL, claim), lambda tree: tree
    ),
    "bytes": Form(bytes, _whole, json.loads),
}
