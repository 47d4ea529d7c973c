"""`benkan fhirpath`: an expression on a file, without a database."""

import json
from pathlib import Path

import pytest

from hub.cli import main

INPUT = Path(__file__).parents[2] / "data" / "fhirpath" / "r4" / "input"


@pytest.fixture
def benkan(monkeypatch, capsys):
    """Runs the command; gives exit status, output, complaints."""

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["benkan", "fhirpath", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return ended.value.code or 0, printed.out, printed.err

    return run


@pytest.mark.parametrize("name", ["patient-example.json", "patient-example.xml"])
def test_values_are_printed_one_a_line(benkan, name):
    status, out, _ = benkan("name.given | name.period", INPUT / name)
    assert (status, out) == (0, 'Peter\nJames\nJim\n{"end":"2002"}\n')


def test_json_keeps_digits_and_types(benkan, tmp_path):
    file = tmp_path / "claim.json"
    file.write_text('{"resourceType":"Claim","item":[{"sequence":1,"net":{"value":12.50}}]}')
    expression = "item.net.value | item.sequence | 3 'mg' | @2026-11 | true"
    status, out, _ = benkan(expression, file, "--json")
    assert status == 0
    assert out == '[12.50,1,{"value":3,"unit":"mg"},"2026-11",true]\n'


def test_nothing_found_is_no_mistake(benkan):
    assert benkan("photo", INPUT / "patient-example.json") == (0, "", "")
    assert json.loads(benkan("photo", INPUT / "patient-example.json", "--json")[1]) == []


@pytest.mark.parametrize(
    ("expression", "fr", "en"),
    [
        ("nme.given", "Patient n’a pas d’élément nme", "Patient has no element nme"),
        ("name.", "Attendu ici : une expression", "expected an expression"),
        ("name.single()", "Une seule valeur est attendue", "one value expected"),
    ],
)
def test_a_mistake_is_told_in_both_languages(benkan, expression, fr, en):
    status, out, complained = benkan(expression, INPUT / "patient-example.json")
    assert (status, out) == (1, "")
    assert fr in complained
    assert en in complained
