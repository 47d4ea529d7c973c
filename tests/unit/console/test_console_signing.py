"""Signing in, staying in, being thrown out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from console_browser import Person

from hub.access import passwords
from hub.access.accounts import FAILURES
from hub.app import create_app


def totp(hub, role: str = "operator") -> str:
    return hub.store.account(f"a-{role}").totp


def test_a_page_leads_to_the_sign_in_and_from_there_back(hub, nobody) -> None:
    away = nobody.get("/exchanges?held=yes")
    assert (away.status_code, away.headers["location"]) == (
        303,
        "/console/sign-in?next=/exchanges%3Fheld%3Dyes",
    )
    back = nobody.sign_in("a-operator", totp(hub), next="/exchanges?held=yes")
    assert back.headers["location"] == "/console/exchanges?held=yes"
    assert nobody.get("/exchanges?held=yes").status_code == 200


@pytest.mark.parametrize(
    "wrong", [{"password": "other"}, {"code": "000000"}, {"account": "nobody"}, {"code": "é"}]
)
def test_what_is_wrong_is_refused_without_saying_what(hub, nobody, wrong) -> None:
    answer = nobody.sign_in("a-operator", totp(hub), **wrong)
    assert answer.status_code == 401
    assert "Compte, mot de passe ou code inexact" in answer.text
    assert "benkan-session" not in nobody.cookies


def test_five_failures_lock_the_account_also_for_the_right_password(hub, nobody) -> None:
    for _ in range(FAILURES):
        nobody.sign_in("a-operator", totp(hub), password="wrong")
    assert nobody.sign_in("a-operator", totp(hub)).status_code == 401
    actions = [e.content for e in hub.store.audit_entries(object="Account/a-operator")]
    assert any("account-locked" in one for one in actions)


def test_a_code_opens_once(hub, nobody) -> None:
    code = passwords.code_at(totp(hub), datetime.now(UTC))
    assert nobody.sign_in("a-operator", totp(hub), code=code).status_code == 303
    again = Person(create_app(hub)).sign_in("a-operator", totp(hub), code=code)
    assert again.status_code == 401


def test_the_cookie_is_new_at_sign_in_and_no_script_or_site_can_use_it(hub, nobody) -> None:
    nobody.cookies.set("benkan-session", "planted-by-somebody", path="/console")
    answer = nobody.sign_in("a-operator", totp(hub))
    given = answer.headers["set-cookie"]
    assert "benkan-session=" in given
    assert "planted" not in given
    assert "HttpOnly" in given
    assert "SameSite=strict" in given


def test_signing_out_ends_the_session_in_the_store(hub, signed_in) -> None:
    person = signed_in("operator")
    kept = dict(person.cookies)
    person.send("/sign-out", page="/exchanges")
    person.cookies.update(kept)
    assert person.get("/exchanges").status_code == 303


def test_a_disabled_account_is_out_at_once(hub, signed_in) -> None:
    person = signed_in("operator")
    account = hub.store.account("a-operator")
    now = datetime.now(UTC)
    hub.store.put_account(replace(account, disabled=now), "test", "account-disabled")
    assert person.get("/exchanges").status_code == 303


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_the_way_back_never_leaves_the_console(hub, nobody, target) -> None:
    answer = nobody.sign_in("a-operator", totp(hub), next=target)
    assert answer.headers["location"] == "/console/"
