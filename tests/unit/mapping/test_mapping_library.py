"""Loading, pinning, importing, checking."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from hub.errors import Unmappable

HEAD = """map "http://example.org/StructureMap/{name}" = "{name}"
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as source
uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as target
"""
BODY = "group {name}(source s : Patient, target t : Patient) {{ {rules} }}\n"
MODEL = {
    "resourceType": "StructureDefinition",
    "url": "http://example.org/StructureDefinition/Fiche",
    "name": "Fiche",
    "type": "Fiche",
    "kind": "logical",
    "snapshot": {
        "element": [
            {"path": "Fiche", "min": 0, "max": "1"},
            {"path": "Fiche.numero", "min": 1, "max": "1", "type": [{"code": "string"}]},
            {"path": "Fiche.ligne", "min": 0, "max": "*", "type": [{"code": "BackboneElement"}]},
            {"path": "Fiche.ligne.montant", "min": 0, "max": "1", "type": [{"code": "decimal"}]},
            {"path": "Fiche.personne", "min": 0, "max": "1", "type": [{"code": "Patient"}]},
        ]
    },
}


def text(name, rules, head=""):
    return HEAD.format(name=name) + head + BODY.format(name=name, rules=rules)


def test_the_newest_version_is_pinned(library_of):
    def versioned(version):
        return f"/// url = 'http://example.org/m'\n/// version = '{version}'\n" + BODY.format(
            name="m", rules=""
        )

    library = library_of({f"{v}.fml": versioned(v) for v in ("1.9.0", "1.10.0")})
    assert library.pin("http://example.org/m") == "http://example.org/m|1.10.0"
    assert library.pin("http://example.org/m|1.9.0") == "http://example.org/m|1.9.0"
    assert library.maps() == ["http://example.org/m|1.10.0", "http://example.org/m|1.9.0"]


def test_an_unknown_map_is_refused(library_of):
    with pytest.raises(Unmappable, match="unknown map"):
        library_of({}).pin("http://example.org/none")


def test_groups_are_found_through_imports_of_imports_even_in_a_circle(library_of):
    library = library_of(
        {
            "a.fml": text("a", "s -> t then c(s, t);", 'imports "http://example.org/*/b"\n'),
            "b.fml": text("b", "", 'imports "http://example.org/StructureMap/c"\n'),
            "c.fml": text(
                "c", "s.id as i -> t.id = i;", 'imports "http://example.org/StructureMap/a"\n'
            ),
        }
    )
    source = {"resourceType": "Patient", "id": "1"}
    assert library.map("http://example.org/StructureMap/a", source) == source


def test_a_logical_model_is_a_target_and_a_source(library_of):
    head = """map "http://example.org/StructureMap/f" = f
    uses "http://example.org/StructureDefinition/Fiche" as source
    uses "http://example.org/StructureDefinition/Fiche" alias Sheet as target
    """
    rules = """s.ligne as l -> t.ligne as m then { l.montant as v -> m.montant = v; };
    s.personne as p -> t.personne as q, q.gender = 'male', t.numero = (p.id);"""
    group = f"group f(source s : Fiche, target t : Sheet) {{ {rules} }}"
    library = library_of({"f.fml": head + group, "fiche.json": MODEL})
    source = {"ligne": [{"montant": 5}, {"montant": 7}], "personne": {"id": "9"}}
    result = library.map("http://example.org/StructureMap/f", source)
    assert result == {
        "numero": "9",
        "ligne": [{"montant": 5}, {"montant": 7}],
        "personne": {"resourceType": "Patient", "gender": "male"},
    }
    assert list(result) == ["numero", "ligne", "personne"]


def test_check_gives_every_mistake_with_its_line(library_of, tmp_path):
    rules = "\n".join(
        [
            "s.nome as n -> t.name = n;",
            "s.id as i -> t.id = frob(i);",
            "x.id -> t.id;",
            "s.id as -> ;",
        ]
    )
    library = library_of(
        {"a.fml": text("a", "\n" + rules + "\ns.id as i -> t.id = i then no(i);\n")}
    )
    syntax = library.check(tmp_path / "a.fml")
    assert [(e.line, e.rule) for e in syntax] == [(8, "a")]
    (tmp_path / "b.fml").write_text(
        text("b", "\n" + rules.rsplit("\n", 1)[0] + "\n"), encoding="utf-8"
    )
    found = library.check(tmp_path / "b.fml")
    assert [e.line for e in found] == [5, 6, 7]
    assert "Patient has no element nome" in found[0].message
    assert "frob" in found[1].message
    assert found[2].fr.startswith("Variable inconnue")
    assert all(e.spec.startswith("http") for e in found)
    assert library.check(tmp_path / "b.fml", syntax_only=True) == []


def test_a_map_with_mistakes_does_not_run(library_of):
    library = library_of({"a.fml": text("a", "s.nome as n -> t.name = n;")})
    with pytest.raises(Unmappable, match="has no element nome"):
        library.map("http://example.org/StructureMap/a", {})


def test_a_structure_map_of_r4_runs_as_json(library_of):
    source = {"context": "s", "element": "gender", "variable": "g", "defaultValueString": "it's"}
    copied = {"context": "t", "transform": "copy"}
    target = {**copied, "element": "gender", "parameter": [{"valueId": "g"}]}
    active = {**copied, "element": "active", "parameter": [{"valueBoolean": True}]}
    call = {"name": "two", "variable": ["s", "t"]}
    rule = {"name": "r", "source": [source], "target": [target], "dependent": [call]}
    two = {"source": [{"context": "s"}], "target": [active]}
    inputs = [
        {"name": "s", "type": "Patient", "mode": "source"},
        {"name": "t", "type": "Patient", "mode": "target"},
    ]
    groups = [
        {"name": "one", "typeMode": "none", "input": inputs, "rule": [rule]},
        {"name": "two", "typeMode": "none", "input": inputs, "rule": [two]},
    ]
    resource = {
        "resourceType": "StructureMap",
        "url": "http://example.org/j",
        "name": "j",
        "group": groups,
    }
    library = library_of({"j.json": resource})
    assert library.map("http://example.org/j", {}) == {
        "resourceType": "Patient",
        "active": True,
        "gender": "it's",
    }


def test_one_library_serves_many_threads(library_of):
    library = library_of({"a.fml": text("a", "s.id as i -> t.id = i;")})
    with ThreadPoolExecutor(8) as pool:
        results = pool.map(
            lambda n: library.map("http://example.org/StructureMap/a", {"id": str(n)})["id"],
            range(200),
        )
    assert list(results) == [str(n) for n in range(200)]


def test_the_generated_python_can_be_read(library_of):
    source = library_of({"a.fml": text("a", "s.id as i -> t.id = i;")}).python(
        "http://example.org/StructureMap/a"
    )
    assert "def group_a_" in source
    compile(source, "a", "exec")


def test_a_file_is_found_by_its_path_and_replaces_the_map_of_its_name(library_of, tmp_path):
    library = library_of({"a.fml": text("a", "s.id as i -> t.id = 'old';")})
    assert library.map("http://example.org/StructureMap/a", {"id": "1"})["id"] == "old"
    draft = tmp_path / "draft.fml"
    draft.write_text(text("a", "s.id as i -> t.id = 'new';"), encoding="utf-8")
    canonical = library.canonical_of(draft)
    assert library.map(canonical, {"id": "1"})["id"] == "new"
    draft.write_text("nothing", encoding="utf-8")
    with pytest.raises(Unmappable, match="expected map"):
        library.canonical_of(draft)
