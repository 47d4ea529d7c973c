"""Messages as a person reads them."""

from __future__ import annotations

import pytest

from hub.watching.reading import indented

SHEET = '<feuille xmlns="https://benkan.example/cmss"><numero>F-1</numero></feuille>'
READ = '<feuille xmlns="https://benkan.example/cmss">\n  <numero>F-1</numero>\n</feuille>'


@pytest.mark.parametrize(
    "before", ["", "<?xml version='1.0' encoding='ISO-8859-1'?>", '<?xml version="1.0"?>\r\n']
)
def test_xml_is_indented_whatever_its_declaration_says(before: str) -> None:
    first = f"{before.strip()}\n" if before else ""
    assert indented(before + SHEET, "application/xml") == first + READ


def test_json_keeps_its_digits() -> None:
    assert indented('{"total":12500.00}', "application/json") == '{\n  "total": 12500.00\n}'


@pytest.mark.parametrize("text", ["<feuille>", '{"total":', "", "000001 PS"])
def test_what_cannot_be_read_is_shown_as_it_is(text: str) -> None:
    assert indented(text) == text
