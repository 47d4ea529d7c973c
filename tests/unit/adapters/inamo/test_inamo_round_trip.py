"""Claims to the fund and back: right to the franc whatever openIMIS makes of them."""

from __future__ import annotations

from inamo_dossiers import amounts, answer, dossier, sent, settled
from servers.inamo_sandbox import InamoSandbox

from adapters.inamo.adapter import Inamo
from hub.fhir.validate import validate
from hub.formats import exact_json
from hub.model import ReplyKind


def test_a_claim_comes_back_liquidated_at_eighty_per_cent(
    office: InamoSandbox, cnps: Inamo
) -> None:
    source = dossier(("acte", "consult-gen", 1, 20000), ("medicament", "sro-sachet", 3, 1500))
    message = sent(cnps, source)
    first = cnps.send(message)
    assert first.kind is ReplyKind.ACKNOWLEDGED
    assert first.partner_reference.startswith("GN-")
    reply = settled(cnps, message)
    response = answer(cnps, source, reply)
    assert validate(exact_json.loads(exact_json.dumps(response))) == []
    assert response["outcome"] == "complete"
    assert amounts(response) == {
        "submitted": 24500,
        "eligible": 24500,
        "benefit": 19600,
        "copay": 4900,
    }
    booked = [e for e in office.control("/ledger") if e["submission"] == source["submission"]]
    assert [(e["currency"], e["amount"]) for e in booked] == [("GNF", "24500")]


def test_odd_amounts_come_back_to_the_franc(cnps: Inamo) -> None:
    """openIMIS carries unit prices: 80 % of 7 × 233 is 1 305 GNF, which 7 does not divide."""
    source = dossier(
        ("medicament", "paracetamol-500-cp", 7, 233),
        ("acte", "bio-tdr-palu", 1, 1),
        ("medicament", "metronidazole-500-cp", 7, 999),
        day="2026-10-01",
    )
    response = answer(cnps, source, settled(cnps, sent(cnps, source)))
    shares = {
        line["itemSequence"]: [
            a["amount"]["value"]
            for a in line["adjudication"]
            if a["category"]["coding"][0]["code"] == "benefit"
        ]
        for line in response["item"]
    }
    # the last one is held to the reference tariff, 7 × 400; and 80 % of 1 GNF rounds to 1
    assert shares == {1: [1305], 2: [1], 3: [2240]}
    assert amounts(response)["benefit"] == 1305 + 1 + 2240
    assert response["outcome"] == "partial"


def test_lines_keep_their_numbers_though_openimis_puts_products_first(cnps: Inamo) -> None:
    source = dossier(
        ("acte", "consult-gen", 1, 20000),
        ("medicament", "zinc-20-cp", 10, 200),
        ("acte", "bio-glycemie", 1, 12000),
        ("medicament", "sro-sachet", 2, 1500),
        day="2026-09-09",
        person="GN-0000000002",
    )
    message = sent(cnps, source)
    products = [line["productOrService"]["text"] for line in exact_json.loads(message.body)["item"]]
    assert products[0].startswith("Zinc")
    assert products[2:] == ["CG", "LGLY"]
    response = answer(cnps, source, settled(cnps, message))
    asked = {
        line["itemSequence"]: line["adjudication"][0]["amount"]["value"]
        for line in response["item"]
    }
    assert asked == {1: 20000, 2: 2000, 3: 12000, 4: 3000}
