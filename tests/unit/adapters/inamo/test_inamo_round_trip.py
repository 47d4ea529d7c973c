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
