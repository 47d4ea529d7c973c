"""Liquid, the template language of FHIR-Converter, by python-liquid; it writes JSON as text.

Its `plus` does not add Decimals, so it is given floats.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from liquid import Environment

from benchmarks.mapping.process import Form
from benchmarks.mapping.tables import codes

_TEXT = Path(__file__).with_name("claim-msg.liquid").read_text(encoding="utf-8")
ENVIRONMENT = Environment()
ENVIRONMENT.add_filter("json", json.dumps)
TEMPLATE = ENVIRONMENT.from_string(_TEXT)
TABLES = {"types": codes("claim-type"), "services": codes("service")}


def _render(claim: Any) -> str:
    return TEMPLATE.render(claim=claim, **TABLES)


FORMS = {
    "tree to text": Form(json.loads, _render, json.loads),
    "bytes": Form(bytes, lambda body: _render(json.loads(body)).encode(), json.loads),
}
