"""Who may open which page and do which act; every refusal is written down."""

from __future__ import annotations

import pytest
from console_world import ROLES

from hub.access.matrix import matrix

PAGES = {
    "/exchanges": "exchange.list",
    "/exchanges/X1": "exchange.read",
    "/exchanges/X1/hold": "exchange.hold",
    "/exchanges/X1/withdraw": "exchange.cancel",
    "/partners": "partner.read",
    "/codes": "code.read",
    "/codes/release": "exchange.hold",
    "/references": "reference.read",
    "/references/import": "reference.import",
    "/audit/verify": "audit.verify",
}
ACTS = {
    "/exchanges/X1/hold": "exchange.hold",
    "/exchanges/X1/withdraw": "exchange.cancel",
    "/codes/add": "code.add",
    "/codes/table/save": "mapping.edit",
    "/codes/table/import": "mapping.edit",
    "/references/import": "reference.import",
    "/codes/release": "exchange.hold",
    "/audit/verify": "audit.verify",
}


@pytest.mark.parametrize("role", ROLES)
def test_each_page_opens_for_the_roles_of_the_matrix_only(hub, signed_in, role) -> None:
    person = signed_in(role)
    for path, right in PAGES.items():
        wanted = 200 if matrix().granted((role,), right) else 403
        assert person.get(path).status_code == wanted, path
    assert person.get("/audit").status_code == (200 if role == "auditor" else 403)


@pytest.mark.parametrize("role", ROLES)
def test_each_act_is_refused_to_other_roles_and_leaves_an_audit_row(hub, signed_in, role) -> None:
    person = signed_in(role)
    for path, right in ACTS.items():
        if matrix().granted((role,), right):
            continue
        answer = person.send(path, page="/sign-in", reason="essai de droit")
        assert answer.status_code == 403, path
        rows = hub.store.audit_search(actor=f"person|a-{role}", action="refused")
        assert any(f"/console{path}" in row.content for row in rows), path


def test_nothing_opens_without_a_session(nobody) -> None:
    for path in (*PAGES, "/audit", "/", "/whatever"):
        assert nobody.get(path).status_code == 303, path


def test_a_supervisor_sees_only_the_exchanges_of_their_institution(signed_in) -> None:
    person = signed_in("supervisor")
    page = person.get("/exchanges?partner=inps").text
    assert "F-2026-X1" in page
    assert "F-2026-X2" not in page
    assert person.get("/exchanges/X2").status_code == 404
    assert person.get("/exchanges/X1").status_code == 200


def test_identities_are_masked_without_the_right_to_payloads(signed_in, hub) -> None:
    operator = signed_in("operator")
    page = operator.get("/exchanges/X1").text
    assert "***" in page
    assert "DIARRA" not in page
    whole = operator.send(
        "/exchanges/X1/payload", page="/exchanges/X1", reason="Plainte n° 12, ONG"
    )
    assert "DIARRA" in whole.text
    assert hub.store.audit_search(action="break-glass", object="Exchange/X1")
    assert "DIARRA" not in signed_in("supervisor").get("/exchanges/X1").text
    assert "DIARRA" in signed_in("medical-adviser").get("/exchanges/X1").text
    assert hub.store.audit_search(actor="person|a-medical-adviser", action="read-payload")


def test_breaking_the_glass_needs_a_reason(signed_in) -> None:
    answer = signed_in("operator").send("/exchanges/X1/payload", page="/exchanges/X1", reason="x")
    assert answer.status_code == 422
    assert "DIARRA" not in answer.text
