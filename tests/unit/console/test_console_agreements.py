"""The page of cross-border agreements: one security administrator proposes, another accepts."""

from __future__ import annotations

import re
from datetime import date

from hub.watching import agreements, proposals

FORM = {"care": "sn", "cover": "ML", "start": "2027-01-01", "reference": "FICTIF-1"}


def test_an_agreement_is_proposed_on_its_page_and_shown_once_accepted(hub, signed_in) -> None:
    person = signed_in("security")
    told = person.send("/agreements/add", page="/agreements", **FORM, reason="Texte reçu")
    assert told.headers["location"].endswith("/agreements?done=proposed")
    seq = re.search(r"/console/proposals/(\d+)", person.get("/agreements").text)
    assert seq is not None
    own = person.send(f"/proposals/{seq[1]}", page="/agreements", decision="accept")
    assert own.status_code == 403
    assert agreements.listed(hub) == []
    proposals.accept(hub, int(seq[1]), "person|fanta")
    [made] = agreements.listed(hub)
    assert (made.care, made.start) == ("SN", date(2027, 1, 1))
    page = person.get("/agreements").text
    assert 'href="/console/agreements" aria-current="page">Accords</a>' in page
    assert "FICTIF-1" in page
    assert "01/01/2027" in page
    assert "Proposer un accord" not in signed_in("operator").get("/agreements").text


def test_an_agreement_without_its_dates_is_refused_and_told(hub, signed_in) -> None:
    person = signed_in("security")
    for wrong in ({"start": ""}, {"care": "Guinée"}, {"end": "2026-01-01"}):
        answer = person.send(
            "/agreements/add", page="/agreements", **{**FORM, **wrong}, reason="Texte reçu"
        )
        assert answer.status_code == 422, wrong
    assert proposals.pending(hub) == []
