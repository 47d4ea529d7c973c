"""One's own account: the password and the secret for codes; and alerts, which others look at."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from console_world import PASSWORD

from hub.access import passwords
from hub.evidence.chain import Act

NEW = "une autre phrase longue"


def code(hub, *, later: int = 1) -> str:
    """A code that has not been used: signing in took that of this moment."""
    at = datetime.now(UTC) + timedelta(seconds=later * passwords.STEP)
    return passwords.code_at(hub.store.account("a-operator").totp, at)


def change(person, hub, **fields: str):
    given = {"password": PASSWORD, "code": code(hub), "new": NEW, "again": NEW} | fields
    return person.send("/me/password", page="/me", **given)


def test_a_person_changes_their_password_and_stays_in_while_other_sessions_end(
    hub, signed_in
) -> None:
    person = signed_in("operator")
    assert hub.store.sessions() == {"a-operator": 1}
    assert 'href="/console/me"' in person.get("/exchanges").text
    answer = change(person, hub)
    assert answer.headers["location"] == "/console/me?done=password"
    assert "Le mot de passe est changé" in person.get("/me?done=password").text
    assert passwords.is_right(hub.store.account("a-operator").password, NEW)
    assert hub.store.sessions() == {"a-operator": 1}
    assert '"password-changed"' in hub.store.audit_search(limit=2)[1].content


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"password": "wrong"}, 401, "Mot de passe actuel ou code inexact"),
        ({"code": "000000"}, 401, "Mot de passe actuel ou code inexact"),
        ({"new": "court", "again": "court"}, 422, "12 caractères au moins"),
        ({"new": PASSWORD, "again": PASSWORD}, 422, "différent de l"),
        ({"again": "autre chose"}, 422, "Les deux saisies"),
    ],
)
def test_nothing_changes_when_something_is_wrong(hub, signed_in, fields, status, said) -> None:
    person = signed_in("operator")
    answer = change(person, hub, **fields)
    assert (answer.status_code, said in answer.text) == (status, True)
    assert passwords.is_right(hub.store.account("a-operator").password, PASSWORD)
    assert person.get("/me").status_code == 200


def test_guessing_at_the_present_password_comes_to_an_end(hub, signed_in) -> None:
    person = signed_in("operator")
    answers = [change(person, hub, password="wrong").status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]
    assert change(person, hub).status_code == 429
    assert passwords.is_right(hub.store.account("a-operator").password, PASSWORD)


def test_a_new_secret_for_codes_is_told_once_and_ends_every_session(hub, signed_in) -> None:
    person, before = signed_in("operator"), hub.store.account("a-operator").totp
    answer = person.send("/me/codes", page="/me", password=PASSWORD, code=code(hub))
    secret = hub.store.account("a-operator").totp
    assert secret != before
    shown = re.sub(r"\s", "", answer.text)
    assert secret in shown
    assert person.get("/me").status_code == 303
    assert hub.store.sessions() == {}


def test_an_auditor_sees_the_alerts_with_their_reasons_and_an_operator_none(hub, signed_in) -> None:
    at, reason = datetime.now(UTC), "Plainte n° 12 : la feuille est introuvable"
    hub.store.record([Act("person|awa", "break-glass", "Exchange/X1", at, {"reason": reason})])
    auditor = signed_in("auditor")
    page = auditor.get("/alerts").text
    assert "bris de glace" in page
    assert reason in page
    assert reason not in auditor.get("/alerts?action=client-added").text
    assert 'href="/console/alerts"' in page
    operator = signed_in("operator")
    assert operator.get("/alerts").status_code == 403
    assert 'href="/console/alerts"' not in operator.get("/exchanges").text
    supervisor = signed_in("supervisor")
    assert supervisor.get("/alerts").status_code == 403


def test_a_page_is_compressed_and_its_token_differs_each_time_and_works(hub, signed_in) -> None:
    person = signed_in("operator")
    pages = [person.get("/exchanges/X1/hold") for _ in range(2)]
    tokens = [re.search(r'name="form_token" value="([0-9a-f]+)"', one.text)[1] for one in pages]
    assert tokens[0] != tokens[1]
    assert pages[0].headers["content-encoding"] == "gzip"
    for token in tokens:
        data = {"reason": "Vérification", "form_token": token}
        answer = person.request("POST", "/exchanges/X1/hold", data=data)
        assert answer.status_code in (303, 409, 422), answer.text
    mixed = tokens[0][: len(tokens[0]) // 2] + tokens[1][len(tokens[1]) // 2 :]
    data = {"reason": "Vérification", "form_token": mixed}
    assert person.request("POST", "/exchanges/X1/hold", data=data).status_code == 403
