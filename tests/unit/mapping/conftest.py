"""A library of one map written in the test."""

import json
from datetime import UTC, datetime

import pytest

from hub.mapping.library import Library

URL = "http://example.org/StructureMap/test"
HEAD = f"""/// url = '{URL}'
/// name = 'test'
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as source
uses "http://hl7.org/fhir/StructureDefinition/Patient" as target
uses "http://hl7.org/fhir/StructureDefinition/Observation" as target
uses "http://hl7.org/fhir/StructureDefinition/Bundle" as target
"""


@pytest.fixture
def library_of(tmp_path):
    """Writes files and gives the library of their folder."""

    def make(files, rows=()):
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / name).write_text(text, encoding="utf-8")
        clock = datetime(2026, 11, 21, 22, 5, tzinfo=UTC)
        return Library([tmp_path], rows, clock=lambda: clock, identifiers=lambda: "id-1")

    return make


@pytest.fixture
def transform(library_of):
    """Runs the rules of one group `src` → `tgt` on a Patient, and gives the target."""

    def run(rules, source, target="Patient", more="", rows=(), **files):
        text = (
            f"{HEAD}{more}group main(source src : Patient, target tgt : {target}) {{\n{rules}\n}}\n"
        )
        library = library_of({"test.fml": text, **files}, rows)
        return library.map(URL, {"resourceType": "Patient", **source})

    return run
