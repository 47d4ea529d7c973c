"""Files CMSS sends: receipts, liquidations, payments, cancellations, books, registrations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal

from lxml import etree

from adapters.cmss import documents
from hub import errors
from hub.formats import xml, xml_strict
from hub.model import Money, Reply, ReplyKind, Tree

_RETURN = f"{{{documents.RETURN}}}"
#: root of a file → its part about one sheet, and the part's amount under control
_PARTS: Mapping[str, tuple[str, str]] = {
    "AccuseReception": ("Accuse", ""),
    "RetourLiquidation": ("Liquidation", "totalPartCaisse"),
    "AvisPaiement": ("Paiement", "montant"),
    "RetourAnnulation": ("ReponseAnnulation", ""),
    "EtatMensuel": ("feuille", "partCaisse"),
    "Mouvements": ("Mouvement", ""),
}
#: root of a part → its logical model
_MODELS = {
    "Feuille": "feuille",
    "Accuse": "accuse",
    "Liquidation": "liquidation",
    "Paiement": "paiement",
    "Annulation": "annulation",
    "ReponseAnnulation": "reponse-annulation",
    "DemandeEtat": "demande-etat",
    "EtatMensuel": "etat",
    "Mouvement": "mouvement",
}


def cut(body: bytes) -> list[Reply]:
    """One reply for each sheet a return file speaks of; one for the lot when it has no sheet.

    Raises:
        Unreadable: not strict XML, not of the return schema, or wrong control totals.
    """
    root = xml_strict.parse(body)
    kind = etree.QName(root).localname
    if etree.QName(root).namespace != documents.RETURN or kind not in _PARTS:
        raise _unreadable(
            "ce n'est pas un retour de la caisse", "it is not one of the partner's returns"
        )
    found = documents.findings(root)
    if found:
        raise errors.Unreadable(*found)
    part, amount = _PARTS[kind]
    sheets = root.findall(f"{_RETURN}{part}")
    if kind == "Mouvements":
        return _news(root, sheets)
    _control(root, sheets, amount)
    if kind == "EtatMensuel":
        return [_state(root)]
    if kind == "AvisPaiement" and len({sheet.get("ordre") for sheet in sheets}) > 1:
        raise _unreadable(
            "un avis de paiement porte plusieurs numéros d'ordre",
            "one payment notice carries several numbers",
        )
    if not sheets:
        return [_whole_lot(root)]
    paid = _text(root, "convention")
    return [replace(_REPLIES[part](sheet), provider=paid) for sheet in sheets]


def read(body: bytes) -> Tree:
    """The tree of one sheet's part.

    Raises:
        Unreadable: it is not one of CMSS's models.
    """
    root = xml_strict.parse(body)
    name = _MODELS.get(str(etree.QName(root).localname))
    if name is None:
        raise _unreadable(
            "cette réponse ne suit aucun modèle de la caisse", "it follows no model of the partner"
        )
    return xml.tree(root, documents.model(name))


def _control(root: documents.Element, sheets: list[documents.Element], amount: str) -> None:
    control = root.find(f"{_RETURN}Controle")
    if control is None or _text(control, "nombreFeuilles") != str(len(sheets)):
        raise _unreadable(
            "le nombre de feuilles annoncé est faux", "the announced number of sheets is wrong"
        )
    if not amount:
        return
    sums = documents.sums(
        Money(Decimal(text), sheet.get("devise") or _text(sheet, "devise"))
        for sheet in sheets
        if (text := _text(sheet, amount))
    )
    if documents.read_totals(control) != sums:
        raise _unreadable("le total de contrôle est faux", "the control total is wrong")


def _news(root: documents.Element, movements: list[documents.Element]) -> list[Reply]:
    if _text(root, "nombreMouvements") != str(len(movements)):
        raise _unreadable(
            "le nombre de mouvements annoncé est faux", "the announced number of news is wrong"
        )
    return [_told("registration", one, _text(one, "numero")) for one in movements]


def _state(root: documents.Element) -> Reply:
    """A month's books; the control total was checked and is no part of them."""
    books = deepcopy(root)
    for control in books.findall(f"{_RETURN}Controle"):
        books.remove(control)
    return _told("statement", books, _text(root, "numeroEtat"))


def _told(operation: str, part: documents.Element, number: str) -> Reply:
    body = documents.fragment(part)
    kind = ReplyKind.NEWS
    return Reply(kind, operation, None, body, "application/xml", partner_reference=number)


def _whole_lot(root: documents.Element) -> Reply:
    refused = _text(root, "statut") == "REFUSE"
    return Reply(
        ReplyKind.REJECTED if refused else ReplyKind.ACKNOWLEDGED,
        "claim",
        _text(root, "Entete/numeroLot"),
        xml.serialize(root),
        "application/xml",
        text=_text(root, "texte"),
    )


def _acknowledgement(sheet: documents.Element) -> Reply:
    refused = _text(sheet, "statut") == "REFUSE"
    kind = ReplyKind.REJECTED if refused else ReplyKind.ACKNOWLEDGED
    operation = "cancellation" if sheet.get("nature") == "annulation" else "claim"
    return _reply(kind, sheet, sheet.get("lot", ""), _text(sheet, "texte"), operation)


def _liquidation(sheet: documents.Element) -> Reply:
    texts = [t.text for t in sheet.iter(f"{_RETURN}texte") if t.text]
    words = " ".join([_text(sheet, "statut"), *dict.fromkeys(texts)])
    return _reply(ReplyKind.ANSWER, sheet, sheet.get("numero", ""), words)


def _cancellation(sheet: documents.Element) -> Reply:
    text = _text(sheet, "texte")
    return _reply(ReplyKind.ANSWER, sheet, "", text, "cancellation")


def _payment(sheet: documents.Element) -> Reply:
    return _reply(ReplyKind.PAYMENT, sheet, sheet.get("ordre", ""), "")


_REPLIES: Mapping[str, Callable[[documents.Element], Reply]] = {
    "Accuse": _acknowledgement,
    "Liquidation": _liquidation,
    "Paiement": _payment,
    "ReponseAnnulation": _cancellation,
}


def _reply(
    kind: ReplyKind, sheet: documents.Element, number: str, text: str, operation: str = "claim"
) -> Reply:
    return Reply(
        kind,
        operation,
        _text(sheet, "identifiantDepot"),
        documents.fragment(sheet),
        "application/xml",
        partner_reference=number,
        text=text,
    )


def _text(element: documents.Element, path: str) -> str:
    return documents.text(element, path, documents.RETURN)


def _unreadable(fr: str, en: str) -> errors.Unreadable:
    return errors.Unreadable(
        errors.Issue(
            "structure",
            f"le fichier reçu est mis de côté : {fr} ; demandez à la caisse de le refaire.",
            f"the file received is set aside: {en}; ask the partner to issue it again.",
        )
    )
