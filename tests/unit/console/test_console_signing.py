"""Signing in, staying in, being thrown out."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from console_browser import Person

from hub.access import passwords, sign_ins
from hub.access.accounts import FAILURES, LOCKED
from hub.app import create_app, create_console


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


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of an hour may end while a test runs; a day hardly does."""
    monkeypatch.setattr(sign_ins, "BY_PLACE", sign_ins.BY_PLACE.replace("15 minutes", "day"))


def from_(hub, address: str) -> Person:
    """A browser at another network address."""
    person = Person(create_app(hub))
    app = person.app

    async def there(scope, receive, send) -> None:
        await app(scope | {"client": (address, 40000)}, receive, send)

    person.app = there
    return person


def guess(hub, addresses: int) -> None:
    """So many strangers, five wrong passwords each."""
    for number in range(addresses):
        stranger = from_(hub, f"192.0.2.{number}")
        for _ in range(5):
            stranger.sign_in("a-operator", totp(hub), password="wrong")


def test_five_wrong_attempts_make_a_place_wait_also_with_the_right_password(hub, nobody) -> None:
    for _ in range(5):
        assert nobody.sign_in("a-operator", totp(hub), password="wrong").status_code == 401
    stopped = nobody.sign_in("a-operator", totp(hub))
    assert stopped.status_code == 429
    assert 0 < int(stopped.headers["retry-after"]) <= 86_400
    assert "Trop d'essais" in html.unescape(stopped.text)
    # It guessed one account; neither the others there nor the account elsewhere have to wait.
    assert nobody.sign_in("a-auditor", totp(hub, "auditor")).status_code == 303
    assert from_(hub, "192.0.2.9").sign_in("a-operator", totp(hub)).status_code == 303


def test_an_address_that_tries_many_accounts_has_to_wait_before_anything_costly(
    hub, nobody, monkeypatch
) -> None:
    monkeypatch.setattr(sign_ins, "BY_ADDRESS", "6/day")
    checked: list[str] = []
    monkeypatch.setattr(passwords, "is_right", lambda kept, typed: bool(checked.append(typed)))
    answers = [
        nobody.sign_in(f"stranger-{n}", totp(hub), password="x").status_code for n in range(8)
    ]
    assert answers == [401] * 6 + [429] * 2
    assert len(checked) == 6


def test_strangers_cannot_lock_somebody_out_of_their_own_browser(hub, nobody) -> None:
    assert nobody.sign_in("a-operator", totp(hub)).status_code == 303
    nobody.send("/sign-out", page="/exchanges")
    guess(hub, FAILURES // 5)
    actions = [e.content for e in hub.store.audit_entries(object="Account/a-operator")]
    assert any("account-locked" in one for one in actions)
    later = next_code(hub)
    assert from_(hub, "192.0.2.99").sign_in("a-operator", totp(hub)).status_code == 401
    assert nobody.sign_in("a-operator", totp(hub), code=later).status_code == 303


def test_the_console_alone_counts_by_the_address_behind_the_proxy_and_has_the_same_limits(
    hub,
) -> None:
    hub.settings = hub.settings.model_copy(update={"trusted_proxies": ["127.0.0.1"]})

    def browser(address: str) -> Person:
        person = Person(create_console(hub))
        ask = person.request
        told = {"x-forwarded-for": address}
        person.request = lambda *words, **more: ask(*words, headers=told, **more)
        return person

    for _ in range(5):
        browser("192.0.2.1").sign_in("a-operator", totp(hub), password="wrong")
    assert browser("192.0.2.1").sign_in("a-operator", totp(hub)).status_code == 429
    entered = browser("192.0.2.2").sign_in("a-operator", totp(hub))
    assert entered.status_code == 303
    assert entered.headers["cache-control"] == "no-store"


def next_code(hub) -> str:
    """The present code was used up by the first sign-in; its neighbour counts as well."""
    return passwords.code_at(totp(hub), datetime.now(UTC) + timedelta(seconds=passwords.STEP))


def test_a_device_forged_or_of_another_account_is_a_strangers(hub, nobody) -> None:
    assert nobody.sign_in("a-auditor", totp(hub, "auditor")).status_code == 303
    guess(hub, FAILURES // 5)
    assert nobody.sign_in("a-operator", totp(hub)).status_code == 401
    nobody.cookies.set("benkan-device", "0" * 64, path="/console")
    assert nobody.sign_in("a-operator", totp(hub)).status_code == 401


def test_a_lock_ends_after_minutes_whoever_wanted_it(hub) -> None:
    guess(hub, FAILURES // 5)
    until = hub.store.account("a-operator").locked
    assert timedelta() < until - datetime.now(UTC) <= timedelta(seconds=LOCKED)
    assert LOCKED <= 300


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
