"""The fund's CSV files: rights of everybody every day, and payment notices."""

from __future__ import annotations

from decimal import Decimal

import pytest
from inamo_dossiers import RECEIVED, amounts, answer, dossier, mapped, sent, settled
from servers.inamo_sandbox import InamoSandbox

from adapters.inamo import exports
from adapters.inamo.adapter import Inamo
from hub import errors
from hub.fhir.validate import validate
from hub.formats import exact_json
from hub.model import Inbound, Reply, ReplyKind, Tree


def files(cnps: Inamo, sort: str) -> list[Inbound]:
    return [f for f in cnps.collect() if f.name.startswith(sort)]


def news(cnps: Inamo) -> dict[str, Reply]:
    """Number (as the file writes it) → news, of the newest file."""
    body = files(cnps, "droits")[-1].body
    replies = cnps.receive({}, body)
    assert {r.kind for r in replies} == {ReplyKind.NEWS}
    rows = {}
    for reply in replies:
        (row,) = cnps.decode(reply)["assure"]
        rows[row.get("numero") or row["provisoire"]] = reply
    return rows


def registered(cnps: Inamo, reply: Reply) -> tuple[Tree, Tree]:
    """Patient and Coverage of one piece of news."""
    tree = {"answer": cnps.decode(reply), "received": RECEIVED}
    bundle = mapped("registration-answer", tree)
    assert validate(exact_json.loads(exact_json.dumps(bundle))) == []
    patient, coverage = (entry["resource"] for entry in bundle["entry"])
    return patient, coverage


def test_the_daily_file_is_born_in_excel(own: InamoSandbox) -> None:
    body = files(own.adapter(), "droits")[0].body
    assert body.startswith(b"\xef\xbb\xbfNUMERO;")
    assert body.endswith(b"\r\n")
    text = body.decode("utf-8-sig")
    assert "0000000102;" in text
    assert "04/05/2017" in text
    assert "Assétou" in text


def test_an_unchanged_row_is_known_the_next_day(own: InamoSandbox) -> None:
    cnps = own.adapter()
    first = news(cnps)
    own.advance(86400)
    names = [f.name for f in files(cnps, "droits")]
    assert len(names) == 2
    second = news(cnps)
    assert {r.partner_reference for r in second.values()} == {
        r.partner_reference for r in first.values()
    }
    own.control("/movements", {"publish": 5})  # the fifth changes Ousmane Haba
    third = news(cnps)
    changed = {n for n, r in third.items() if r != second.get(n)}
    assert "0000000003" in changed
    assert "0000000001" not in changed


def test_a_provisional_number_becomes_definitive_and_a_former_one_stays(own: InamoSandbox) -> None:
    cnps = own.adapter()
    own.control("/movements", {"publish": 2})
    waiting = news(cnps)
    patient, coverage = registered(cnps, waiting["PRV-CNPS-000302"])
    assert [i["use"] for i in patient["identifier"]][:1] == ["temp"]
    assert coverage["status"] == "draft"
    own.control("/movements", {"publish": 3})
    definitive = news(cnps)
    assert "PRV-CNPS-000302" not in definitive
    patient, coverage = registered(cnps, definitive["0000000402"])
    numbers = {i["value"]: (i["use"], i.get("period")) for i in patient["identifier"]}
    assert numbers["GN-0000000402"] == ("official", None)
    assert numbers["PRV-CNPS-000302"] == ("temp", {"end": "2026-08-17"})
    assert (coverage["status"], coverage["period"]) == ("active", {"start": "2026-08-17"})
    assert patient["birthDate"] == "1985"
    assert patient["name"][1]["text"] == "Mme Camara M'Mah Sylla"
    patient, _ = registered(cnps, definitive["0000000003"])
    former = next(i for i in patient["identifier"] if i["value"] == "INAMO-0017304")
    assert (former["use"], former["period"]) == ("old", {"end": "2022-05-31"})


def test_a_death_and_the_limit_of_a_child_are_told(own: InamoSandbox) -> None:
    cnps = own.adapter()
    own.control("/movements", {"publish": 8})
    rows = news(cnps)
    patient, coverage = registered(cnps, rows["0000000403"])
    assert patient["deceasedDateTime"] == "2026-11-03"
    assert coverage["period"]["end"] == "2026-11-03"
    _, child = registered(cnps, rows["0000000103"])
    assert child["relationship"]["coding"][0]["code"] == "child"
    assert child["period"]["end"] == "2032-03-03"
    assert child["subscriber"]["identifier"]["value"] == "GN-0000000003"


def test_a_file_that_is_put_away_is_not_given_again(own: InamoSandbox) -> None:
    cnps = own.adapter()
    (found,) = cnps.collect()
    assert [one.name for one in cnps.collect()] == [found.name]
    cnps.dispose(found.name)
    assert list(cnps.collect()) == []
    cnps.dispose(found.name)  # twice does no harm


def test_an_order_pays_what_was_decided_one_reply_a_claim(own: InamoSandbox) -> None:
    cnps = own.adapter()
    sources = [
        dossier(("acte", "consult-gen", 1, 20000), person=p)
        for p in ("GN-0000000001", "GN-0000000002")
    ]
    rejected = dossier(("acte", "consult-gen", 1, 20000), person="GN-0000000003", day="2024-07-31")
    for source in [*sources, rejected]:
        response = answer(cnps, source, settled(cnps, sent(cnps, source)))
        assert amounts(response)["benefit"] == (0 if source is rejected else 16000)
    own.advance(60)
    (order,) = files(cnps, "paiements")
    replies = cnps.receive({"name": order.name}, order.body)
    assert [r.kind for r in replies] == [ReplyKind.PAYMENT] * 2
    assert {r.partner_reference for r in replies} == {"VIR-GN-000001"}
    assert [r.reference for r in replies] == [s["submission"] for s in sources]
    tree = {"dossier": sources[0], "answer": cnps.decode(replies[0]), "received": RECEIVED}
    paid = mapped("claim-payment", tree)
    assert validate(exact_json.loads(exact_json.dumps(paid))) == []
    assert paid["paymentAmount"] == {"value": Decimal(16000), "currency": "GNF"}
    assert paid["paymentIdentifier"]["value"] == "VIR-GN-000001"
    # the same notice under another name has the same parts
    own.misbehave("duplicate@exports")
    again = [f for f in files(cnps, "paiements") if f.name != order.name]
    assert cnps.receive({}, again[0].body) == replies


@pytest.mark.parametrize(
    ("wrong", "value"), [("nombre", 2), ("total", Decimal(1)), ("montant", Decimal(15999))]
)
def test_an_order_with_wrong_totals_is_set_aside_whole(wrong: str, value: object) -> None:
    row: Tree = {
        "ordre": "VIR-GN-000009",
        "date": "2026-10-20",
        "identifiant": "s-1",
        "dossier": "GN-1",
        "montant": Decimal(16000),
        "devise": "GNF",
        "nombre": 1,
        "total": Decimal(16000),
    }
    assert len(exports.cut(exports.write("inamo-paiements", [row]))) == 1
    with pytest.raises(errors.Unreadable) as found:
        exports.cut(exports.write("inamo-paiements", [row | {wrong: value}]))
    assert "VIR-GN-000009" in found.value.text


def test_a_name_with_a_line_end_is_still_one_person() -> None:
    row: Tree = {
        "nom": "Sow; dit « Bano »",
        "prenoms": 'Seydou "Petit"',
        "qualite": "Titulaire",
        "regime": "CNPS-MAL",
        "maj": "2026-01-01",
    }
    (reply,) = exports.cut(exports.write("inamo-assures", [row]))
    assert exports.read(reply.body) == {"assure": [row]}
