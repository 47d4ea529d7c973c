"""fhircraft's FML engine on our map, as far as it goes.

Version 0.9.0 has neither split() nor sum(): references are cut by replaceMatches() instead, and
the rule that sums is left out, so that at best the claim with a total can come out right.
"""

from __future__ import annotations

import json
from typing import Any

from fhircraft import FHIRStructureMapper

from benchmarks.mapping.process import Form
from benchmarks.mapping.tables import MAP

_LINES = (MAP / "claim-msg.fml").read_text(encoding="utf-8").splitlines()
_TEXT = "\n".join(line for line in _LINES if ".sum()" not in line)
_TEXT = _TEXT.replace(".split('/').last()", ".replaceMatches('.*/', '')")
MAPPER = FHIRStructureMapper(fhir_release="R4")
for _path in sorted(MAP.glob("*.json")):
    _read = json.loads(_path.read_text(encoding="utf-8"), parse_float=str)
    if _read["resourceType"] == "StructureDefinition":
        MAPPER.register_definition(_read)
PARSED = MAPPER.parse(_TEXT)


def _run(claim: Any) -> Any:
    return MAPPER.map(PARSED, claim)[0]


FORMS = {
    "in memory": Form(
        json.loads, _run, lambda made: made if isinstance(made, dict) else made.model_dump()
    )
}
