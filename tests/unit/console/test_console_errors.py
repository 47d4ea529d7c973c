"""What goes wrong is a page that says what to do next, in both languages, and loses nothing."""

from __future__ import annotations

import html
import re

import pytest

from hub.errors import Busy, Issue
from hub.store.engine import Database

WRITTEN = "Réclamation <du> prestataire"


def told(answer) -> str:
    """The words of the page, without its menu."""
    page = answer.text.partition("<main")[2].partition("</main>")[0]
    return html.unescape(re.sub(r"<[^>]+>|\s+", " ", page))


@pytest.mark.parametrize(
    ("lang", "role", "path", "status", "words"),
    [
        ("fr", "operator", "/exchanges/none", 404, ("Introuvable", "Revenir à l'accueil")),
        ("en", "operator", "/exchanges/none", 404, ("Not found", "Back to the start")),
        ("fr", "operator", "/people", 403, ("« Comptes : gérer »", "administrateur de sécurité")),
        ("en", "operator", "/people", 403, ("“Accounts: manage”", "security administrator")),
    ],
)
def test_an_error_page_says_in_words_what_to_do_next(signed_in, lang, role, path, status, words):
    page = signed_in(role).get(f"{path}?lang={lang}")
    assert page.status_code == status
    for word in words:
        assert word in told(page), told(page)
    assert f'<html lang="{lang}">' in page.text


def test_a_form_that_is_too_large_says_so_and_how_much_the_page_takes(signed_in) -> None:
    person = signed_in("operator")
    page = person.send("/exchanges/X1/hold", reason="x" * 70_000)
    assert page.status_code == 413
    assert "dépassent 65 ko" in told(page)
    assert "Rien n'a été enregistré" in told(page)


def test_a_form_that_is_refused_shows_what_was_written_to_our_own_pages_alone(signed_in) -> None:
    person = signed_in("operator")
    for site, shown in (("same-origin", True), ("cross-site", False), ("", False)):
        headers = {"sec-fetch-site": site} if site else {}
        data = {"reason": WRITTEN, "form_token": "", "password": "secret"}
        page = person.request("POST", "/exchanges/X1/hold", data=data, headers=headers)
        assert page.status_code == 403
        assert ("Réclamation &lt;du&gt; prestataire" in page.text) is shown, site
        assert "secret" not in page.text


def test_a_form_after_the_session_ended_is_not_thrown_away_for_the_sign_in_page(signed_in) -> None:
    person = signed_in("operator")
    person.send("/sign-out", page="/exchanges")
    headers = {"sec-fetch-site": "same-origin"}
    page = person.request("POST", "/exchanges/X1/hold", data={"reason": WRITTEN}, headers=headers)
    assert page.status_code == 401
    assert "Connectez-vous de nouveau" in told(page)
    assert "Réclamation &lt;du&gt; prestataire" in page.text
    json = {"accept": "application/json"}
    script = person.request("POST", "/codes/table/save", data={"changes": "[]"}, headers=json)
    assert script.status_code == 401
    assert "Sign in again" in script.json()["issues"][0]["en"]
    out = person.request("POST", "/sign-out")
    assert out.status_code == 303


@pytest.mark.parametrize(("lang", "words"), [("fr", "ne répond pas"), ("en", "does not answer")])
def test_a_database_that_is_gone_is_told_as_a_page(signed_in, monkeypatch, lang, words) -> None:
    person = signed_in("operator")

    def gone(self):
        raise Busy(Issue("timeout", "La base ne répond pas.", "The database does not answer."))

    monkeypatch.setattr(Database, "read", gone)
    monkeypatch.setattr(Database, "write", gone)
    page = person.get(f"/exchanges?held=yes&lang={lang}")
    assert page.status_code == 503
    assert page.headers["retry-after"] == "10"
    assert words in told(page)
    assert f'href="/console/exchanges?held=yes&amp;lang={lang}"' in page.text  # try again


def test_a_defect_is_a_page_with_a_reference_and_no_trace(signed_in, monkeypatch, caplog) -> None:
    person = signed_in("operator")

    def broken(self):
        raise RuntimeError("DIARRA")

    monkeypatch.setattr(Database, "read", broken)
    page = person.get("/exchanges")
    assert page.status_code == 500
    assert "donnez la référence" in told(page)
    assert "DIARRA" not in page.text + caplog.text
