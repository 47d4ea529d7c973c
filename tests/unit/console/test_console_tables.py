"""A code table at the console: rows by pages and as JSON, a draft, files in and out."""

from __future__ import annotations

import json
import re

from hub.authoring import tables
from hub.formats import workbook

URL = "https://benkan.example/fhir/ConceptMap/inps-acte"
PAGE = f"/codes/table?url={URL}"


def sent(person, path, files=None, accept="text/html", **fields):
    page = person.get(PAGE).text
    for name in ("form_token", "seen"):
        fields.setdefault(name, re.search(rf'name="{name}" value="([^"]+)"', page)[1])
    data = {"url": URL, **fields}
    options = {"files": files} if files else {}
    return person.request("POST", path, data=data, headers={"accept": accept}, **options)


def test_a_row_is_changed_by_its_form_and_the_draft_says_who(hub, signed_in) -> None:
    editor = signed_in("mapping-editor")
    page = editor.get(PAGE).text
    assert "consult-gen" in page
    assert 'data-save="/console/codes/table/save"' in page
    form = editor.get(f"/codes/table/row?url={URL}&n=0").text
    assert 'name="c-target_code" value="10101"' in form
    done = sent(editor, "/codes/table/save", n="0", **{"c-target_code": "10199"})
    assert done.status_code == 303
    assert tables.opened(hub, URL).rows[0]["target_code"] == "10199"
    page = editor.get(f"{PAGE}&done=row").text
    assert "changé par a-mapping-editor" in page
    sent(editor, "/codes/table/save", n="0", gone="yes")
    assert tables.opened(hub, URL).rows[0]["source_code"] != "consult-gen"


def test_the_grid_gets_pages_and_sends_its_changes_as_json(hub, signed_in) -> None:
    editor = signed_in("mapping-editor")
    got = editor.get(f"{PAGE}&form=json&size=5&page=2&q=").json()
    assert (len(got["data"]), got["data"][0]["n"], got["last_page"] >= 4) == (5, 5, True)
    found = editor.get(f"{PAGE}&form=json&q=MEDECINE+generale").json()["data"]
    assert any("médecine générale" in str(one) for one in found)
    changes = [
        {"n": 1, "cells": {"comment": "Vu"}},
        {"n": None, "cells": {"source_code": "consult-gen", "target_code": "9"}},
        {"n": 2, "cells": None},
    ]
    answer = sent(
        editor, "/codes/table/save", accept="application/json", changes=json.dumps(changes)
    )
    assert answer.status_code == 200
    assert answer.json()["seen"] == tables.opened(hub, URL).seen
    marked = editor.get(f"{PAGE}&form=json&only=marked").json()["data"]
    assert [one["mark"] for one in marked] == ["conflict"]
    assert "10101" in marked[0]["why"]


def test_a_second_editor_is_told_who_was_quicker_and_loses_nothing(hub, signed_in) -> None:
    editor = signed_in("mapping-editor")
    old = re.search(r'name="seen" value="([^"]+)"', editor.get(PAGE).text)[1]
    first = [{"n": 0, "cells": {"comment": "un"}}]
    sent(editor, "/codes/table/save", accept="application/json", changes=json.dumps(first))
    late = sent(
        editor, "/codes/table/save", accept="application/json", seen=old, changes=json.dumps(first)
    )
    assert late.status_code == 409
    assert "a-mapping-editor" in late.json()["issues"][0]["fr"]


def test_changes_that_cannot_be_read_are_refused(hub, signed_in) -> None:
    editor = signed_in("mapping-editor")
    for wrong in ("{}", "[1]", '[{"n": "0", "cells": {}}]', '[{"n": 0, "cells": {"a": 1}}]', "["):
        answer = sent(editor, "/codes/table/save", accept="application/json", changes=wrong)
        assert 400 <= answer.status_code < 500, wrong
        assert answer.json()["issues"], wrong


def test_a_workbook_goes_out_and_cells_come_in(hub, signed_in) -> None:
    editor, operator = signed_in("mapping-editor"), signed_in("operator")
    out = operator.get(f"/codes/table/export?url={URL}&form=xlsx")
    assert out.headers["content-disposition"] == 'attachment; filename="inps-acte.xlsx"'
    assert len(workbook.read(out.content)[0]) > 16
    done = sent(editor, "/codes/table/import", pasted="kine\t20201\n")
    assert done.status_code == 303
    file = {"file": ("actes.csv", "source_code;target_code\nété;1\n".encode("cp1252"))}
    assert sent(editor, "/codes/table/import", files=file).status_code == 303
    codes = [one["source_code"] for one in tables.opened(hub, URL).rows]
    assert codes[-2:] == ["kine", "été"]
    assert sent(editor, "/codes/table/import").status_code == 422


def test_a_reader_sees_the_table_without_a_way_to_write(signed_in) -> None:
    auditor = signed_in("auditor")
    page = auditor.get(PAGE).text
    assert "consult-gen" in page
    assert "data-save" not in page
    assert "/codes/table/row" not in page
    assert auditor.get("/codes/table?url=https://none.example").status_code == 404
    other = "https://benkan.example/fhir/StructureMap/inps-claim"
    assert auditor.get(f"/codes/table?url={other}").status_code == 422
