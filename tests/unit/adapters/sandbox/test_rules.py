"""The rules a sandbox liquidates by, T1 to T23 of the domain, each with its figures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sandbox import authorizations
from adapters.sandbox.reasons import LABELS
from adapters.sandbox.rights import add_months, age
from adapters.sandbox.rules import Line, Sheet, Verdict, liquidate
from adapters.sandbox.world import World

WORLD = World.load()
TODAY = date(2026, 11, 21)
DAY = date(2026, 11, 2)
CMSS, INPS = "20000518-00", "20000370-00"
CHU, PHARMACY, SUSPENDED, GUINEA = "CNV-ML-00006", "CNV-ML-00007", "CNV-ML-00010", "CNV-GN-00001"


def line(code: str, amount: str | int, quantity: int = 1, rank: int = 1, **more: Any) -> Line:
    return Line(rank, code, Decimal(quantity), Decimal(amount), **more)


def sheet(*lines: Line, **changes: Any) -> Sheet:
    numbered = [replace(one, rank=i) for i, one in enumerate(lines, 1)]
    made = Sheet("F-1", "CMSS", CMSS, CHU, DAY, "XOF", numbered)
    return replace(made, **changes)


def decide(one: Sheet, *history: Sheet, today: date = TODAY) -> Verdict:
    return liquidate(one, WORLD, history, today)


def codes(verdict: Verdict) -> list[str]:
    return [r.code for r in verdict.reasons]


def line_codes(verdict: Verdict) -> list[list[str]]:
    return [[r.code for r in v.reasons] for v in verdict.lines]


def money(verdict: Verdict) -> tuple[int, int]:
    return int(verdict.share), int(verdict.copay)


def granted(code: str, quantity: int = 1, **changes: Any) -> str:
    facts = {"beneficiary": CMSS, "start": date(2026, 11, 1), "end": date(2026, 11, 30)} | changes
    return authorizations.issue("CANAM", 1, granted={code: quantity}, **facts)


AMBULATORY = (
    line("img-radio-thorax", 6000),
    line("bio-nfs", 4000),
    line("bio-glycemie", 1500),
    line("bio-tdr-palu", 1000),
)
HOSPITAL = (line("cesarienne", 75000), line("journee-hosp", 6000), line("bio-nfs", 4000))
CONSULT = line("consult-gen", 2000)


def test_t1_ambulatory_12500_is_8750_and_3750():
    verdict = decide(sheet(*AMBULATORY))
    assert (verdict.status, verdict.claimed) == ("paid", 12500)
    assert money(verdict) == (8750, 3750)


def test_t2_hospital_85000_is_68000_and_17000():
    verdict = decide(sheet(*HOSPITAL, hospitalised=True))
    assert verdict.claimed == 85000
    assert money(verdict) == (68000, 17000)


def guinean(**changes: Any) -> Sheet:
    lines = (
        line("acc-eutocique", 150000),
        line("img-echo-obs", 80000),
        line("consult-gen", 20000),
    )
    usual = {
        "body": "CNPS",
        "beneficiary": "GN-0000000001",
        "provider": GUINEA,
        "currency": "GNF",
        "hospitalised": True,
        "care_date": date(2024, 8, 2),
    }
    return sheet(*lines, **(usual | changes))


def test_t3_guinea_250000_gnf_is_200000_and_50000():
    verdict = decide(guinean())
    assert verdict.claimed == 250000
    assert money(verdict) == (200000, 50000)


def test_t4_guinea_the_day_before_the_scheme_opened_is_closed():
    assert codes(decide(guinean(care_date=date(2024, 7, 31)))) == ["R02"]


def test_t5_five_months_of_contributions_are_not_enough():
    verdict = decide(sheet(CONSULT, beneficiary="20000037-00"))
    assert codes(verdict) == ["R03"]
    assert "5 mois cotisés sur 6" in verdict.reasons[0].text
    assert money(verdict) == (0, 0)


@pytest.mark.parametrize(
    ("number", "expected"),
    [("05", ["R04"]), ("06", []), ("07", ["R04"]), ("08", [])],
    ids=["15-without-certificate", "16-with-certificate", "21-years", "30-disabled"],
)
def test_t6_a_child_is_covered_by_age_certificate_or_disability(number, expected):
    assert codes(decide(sheet(CONSULT, beneficiary=f"20000111-{number}"))) == expected


@pytest.mark.parametrize(("day", "expected"), [(10, []), (11, ["R04"])])
def test_t6_the_21st_birthday_closes_rights(day, expected):
    child = sheet(CONSULT, beneficiary="20000111-07", care_date=date(2026, 2, day))
    assert codes(decide(child)) == expected


def test_t7_a_mother_declared_twice_is_covered_by_the_first_declarant_only():
    first = decide(sheet(CONSULT, beneficiary="20000148-90"))
    second = decide(sheet(CONSULT, beneficiary="20000185-90", body="INPS"))
    assert (codes(first), codes(second)) == ([], ["R19"])
    assert "20000148-00" in second.reasons[0].text


def test_t8_a_child_on_two_accounts_is_flagged_on_the_second():
    first = decide(sheet(CONSULT, beneficiary="20000222-05"))
    second = decide(sheet(CONSULT, beneficiary="20000259-05", body="INPS"))
    assert (codes(first), codes(second)) == ([], ["R19"])


@pytest.mark.parametrize(
    ("days", "changes", "expected"),
    [
        (4, {}, ["R11"]),
        (6, {}, ["R11"]),
        (7, {}, []),
        (4, {"emergency": True}, []),
        (4, {"authorization": granted("consult-spec")}, []),
        (4, {"authorization": granted("img-scanner")}, ["R11"]),
        (4, {"authorization": "AP-2026-000001"}, ["R11"]),
    ],
)
def test_t9_a_second_specialist_consultation_within_seven_days(days, changes, expected):
    consultation = line("consult-spec", 3000, discipline="cardiologie")
    earlier = sheet(consultation, number="F-0", care_date=DAY - timedelta(days=days))
    assert line_codes(decide(sheet(consultation, **changes), earlier)) == [expected]


def test_t9_another_discipline_or_another_patient_is_free():
    earlier = sheet(line("consult-spec", 3000, discipline="ORL"), number="F-0")
    other = sheet(line("consult-spec", 3000, discipline="cardiologie"))
    assert line_codes(decide(other, earlier)) == [[]]
    neighbour = sheet(
        line("consult-spec", 3000, discipline="cardiologie"),
        number="F-0",
        beneficiary="20000592-00",
    )
    assert line_codes(decide(other, neighbour)) == [[]]


def test_t9_two_consultations_for_one_condition_in_a_day():
    malaria = {"diagnoses": frozenset({"B50"})}
    earlier = sheet(line("consult-gen", 2000), number="F-0", **malaria)
    again = sheet(line("consult-spec", 3000), **malaria)
    assert line_codes(decide(again, earlier)) == [["R11"]]


def echos(count: int) -> list[Sheet]:
    return [
        sheet(line("img-echo-obs", 8000), number=f"E{i}", care_date=DAY - timedelta(days=30 * i))
        for i in range(1, count + 1)
    ]


def test_t10_the_fourth_obstetric_echo_needs_an_authorisation():
    fourth = sheet(line("img-echo-obs", 8000))
    assert line_codes(decide(fourth, *echos(2))) == [[]]
    assert line_codes(decide(fourth, *echos(3))) == [["R10"]]
    allowed = replace(fourth, authorization=granted("img-echo-obs"))
    assert line_codes(decide(allowed, *echos(3))) == [[]]


def test_t10_a_scanner_needs_an_authorisation():
    scanner = sheet(line("img-scanner", 60000))
    assert line_codes(decide(scanner)) == [["R10"]]
    allowed = replace(scanner, authorization=granted("img-scanner"))
    assert money(decide(allowed)) == (42000, 18000)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 10, 31), ["R10"]),
        (date(2026, 11, 1), []),
        (date(2026, 11, 20), []),
        (date(2026, 11, 21), ["R10"]),
    ],
)
def test_an_authorisation_covers_the_days_it_was_given_for(day, expected):
    number = granted("img-scanner", start=date(2026, 11, 1), end=date(2026, 11, 20))
    scanner = sheet(line("img-scanner", 60000), authorization=number, care_date=day)
    assert line_codes(decide(scanner)) == [expected]


def test_beyond_the_quantity_granted_a_line_is_refused_as_too_much():
    number = granted("img-scanner", quantity=2)
    first = sheet(line("img-scanner", 60000), number="F-0", authorization=number)
    later = {"authorization": number, "care_date": DAY + timedelta(days=1)}
    assert line_codes(decide(sheet(line("img-scanner", 60000), **later), first)) == [[]]
    twice = sheet(line("img-scanner", 120000, 2), **later)
    assert line_codes(decide(twice, first)) == [["R18"]]
    assert (
        "Accordé : 2 ; déjà facturé : 1 ; demandé : 2"
        in decide(twice, first).lines[0].reasons[0].text
    )


def test_an_authorisation_is_of_one_person_and_cannot_be_invented():
    scanner = sheet(line("img-scanner", 60000))
    other = granted("img-scanner", beneficiary="20000592-00")
    number = granted("img-scanner")
    altered = number[:-1] + ("A" if number[-1] != "A" else "B")
    for wrong in (other, altered, "AP-", "AP-2026-000001", "AG" + number[2:], "n'importe quoi"):
        assert line_codes(decide(replace(scanner, authorization=wrong))) == [["R10"]], wrong


def test_a_number_is_short_enough_for_a_form():
    assert len(granted("img-scanner")) == authorizations.LENGTH
    assert re.fullmatch(r"AP-[A-Z2-7]+", granted("img-scanner"))


def test_days_of_hospital_beyond_ten_are_covered_as_far_as_granted():
    stay = {"hospitalised": True, "authorization": granted("journee-hosp", quantity=15)}
    assert line_codes(decide(sheet(line("journee-hosp", 90000, 15), **stay))) == [[]]
    assert line_codes(decide(sheet(line("journee-hosp", 96000, 16), **stay))) == [["R18"]]


def dispensed(*lines: Line, **changes: Any) -> Sheet:
    return sheet(*lines, provider=PHARMACY, **changes)


def test_t11_a_brand_with_a_generic_is_refused_and_the_generic_named():
    verdict = decide(dispensed(line("algofictif-500-cp", 1800, 20)))
    assert line_codes(verdict) == [["R08"]]
    assert "Paracétamol 500 mg" in verdict.lines[0].reasons[0].text


def test_t12_a_drug_off_the_list_is_refused_and_the_other_lines_are_paid():
    verdict = decide(
        dispensed(line("vitamine-c-1000-cp", 1800, 10), line("paracetamol-500-cp", 500, 20))
    )
    assert line_codes(verdict) == [["R07"], []]
    assert verdict.status == "partial"
    assert money(verdict) == (350, 150)


@pytest.mark.parametrize(
    ("day", "expected"), [(date(2023, 12, 31), []), (date(2024, 1, 1), ["R07"])]
)
def test_t12_the_list_is_that_of_the_day_of_dispensing(day, expected):
    one = dispensed(line("domperidone-10-cp", 800, 10), care_date=day)
    assert line_codes(decide(one)) == [expected]


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2025, 8, 10), []), (date(2026, 8, 15), []), (date(2026, 9, 15), ["R02"])],
)
def test_t13_the_family_is_covered_for_12_months_after_the_insured_died(day, expected):
    widow = sheet(CONSULT, beneficiary="20000296-01", care_date=day)
    assert codes(decide(widow)) == expected


def test_t13_the_dead_have_no_care():
    dead = sheet(CONSULT, beneficiary="20000296-00", care_date=date(2025, 8, 16))
    assert codes(decide(dead)) == ["R02"]


def test_t14_a_ramed_card_pays_nothing_and_opens_no_amo():
    ramed = sheet(*AMBULATORY, beneficiary="20000333-00")
    assert money(decide(ramed)) == (12500, 0)
    assert codes(decide(replace(ramed, scheme="AMO"))) == ["R02"]


def test_t15_a_sheet_for_the_wrong_body_names_the_right_one():
    verdict = decide(sheet(CONSULT, beneficiary=INPS))
    assert (codes(verdict), verdict.right_body) == (["R16"], "INPS")
    assert "Adressez la feuille à INPS" in verdict.reasons[0].text


def test_t16_a_suspended_provider_is_refused_by_both_bodies():
    for body, person in (("CMSS", CMSS), ("INPS", INPS)):
        one = sheet(CONSULT, beneficiary=person, body=body, provider=SUSPENDED)
        assert codes(decide(one)) == ["R05"]
    before = sheet(line("paracetamol-500-cp", 25), provider=SUSPENDED, care_date=date(2026, 2, 28))
    assert codes(decide(before)) == []


def test_t17_care_abroad_needs_an_agreement():
    abroad = sheet(CONSULT, provider=GUINEA)
    assert codes(decide(abroad)) == ["R17"]
    agreed = replace(abroad, agreement="CIPRES-2025")
    assert codes(decide(replace(agreed, currency="GNF"))) == []


def test_under_an_agreement_currency_and_tariff_are_those_of_the_country_of_care():
    asked = sheet(line("consult-gen", "30000"), provider=GUINEA, agreement="CIPRES-2025")
    assert codes(decide(asked)) == ["R99"]  # in XOF: an amount is never converted
    verdict = decide(replace(asked, currency="GNF"))
    assert (verdict.currency, verdict.lines[0].base) == ("GNF", Decimal(20000))


def test_t20_a_franc_has_no_centimes():
    verdict = decide(sheet(line("consult-gen", "1000.50")))
    assert codes(verdict) == ["R99"]
    assert "1000.50" in verdict.reasons[0].text
    assert codes(decide(sheet(line("consult-gen", "1000.00")))) == []


@pytest.mark.parametrize("currency", ["EUR", "GNF", "USD", ""])
def test_a_sheet_in_a_foreign_currency_is_rejected_as_a_whole(currency):
    verdict = decide(sheet(line("consult-gen", "135.57"), currency=currency))
    assert (codes(verdict), verdict.status) == (["R99"], "rejected")
    assert (verdict.share, verdict.adjusted) == (0, Decimal("135.57"))


def test_t21_the_same_sheet_again_is_a_duplicate():
    assert codes(decide(sheet(CONSULT), sheet(CONSULT))) == ["R12"]


def test_t21_the_same_line_again_is_a_duplicate():
    twice = sheet(line("bio-nfs", 4000), line("bio-nfs", 4000))
    assert line_codes(decide(twice)) == [[], ["R12"]]
    earlier = sheet(line("bio-nfs", 4000), number="F-0")
    assert line_codes(decide(sheet(line("bio-nfs", 4000)), earlier)) == [["R12"]]


def test_t23_what_was_dispensed_is_paid_and_the_rest_not_spoken_of():
    served = [
        line("paracetamol-500-cp", 500, 20),
        line("sro-sachet", 450, 3),
        line("zinc-20-cp", 200, 10),
    ]
    verdict = decide(dispensed(*served))
    assert (verdict.status, len(verdict.lines)) == ("paid", 3)
    assert money(verdict) == (805, 345)


def test_an_amount_over_the_tariff_is_adjusted_and_still_paid():
    verdict = decide(sheet(line("consult-gen", 3500)))
    [one] = verdict.lines
    assert (one.base, one.share, one.copay, one.adjusted) == (2000, 1400, 600, 1500)
    assert (line_codes(verdict), one.rejected, verdict.status) == ([["R09"]], False, "partial")


def test_a_share_is_rounded_half_up_to_the_franc():
    assert money(decide(dispensed(line("paracetamol-500-cp", 25)))) == (18, 7)


def test_an_unknown_person_provider_or_act_is_said_so():
    assert codes(decide(sheet(CONSULT, beneficiary="99999999-00"))) == ["R01"]
    assert codes(decide(sheet(CONSULT, provider="CNV-ML-99999"))) == ["R05"]
    assert line_codes(decide(sheet(line("img-irm", 90000)))) == [["R07"]]


def test_an_act_beyond_the_facility_is_refused():
    birth = sheet(line("cesarienne", 75000), provider="CNV-ML-00001")
    assert line_codes(decide(birth)) == [["R06"]]


def test_care_in_the_future_is_refused():
    assert codes(decide(sheet(CONSULT, care_date=TODAY + timedelta(days=1)))) == ["R13"]


def test_months_are_added_to_the_end_of_a_shorter_month():
    assert add_months(date(2024, 8, 31), 6) == date(2025, 2, 28)
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)


def test_a_partial_birth_date_counts_as_its_last_day():
    assert age("2005", date(2026, 12, 30)) == 20
    assert age("2005-02", date(2026, 2, 27)) == 20
    assert age("", DAY) is None


def test_every_reason_has_a_french_label():
    assert sorted(LABELS) == [*(f"R{n:02d}" for n in range(1, 20)), "R99"]


CODES: Sequence[str] = ("consult-gen", "bio-nfs", "cesarienne", "paracetamol-500-cp", "inconnu")


@given(
    st.lists(
        st.tuples(st.sampled_from(CODES), st.integers(0, 10**9), st.integers(1, 50)), max_size=8
    ),
    st.booleans(),
)
def test_the_parts_always_add_up_to_what_was_claimed(rows, hospitalised):
    lines = [line(code, amount, quantity) for code, amount, quantity in rows]
    verdict = decide(sheet(*lines, hospitalised=hospitalised))
    assert verdict.share + verdict.copay + verdict.adjusted == verdict.claimed
    assert verdict.claimed == sum(amount for _, amount, _ in rows)
    for one in verdict.lines:
        assert one.share + one.copay == one.base
        assert one.base + one.adjusted == one.claimed
        assert one.share == one.share.to_integral_value() >= 0
