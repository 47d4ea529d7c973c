"""Care outside Mali at the INPS sandbox: the cross-border agreement on the invoice decides."""

from __future__ import annotations

import pytest
from inps_office import Sandbox
from inps_sheets import sheet

from adapters.inps import liquidation
from hub.model import ReplyKind

ABROAD = {
    "devise": "GNF",
    "etablissement": {"convention": "CNV-GN-00001"},
    "ligne": [{"numero": 1, "nature": "A", "code": "10101", "montant": 22000}],
}


@pytest.mark.parametrize(
    ("agreement", "status", "share", "reasons"),
    [("ACCORD-FICTIF-1", "PAR", 14000, set()), (None, "REJ", 0, {liquidation.codes()["R17"]})],
    ids=["agreement", "none"],
)
def test_care_in_guinea_is_paid_in_gnf_only_when_the_invoice_names_an_agreement(
    inps: Sandbox, agreement: str | None, status: str, share: int, reasons: set[str]
) -> None:
    adapter = inps.adapter()
    told = {"transfrontalier": {"accord": agreement}} if agreement else {}
    one = adapter.encode("claim", sheet("F-0001", **ABROAD, **told), "s-1")
    deposit = adapter.bundle("claim", [one], "LOT-1")
    assert (b"\r\n250ACCORD-FICTIF-1 " in deposit.body) is bool(agreement)
    adapter.send(deposit)
    found = inps.replies(1 + bool(agreement))
    [tree] = [adapter.decode(r) for r in found if r.kind is ReplyKind.ANSWER]
    assert (tree["devise"], tree["statut"]) == ("GNF", status)
    assert tree["fin"]["totalPartCaisse"] == share
    assert {m["code"] for m in tree.get("motif", [])} == reasons
    paid = [adapter.decode(r) for r in found if r.kind is ReplyKind.PAYMENT]
    assert [(p["montant"], p["virement"]["devise"]) for p in paid] == [(14000, "GNF")] * bool(
        agreement
    )
