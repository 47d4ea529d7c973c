"""Every address of the console × every role of people × every state of a session."""

from __future__ import annotations

import re

import httpx
import pytest
from console_browser import Person
from console_world import ROLES

from hub.access.matrix import Condition, matrix
from hub.console.application import ROUTES
from hub.console.gate import Guarded
from hub.console.visit import SESSION

GUARDED = [one for one in ROUTES if isinstance(one, Guarded) and not one.free]
#: (method, address with ids that exist where there are any, operation of the matrix)
CELLS = sorted(
    (method, re.sub(r"{[^}]*}", "X1", one.path), one.right)
    for one in GUARDED
    for method in (one.methods or set()) - {"HEAD"}
)


def ask(person: Person, method: str, path: str, **fields: str) -> httpx.Response:
    if method == "GET":
        return person.get(path)
    return person.send(path, page="/sign-in", **fields)


def test_every_address_but_the_way_in_and_out_takes_a_right() -> None:
    without = {path for _, path, right in CELLS if not right}
    # A job asks for the right of its kind; one's own account is one's own.
    own = {"/me", "/me/password", "/me/codes"}
    assert without <= {"/", "/sign-out", "/jobs/X1"} | own
    assert len(CELLS) > 20


@pytest.mark.parametrize("role", ROLES)
def test_each_address_answers_only_the_roles_of_the_matrix(role, signed_in) -> None:
    person = signed_in(role)
    for method, path, right in CELLS:
        if not right:
            continue
        answer = ask(person, method, path)
        granted = matrix().granted((role,), right)
        assert answer.status_code < 500, (method, path)
        if granted is None:
            assert answer.status_code == 403, (method, path, right)
            assert "DIARRA" not in answer.text


def test_without_a_session_every_address_leads_to_the_way_in(nobody) -> None:
    for method, path, _ in CELLS:
        answer = ask(nobody, method, path)
        assert answer.status_code == 303, (method, path)
        assert answer.headers["location"].startswith("/console/sign-in")


def test_a_session_that_ended_or_was_made_up_is_none(hub, signed_in) -> None:
    old = signed_in("operator")
    account = hub.store.account("a-operator")
    hub.store.put_account(account, "test", "account-changed")  # which ends all sessions of it
    invented = Person(old.app)
    invented.cookies.set(SESSION, "x" * 43, domain="test.local", path="/console")
    for person in (old, invented):
        for method, path, _ in CELLS:
            assert ask(person, method, path).status_code == 303, (method, path)


def test_a_form_of_another_session_changes_nothing(signed_in) -> None:
    person, other = signed_in("operator"), signed_in("auditor")
    page = other.get("/audit/verify").text
    stolen = re.search(r'name="form_token" value="([0-9a-f]+)"', page)
    assert stolen is not None
    for method, path, _ in CELLS:
        if method == "POST":
            data = {"form_token": stolen[1], "reason": "essai"}
            assert person.request("POST", path, data=data).status_code == 403, path


def test_a_supervisor_finds_nothing_of_another_institution_anywhere(signed_in) -> None:
    person = signed_in("supervisor")
    for method, path, right in CELLS:
        granted = matrix().granted(("supervisor",), right) if right else None
        if granted is not Condition.BODY or "X1" not in path:
            continue
        theirs, none = (ask(person, method, path.replace("X1", id)) for id in ("X2", "X9"))
        assert theirs.status_code == none.status_code, (method, path)
        assert shown(theirs, "X2") == shown(none, "X9"), (method, path)


def shown(answer: httpx.Response, id: str) -> str:
    text = re.sub(r'value="[0-9a-f]{128}"', "", answer.text)
    return text.replace(id, "ID")


def test_an_address_or_a_field_with_a_null_character_is_refused(signed_in) -> None:
    person = signed_in("operator")
    for path in ("/exchanges/X%00", "/exchanges?sheet=%00", "/partners/cmss%00"):
        assert person.get(path).status_code == 422, path
    assert person.send("/exchanges/X1/hold", reason="essai\0essai").status_code == 422
