"""Rights, prior authorisation, status, cancellation and the statement of a month."""

from __future__ import annotations

import itertools

import pytest
from inamo_dossiers import BASE, RECEIVED, amounts, answer, dossier, mapped, sent, settled
from servers.inamo_sandbox import InamoSandbox, wait

from adapters.inamo.adapter import Inamo
from hub import errors
from hub.fhir.validate import validate
from hub.formats import exact_json
from hub.model import Reply, ReplyKind, Tree

_keys = (f"q-{n:04d}" for n in itertools.count(1))


def ask(cnps: Inamo, operation: str, source: Tree) -> tuple[Reply, Tree | None]:
    key = next(_keys)
    source = source | {"submission": key}
    message = cnps.encode(operation, mapped(operation, source), key)
    reply = cnps.send(message)
    if reply.kind is not ReplyKind.ANSWER:
        return reply, None
    role = "claim-answer" if operation == "status" else f"{operation}-answer"
    tree = {"dossier": source, "answer": cnps.decode(reply), "received": RECEIVED}
    return reply, mapped(role, tree)


def rights(cnps: Inamo, number: str, day: str = "2026-10-08") -> Tree:
    identifier = {"system": f"{BASE}/sid/numero-cnps", "value": number}
    request = {
        "resourceType": "CoverageEligibilityRequest",
        "status": "active",
        "purpose": ["benefits"],
        "patient": {"identifier": identifier},
        "created": "2026-11-22",
        "insurer": {"reference": "Organization/cnps"},
    }
    _, response = ask(cnps, "eligibility", {"careDate": day, "body": "CNPS", "request": request})
    assert response is not None
    assert validate(exact_json.loads(exact_json.dumps(response))) == []
    return response


def reasons(response: Tree) -> list[str]:
    return [e["code"]["coding"][0]["code"] for e in response.get("error", [])]


def test_rights_are_open_at_eighty_per_cent_for_the_person_asked_about(cnps: Inamo) -> None:
    response = rights(cnps, "GN-0000000102")
    (insurance,) = response["insurance"]
    assert insurance["inforce"] is True
    # openIMIS names the family head's cover, GN-0000000002
    assert insurance["coverage"]["identifier"]["value"] == "GN-0000000102"
    shares = {i["category"]["coding"][0]["code"]: i["description"] for i in insurance["item"]}
    assert shares["PHA"].startswith("Prise en charge 80 %")


def test_t4_rights_are_closed_before_the_scheme_opened(cnps: Inamo) -> None:
    assert reasons(rights(cnps, "GN-0000000001", "2024-07-31")) == ["R02"]
    assert reasons(rights(cnps, "GN-0000000001", "2024-08-01")) == []


def test_an_unknown_number_is_told_and_a_number_of_inamo_is_still_found(cnps: Inamo) -> None:
    assert reasons(rights(cnps, "GN-9999999999")) == ["R01"]
    former = rights(cnps, "INAMO-0017304")
    assert former["insurance"][0]["inforce"] is True


def test_a_prior_authorisation_is_granted_in_part_with_expiry_and_quantity(cnps: Inamo) -> None:
    source = dossier(
        ("acte", "journee-hosp", 15, 50000),
        ("acte", "img-scanner", 1, 450000),
        use="preauthorization",
    )
    message = sent(cnps, source, "preauthorization")
    response = answer(cnps, source, settled(cnps, message), "preauthorization-answer")
    assert response["outcome"] == "partial"
    assert response["preAuthRef"].startswith("AG-")
    assert response["preAuthPeriod"]["end"] > response["preAuthPeriod"]["start"]
    granted = [
        a["value"]
        for line in response["item"]
        for a in line["adjudication"]
        if a["category"]["coding"][0]["code"] == "accorde"
    ]
    assert granted == [10, 1]
    notes = [note["number"] for note in response["processNote"]]
    assert notes == [1]


def test_an_authorisation_opens_what_needs_one(cnps: Inamo) -> None:
    scanner = ("acte", "img-scanner", 1, 450000)
    refused = dossier(scanner, day="2026-09-01", person="GN-0000000003")
    response = answer(cnps, refused, settled(cnps, sent(cnps, refused)))
    assert reasons(response) == ["R10"]
    asked = dossier(scanner, use="preauthorization", day="2026-09-02", person="GN-0000000003")
    message = sent(cnps, asked, "preauthorization")
    granted = answer(cnps, asked, settled(cnps, message), "preauthorization-answer")
    source = dossier(scanner, day="2026-09-02", person="GN-0000000003")
    source["claim"]["insurance"][0]["preAuthRef"] = [granted["preAuthRef"]]
    response = answer(cnps, source, settled(cnps, sent(cnps, source)))
    assert (response["outcome"], amounts(response)["benefit"]) == ("complete", 360000)


def test_a_diagnosis_outside_the_nine_groups_is_a_reason_all_the_same(cnps: Inamo) -> None:
    source = dossier(("acte", "img-scanner", 1, 450000), use="preauthorization")
    code = {"system": "http://hl7.org/fhir/sid/icd-10", "code": "S06"}
    why = {"sequence": 1, "diagnosisCodeableConcept": {"coding": [code]}}
    source["claim"]["diagnosis"] = [why]
    message = sent(cnps, source, "preauthorization")
    response = answer(cnps, source, settled(cnps, message), "preauthorization-answer")
    assert (response["outcome"], bool(response["preAuthRef"])) == ("complete", True)


def test_a_request_without_a_reason_is_deferred_and_refused_after_a_day(own: InamoSandbox) -> None:
    cnps = own.adapter()
    source = dossier(("acte", "cesarienne", 1, 700000), use="preauthorization")
    del source["claim"]["diagnosis"]
    message = sent(cnps, source, "preauthorization")
    cnps.send(message)
    own.advance(60)
    deferred = cnps.ask(message, None)
    assert deferred.kind is ReplyKind.ACKNOWLEDGED
    assert "complétez la demande" in deferred.text
    own.advance(2 * 86400)
    response = answer(cnps, source, cnps.ask(message, None), "preauthorization-answer")
    assert response["outcome"] == "complete"
    assert "preAuthRef" not in response
    assert response["adjudication"][0]["reason"]["coding"][0]["code"] == "R13"


@pytest.mark.parametrize(
    ("told", "granted", "notes"),
    [
        ({"decision": "accord"}, "3", 0),
        ({"decision": "accord", "quantities": {"1": 2}}, "2", 1),
        ({"decision": "refus"}, "", 1),
    ],
)
def test_the_adviser_decides_a_deferred_request_and_a_restart_keeps_it(
    own: InamoSandbox, told: Tree, granted: str, notes: int
) -> None:
    cnps = own.adapter()
    source = dossier(("acte", "img-scanner", 3, 450000), use="preauthorization")
    del source["claim"]["diagnosis"]
    message = sent(cnps, source, "preauthorization")
    cnps.send(message)
    own.advance(60)
    (reference,) = own.control("/approvals")["waiting"]
    assert own.control("/approvals", {"reference": reference, **told}) == {"waiting": []}
    own.kill()
    own.start()
    own.advance(120)
    cnps = own.adapter()
    response = answer(cnps, source, cnps.ask(message, None), "preauthorization-answer")
    assert ("preAuthRef" in response) == bool(granted)
    whole = [a["reason"]["coding"][0]["code"] for a in response.get("adjudication", [])]
    assert whole == ([] if granted else ["R13"])
    assert len(response.get("processNote", [])) == notes
    quantities = [
        str(a["value"])
        for line in response.get("item", [])
        for a in line["adjudication"]
        if a["category"]["coding"][0]["code"] == "accorde"
    ]
    assert [q for q in quantities if q != "0"] == ([granted] if granted else [])


def test_rights_that_are_closed_refuse_the_authorisation(cnps: Inamo) -> None:
    source = dossier(("acte", "cesarienne", 1, 700000), use="preauthorization")
    source["patient"] = source["patient"] | {
        "identifier": [{"system": f"{BASE}/sid/numero-cnps", "value": "GN-9999999999"}]
    }
    message = sent(cnps, source, "preauthorization")
    response = answer(cnps, source, settled(cnps, message), "preauthorization-answer")
    assert response["adjudication"][0]["reason"]["coding"][0]["code"] == "R01"


def test_status_tells_where_a_claim_stands_then_gives_the_decision(slow: InamoSandbox) -> None:
    cnps = slow.adapter()
    source = dossier(("acte", "consult-gen", 1, 20000))
    cnps.send(sent(cnps, source))
    asked = {"careDate": "2026-10-08", "copyOf": source["submission"], "claim": source["claim"]}
    reply, _ = ask(cnps, "status", asked)
    assert reply.kind is ReplyKind.ACKNOWLEDGED
    assert "CNPS" in reply.text
    slow.advance(200)
    _, response = ask(cnps, "status", asked | {"body": "CNPS"})
    assert response is not None
    assert amounts(response)["benefit"] == 16000
    unknown, _ = ask(cnps, "status", {"careDate": "2026-10-08", "copyOf": "never-sent"})
    assert unknown.kind is ReplyKind.UNKNOWN


def test_a_claim_is_cancelled_while_nothing_is_liquidated(slow: InamoSandbox) -> None:
    cnps = slow.adapter()
    source = dossier(("acte", "consult-gen", 1, 20000))
    message = sent(cnps, source)
    cnps.send(message)
    asked = {"careDate": "2026-10-08", "copyOf": source["submission"], "reason": "Erreur de saisie"}
    _, taken = ask(cnps, "cancellation", asked)
    assert taken is not None
    assert taken["accepted"] is True
    slow.advance(500)
    assert cnps.ask(message, None).kind is ReplyKind.ACKNOWLEDGED  # never liquidated

    late = dossier(("acte", "consult-gen", 1, 20000), person="GN-0000000002")
    cnps.send(sent(cnps, late))
    slow.advance(200)
    _, refused = ask(cnps, "cancellation", {"careDate": "2026-10-08", "copyOf": late["submission"]})
    assert refused is not None
    assert (refused["accepted"], refused["reason"]) == (False, "R99")
    assert "déjà liquidé" in refused["message"]


def test_the_same_cancellation_again_gets_the_same_answer_and_can_be_asked_about(
    own: InamoSandbox,
) -> None:
    cnps = own.adapter()
    tree = mapped("cancellation", {"submission": "x-1", "careDate": "2026-10-08", "copyOf": "no"})
    message = cnps.encode("cancellation", tree, "x-1")
    assert cnps.ask(message, None).kind is ReplyKind.UNKNOWN
    first = cnps.send(message)
    assert cnps.send(message) == first == cnps.ask(message, None)


def test_the_statement_of_a_month_holds_every_claim_on_all_pages(own: InamoSandbox) -> None:
    cnps = own.adapter()
    people = ("GN-0000000001", "GN-0000000002", "GN-0000000003", "GN-0000000101", "GN-0000000102")
    sources = [
        dossier(("acte", "consult-gen", 1, 20000 + n), person=p, day="2026-08-04")
        for n, p in enumerate(people)
    ]
    sources[1]["claim"]["supportingInfo"] = [
        {
            "sequence": 1,
            "category": {"coding": [{"code": "attachment"}]},
            "valueAttachment": {"contentType": "application/pdf", "title": "ordonnance.pdf"},
        }
    ]
    for source in [*sources, dossier(("acte", "consult-gen", 1, 20000), day="2026-09-30")]:
        settled(cnps, sent(cnps, source))
    key = next(_keys)
    question = {"submission": key, "month": "2026-08", "body": "CNPS"}
    reply = cnps.send(cnps.encode("statement", mapped("statement", question), key))
    tree = mapped("statement-answer", {"answer": cnps.decode(reply), "received": RECEIVED})
    assert (tree["body"], tree["month"], tree["currency"]) == ("CNPS", "2026-08", "GNF")
    rows = {row["submission"]: row for row in tree["row"]}
    assert list(rows) == [source["submission"] for source in sources]
    for n, source in enumerate(sources):
        row = rows[source["submission"]]
        assert (row["claimed"], row["share"], row["status"]) == (20000 + n, 16000, "liquidee")
        # read back, an attachment stands in place of the explanation: the sheet number is lost
        expected = None if n == 1 else source["claim"]["identifier"][0]["value"]
        assert row.get("sheet") == expected


@pytest.mark.parametrize("month", ["2026-13", "octobre", ""])
def test_a_month_that_is_none_is_refused_before_it_is_asked(cnps: Inamo, month: str) -> None:
    with pytest.raises(errors.Refused):
        cnps.encode("statement", {"identifiant": "x", "mois": month}, "x")


def test_care_in_mali_under_an_agreement_stays_in_francs_cfa(cnps: Inamo) -> None:
    line = ("acte", "consult-gen", 1, 2500)
    abroad: Tree = {"provider": "cscom-sogoba", "currency": "XOF", "day": "2026-08-20"}
    source = dossier(line, **abroad, agreement="CIPRES-2025-ML-GN")
    message = sent(cnps, source)
    assert b"accord-caisses=CIPRES-2025-ML-GN" in message.body
    assert message.total is not None
    assert message.total.currency == "XOF"
    response = answer(cnps, source, settled(cnps, message))
    assert amounts(response) == {
        "submitted": 2500,
        "eligible": 2000,
        "benefit": 1600,
        "copay": 400,
    }
    assert {t["amount"]["currency"] for t in response["total"]} == {"XOF"}
    without = dossier(line, **(abroad | {"day": "2026-08-21"}))
    assert reasons(answer(cnps, without, settled(cnps, sent(cnps, without)))) == ["R17"]


def test_nothing_waits_for_what_was_not_asked(cnps: Inamo) -> None:
    message = sent(cnps, dossier(("acte", "consult-gen", 1, 20000), day="2026-07-01"))
    assert cnps.ask(message, None).kind is ReplyKind.UNKNOWN
    assert wait(lambda: cnps.send(message)).kind is ReplyKind.ACKNOWLEDGED
