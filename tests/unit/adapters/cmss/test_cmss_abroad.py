"""Care outside Mali at the CMSS sandbox: the cross-border agreement on the sheet decides."""

from __future__ import annotations

import pytest
from cmss_sheets import sheet
from servers.cmss_sandbox import CmssSandbox, wait

from hub.model import Reply, ReplyKind

ABROAD = {
    "devise": "GNF",
    "etablissement": {"convention": "CNV-GN-00001"},
    "ligne": [{"numero": 1, "code": "C1", "montant": 22000}],
    "montantTotal": 22000,
}


def replies(sandbox: CmssSandbox, count: int) -> list[Reply]:
    """Wait for so many return files and cut them."""
    adapter, found = sandbox.adapter(), {}

    def enough() -> bool:
        found.update({one.name: one.body for one in adapter.collect()})
        return len(found) >= count

    wait(enough)
    return [reply for body in found.values() for reply in adapter.receive({}, body)]


@pytest.mark.parametrize(
    ("agreement", "status", "share", "reasons"),
    [("ACCORD-FICTIF-1", "PARTIEL", 14000, set()), (None, "REJETE", 0, {"G02"})],
    ids=["agreement", "none"],
)
def test_care_in_guinea_is_paid_in_gnf_only_when_the_sheet_names_an_agreement(
    sandbox: CmssSandbox, agreement: str | None, status: str, share: int, reasons: set[str]
) -> None:
    adapter = sandbox.adapter()
    told = {"accordTransfrontalier": agreement} if agreement else {}
    one = adapter.encode("claim", sheet("F-0001", **ABROAD, **told), "s-1")
    assert (b"accordTransfrontalier" in one.body) is bool(agreement)
    adapter.send(adapter.bundle("claim", [one], "LOT-1"))
    found = replies(sandbox, 2 + bool(agreement))
    [tree] = [adapter.decode(r) for r in found if r.kind is ReplyKind.ANSWER]
    assert (tree["devise"], tree["statut"], tree["totalPartCaisse"]) == ("GNF", status, share)
    assert {m["code"] for m in tree.get("motif", [])} == reasons
    paid = [adapter.decode(r) for r in found if r.kind is ReplyKind.PAYMENT]
    assert [(p["montant"], p["devise"]) for p in paid] == [(14000, "GNF")] * bool(agreement)
