"""Declared partners: what a profile must say, and what an HTTP answer means."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters import declared
from adapters.declared.adapter import Declared
from adapters.declared.answers import check_status
from adapters.declared.profile import read
from hub.errors import Misconfigured, Problem, Refused, Unconfirmed, Unreachable, Unreadable
from hub.model import Reply, ReplyKind

MUTUAL = Path(__file__).parents[3] / "data" / "mutuelle"


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MUTUAL, tmp_path / "mutuelle")) / "profile.json"


def changed(profile: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    told = json.loads(profile.read_text(encoding="utf-8"))
    change(told)
    profile.write_text(json.dumps(told), encoding="utf-8")
    return profile


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda p: p.update(colour="blue"), "colour"),
        (lambda p: p.pop("redacted"), "redacted"),
        (lambda p: p["operations"]["claim"].update(key="clef"), "clef"),
        (lambda p: p["operations"]["claim"].update(request="absent"), "absent"),
        (lambda p: p["documents"][0].update(kind="answer"), "either status or kind"),
        (lambda p: p["documents"][0]["statuses"].update(X="peut-être"), "statuses"),
        (lambda p: p["files"]["notices"][0].update(part="sogoba-feuille"), "no document"),
        (lambda p: p["documents"][0].update(sheet="feuille"), "feuille"),
        (lambda p: p["documents"][0].update(operation="eligibility"), "eligibility"),
        (lambda p: p["operations"].update(claims=p["operations"]["claim"]), "claims"),
        (lambda p: p["line"].pop("url"), "url"),
        (lambda p: p.update(line="https://hote/"), "profile"),
    ],
)
def test_a_profile_that_cannot_work_stops_the_start_with_its_name(
    change: Callable[[dict[str, Any]], object], word: str, profile: Path
) -> None:
    with pytest.raises(Misconfigured, match=word) as problem:
        declared.build(changed(profile, change))
    assert all(issue.fr and issue.en for issue in problem.value.issues)


def test_a_partner_that_can_neither_be_asked_nor_drops_copies_stops_the_start(
    profile: Path,
) -> None:
    changed(profile, lambda p: p["operations"]["claim"].pop("ask"))
    declared.build(profile)  # it drops copies: sending again under the same key does no harm
    changed(profile, lambda p: p.update(resends_safely=False))
    with pytest.raises(Misconfigured, match="ask"):
        declared.build(profile)


def test_the_sheet_number_of_an_answer_is_held_against_the_one_sent(profile: Path) -> None:
    changed(profile, lambda p: p["operations"]["claim"].update(sheet="numero"))
    partner = declared.build(
        changed(profile, lambda p: p["documents"][0].update(sheet="numero", number=""))
    )
    tree = json.loads((MUTUAL / "certification.json").read_text(encoding="utf-8"))["tree"]
    sent = partner.encode("claim", tree, "s-1")

    def answer(number: str) -> Reply:
        body = (
            '<Decision xmlns="https://benkan.example/xml/sogoba/1" envoi="s-1" etat="DECIDEE">'
            f"<numero>{number}</numero><texte>Décidé.</texte></Decision>"
        )
        return Reply(ReplyKind.ANSWER, "claim", "s-1", body.encode(), "application/xml")

    partner.check(sent, answer("SGB-0001"))
    with pytest.raises(Unreadable, match="SGB-0002"):
        partner.check(sent, answer("SGB-0002"))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda c: c.pop("tree"), "tree"),
        (lambda c: c.update(message={}), "message"),
        (lambda c: c.update(operation="statut"), "statut"),
        (lambda c: c["replies"][0].update(kind="peut-être"), "replies.0.kind"),
    ],
)
def test_a_certification_case_that_is_wrong_is_told_element_by_element(
    change: Callable[[dict[str, Any]], object], word: str, profile: Path
) -> None:
    changed(profile.parent / "certification.json", change)
    with pytest.raises(Misconfigured, match=word) as problem:
        declared.case(profile)
    assert all(issue.fr and issue.en for issue in problem.value.issues)


def test_the_environment_wins_and_the_secret_comes_from_nowhere_else(
    profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read(profile).line.secret.get_secret_value() == ""
    monkeypatch.setenv("BENKAN_SOGOBA_URL", "https://ailleurs/")
    monkeypatch.setenv("BENKAN_SOGOBA_SECRET", "mot")
    line = read(profile).line
    assert (line.url, line.secret.get_secret_value()) == ("https://ailleurs/", "mot")
    assert "mot" not in repr(declared.settings(profile))


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (400, Refused),
        (401, Unreachable),
        (403, Unreachable),
        (404, Refused),
        (422, Refused),
        (429, Unconfirmed),
        (500, Unconfirmed),
        (503, Unconfirmed),
        (302, Refused),
    ],
)
def test_an_http_status_says_what_happens_next(status: int, wanted: type[Problem]) -> None:
    with pytest.raises(wanted):
        check_status("Mutuelle", status)


def test_a_success_is_no_error() -> None:
    for status in (200, 201, 202, 204):
        check_status("Mutuelle", status)


def test_a_notice_is_cut_by_its_own_references_and_carries_its_number(profile: Path) -> None:
    namespace = "https://benkan.example/xml/sogoba/1"
    parts = "".join(
        f'<Paiement envoi="s-{n}"><numero>D-{n}</numero><ordre>V-{n}</ordre>'
        f"<date>2026-10-12</date><montant>{n}00</montant><devise>XOF</devise></Paiement>"
        for n in (1, 2)
    )
    body = f'<AvisPaiement xmlns="{namespace}" ordre="AV-9" nombre="2" total="300">{parts}'
    replies = Declared(read(profile)).receive({}, f"{body}</AvisPaiement>".encode())
    assert [reply.reference for reply in replies] == ["s-1", "s-2"]
    assert {reply.partner_reference for reply in replies} == {"AV-9"}


def test_a_partner_without_certification_json_has_no_case(profile: Path) -> None:
    assert declared.case(profile) is not None
    (profile.parent / "certification.json").unlink()
    assert declared.case(profile) is None
