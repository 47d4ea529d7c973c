"""Files INPS sends back, cut sheet by sheet: liquidations, payment notices, registrations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from adapters.inps import documents, layouts
from hub.errors import Refused, Unreadable
from hub.formats import exact_json
from hub.formats.records_model import RecordModel
from hub.model import Reply, ReplyKind, Tree

JSON = "application/json"
_STATUS = {"LIQ": "Liquidée.", "PAR": "Liquidée en partie.", "REJ": "Rejetée."}


def cut(body: bytes) -> list[Reply]:
    """One reply for each sheet of a liquidation or payment file, for each movement of a batch.

    Raises:
        Unreadable: none of INPS's files, or a count or total in it is wrong.
    """
    if body[:1] == b"{":
        return _movements(body)
    kind = body[23:35].decode("ascii", "replace").strip()
    if kind == "LIQUIDATION":
        return _liquidations(body)
    if kind == "PAIEMENT":
        return _payments(body)
    raise layouts.unreadable(
        "ce n'est ni un retour ni un avis de l'INPS", "it is neither a return nor a notice of INPS"
    )


def liquidation(body: bytes) -> Tree:
    """The tree of one sheet's decision.

    Raises:
        Unreadable: not one, an unknown status, or an amount its currency does not have.
    """
    tree = layouts.loads(body, layouts.part("liquidation"))
    if tree["statut"] not in _STATUS:
        raise layouts.unreadable(
            f"statut de liquidation inconnu « {tree['statut']} »",
            f"unknown liquidation status “{tree['statut']}”",
        )
    found: Tree = layouts.plain(tree, tree["devise"])
    return found


def payment(body: bytes) -> Tree:
    """The tree of one sheet's payment.

    Raises:
        Unreadable: not one, or an amount its currency does not have.
    """
    tree = layouts.loads(body, layouts.part("paiement"))
    found: Tree = layouts.plain(tree, tree["virement"]["devise"])
    return found


def decided(body: bytes, operation: str) -> Reply:
    """The reply of one sheet's decision; its words for the timeline.

    Raises:
        Unreadable: see `liquidation`.
    """
    tree = liquidation(body)
    found = [*tree.get("motif", []), *(m for one in tree["ligne"] for m in one.get("motif", []))]
    words = [_STATUS[tree["statut"]], *dict.fromkeys(map(text, found))]
    return Reply(
        ReplyKind.ANSWER,
        operation,
        tree["identifiantDepot"],
        body,
        layouts.CONTENT_TYPE,
        partner_reference=tree["numeroLiquidation"],
        text=" ".join(filter(None, words)),
    )


def text(reason: Tree) -> str:
    """The words of a reason, which stand in as many records as they need."""
    return " ".join(one["texte"] for one in reason.get("suite", []))


def _liquidations(body: bytes) -> list[Reply]:
    replies = []
    for group in layouts.loads(body, layouts.whole("retour"))["prestataire"]:
        for one in group["liquidation"]:
            _same(one["devise"], group["devise"])
            reply = decided(_alone(one, layouts.part("liquidation")), "claim")
            replies.append(replace(reply, provider=group.get("convention", "")))
    return replies


def _payments(body: bytes) -> list[Reply]:
    replies = []
    for order in layouts.loads(body, layouts.whole("avis"))["virement"]:
        for one in order["paiement"]:
            _same(one["numeroOrdre"], order["numeroOrdre"])
            for name in ("devise", "datePaiement", "convention"):
                _same(one["virement"].get(name), order.get(name))
            part = _alone(one, layouts.part("paiement"))
            payment(part)
            replies.append(
                Reply(
                    ReplyKind.PAYMENT,
                    "claim",
                    one["identifiantDepot"],
                    part,
                    layouts.CONTENT_TYPE,
                    partner_reference=order["numeroOrdre"],
                )
            )
    return replies


def _movements(body: bytes) -> list[Reply]:
    batch = documents.read(body, "mouvements")
    found: list[Tree] = batch.get("mouvement", [])
    if batch["nombre"] != len(found):
        raise layouts.unreadable(
            "le nombre de mouvements annoncé est faux", "the announced number is wrong"
        )
    return [
        Reply(
            ReplyKind.NEWS,
            "registration",
            None,
            exact_json.dumps(one),
            JSON,
            partner_reference=one["numero"],
        )
        for one in found
    ]


def _alone(tree: Tree, model: RecordModel) -> bytes:
    """A sheet's records by themselves: the same bytes as in the file.

    Raises:
        Unreadable: a text in them could not be written again, so no claim could carry it.
    """
    try:
        return layouts.dumps(tree, model).body
    except Refused as problem:
        raise Unreadable(*problem.issues) from problem


def _same(inner: Any, outer: Any) -> None:
    if inner != outer:
        raise layouts.unreadable(
            f"une feuille porte « {inner} » sous « {outer} »",
            f"a sheet says “{inner}” under “{outer}”",
        )
