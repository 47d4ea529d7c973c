"""Importing a list at the console: a file, a preview that writes nothing, a reason, the list."""

from __future__ import annotations

import re
from datetime import date

from hub.authoring import references
from hub.formats import workbook

FIELDS = {"list": "tarifs", "owner": "hub", "start": "2027-01-01", "whole": "", "currency": ""}
ROWS = [
    ["Code", "Libellé", "Tarif"],
    ["C", "Consultation", "2000"],
    ["Z 20", "Échographie", "8000"],
]


def bring(person, name="", body=b"", **fields):
    """Fill in the form with a file, as a browser sends it."""
    page = person.get("/references/import").text
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', page)[1]
    data = {**FIELDS, **fields, "form_token": token}
    return person.request("POST", "/references/import", data=data, files={"file": (name, body)})


def shown(person, sent) -> str:
    return sent.headers["location"].removeprefix("/console")


def test_a_tariff_is_imported_from_a_workbook_and_says_who_when_and_why(hub, signed_in) -> None:
    person = signed_in("mapping-publisher")
    sent = bring(person, "Tarif été 2027.xlsx", workbook.write(ROWS, "tarif"))
    address = shown(person, sent)
    page = person.get(address).text
    assert "Nouvelles <strong>2</strong>" in page
    assert "8\u202f000\u00a0F\u00a0CFA" in page
    assert hub.store.list_rows("hub", "tarifs") == []
    assert person.send(address, reason="", after="0").status_code == 422
    done = person.send(address, reason="Arrêté fictif", after="0")
    assert done.headers["location"] == "/console/references/list?owner=hub&list=tarifs&done=list"
    assert [r.value for r in hub.store.reference("tarifs", date(2027, 1, 1))] == ["2000", "8000"]
    page = person.get("/references/list?list=tarifs&on=2027-01-01&q=radio").text
    assert "Aucune ligne" in page
    page = person.get("/references/list?list=tarifs&q=ECHO").text
    assert "Z 20" in page
    assert "Arrêté fictif" in page
    assert "Tarif été 2027.xlsx" in page
    assert person.get(address).status_code == 404
    lists = person.get("/references").text
    assert "a-mapping-publisher" in lists


def test_a_name_of_a_file_that_no_database_keeps_is_refused(signed_in) -> None:
    person = signed_in("mapping-publisher")
    assert bring(person, "tarif\0.csv", b"code;valeur\nA;1\n").status_code == 422
    assert bring(person, "tarif%00.csv", b"code;valeur\nA;1\n").status_code == 422


def test_what_is_wrong_is_shown_by_cell_and_cannot_be_confirmed(hub, signed_in) -> None:
    person = signed_in("mapping-publisher")
    address = shown(person, bring(person, pasted="code\tvaleur\nA\tdix\nB\t12,5\n"))
    page = person.get(address).text
    assert ">B2<" in page
    assert ">B3<" in page
    assert "Importer :" not in page
    assert person.send(address, reason="Malgré tout", after="0").status_code == 422
    assert hub.store.list_rows("hub", "tarifs") == []


def test_a_list_changed_after_the_preview_is_not_written_over(hub, signed_in) -> None:
    person = signed_in("mapping-publisher")
    address = shown(person, bring(person, pasted="code\tvaleur\nA\t1\n"))
    assert ">Importer : 1 changement<" in person.get(address).text
    wanted = references.Wanted("tarifs", date(2027, 1, 1))
    other = references.preview(hub.store, wanted, b"code;valeur\nA;2\n")
    references.apply(hub.store, other, "person|fanta", "Plus rapide")
    answer = person.send(address, reason="Trop tard", after="0")
    assert answer.status_code == 409
    assert "fanta" in answer.text


def test_only_whoever_may_import_sees_the_form_and_only_they_see_their_file(signed_in) -> None:
    person, operator = signed_in("mapping-publisher"), signed_in("operator")
    address = shown(person, bring(person, pasted="code\tvaleur\nA\t1\n"))
    assert operator.get("/references").status_code == 200
    assert operator.get("/references/import").status_code == 403
    assert signed_in("mapping-editor").get(address).status_code == 404
    assert bring(person).status_code == 422
    assert bring(person, pasted="a", start="demain").status_code == 422
    assert bring(person, pasted="a", list="Tarifs !").status_code == 422


def test_a_list_is_taken_out_and_paged(hub, signed_in) -> None:
    wanted = references.Wanted("tarifs", date(2027, 1, 1))
    text = "code;valeur\n" + "".join(f"A{n:03};{n}\n" for n in range(120))
    made = references.preview(hub.store, wanted, text.encode())
    references.apply(hub.store, made, "person|awa", "Liste fictive")
    auditor = signed_in("auditor")
    second = auditor.get("/references/list?list=tarifs&page=2").text
    assert "A050" in second
    assert "A049" not in second
    assert "Page 2 sur 3" in second
    csv = auditor.get("/references/export?list=tarifs&form=csv")
    assert csv.text.count("\r\n") == 121
    data = auditor.get("/references/list?list=tarifs&form=json&size=100&page=2").json()
    assert (data["last_page"], len(data["data"]), data["data"][0]["code"]) == (2, 20, "A100")
    assert auditor.get("/references/list?list=none").status_code == 404
