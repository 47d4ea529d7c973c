"""What a declared partner says: HTTP statuses, documents, and files cut into documents."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from lxml import etree

from adapters.declared.profile import Document, Notice, Profile, tag
from hub import errors
from hub.formats import xml, xml_strict
from hub.model import Reply, Tree


def check_status(title: str, status: int) -> None:
    """Nothing for a success.

    Raises:
        Unreachable: the account was not accepted: nothing was done.
        Unconfirmed: the server failed and does not say what it did.
        Refused: the message was not taken.
    """
    if 200 <= status < 300:
        return
    fr = f"{title} a répondu HTTP {status}"
    en = f"{title} answered HTTP {status}"
    if status in (401, 403):
        raise errors.Unreachable(
            errors.Issue("login", f"{fr} : vérifiez le secret.", f"{en}: check the secret.")
        )
    if status >= 500 or status in (408, 425, 429):
        raise errors.Unconfirmed(
            errors.Issue(
                "transient",
                f"{fr} sans dire ce qui est fait ; le hub va le demander.",
                f"{en} without saying what was done; the hub will ask.",
            )
        )
    raise errors.Refused(
        errors.Issue(
            "processing",
            f"{fr} : message refusé. Vérifiez le profil et le mapping.",
            f"{en}: the message was refused. Check the profile and the map.",
        )
    )


def read(profile: Profile, element: etree._Element) -> tuple[Document, Tree]:
    """The document an element is, and its tree.

    Raises:
        Unreadable: none of the profile's documents, or not strictly of its model.
    """
    document = profile.documents_by_root.get(str(element.tag))
    if document is None:
        raise unreadable(f"élément « {etree.QName(element).localname} » inconnu")
    return document, xml.tree(element, profile.models_by_name[document.model])


def reply(profile: Profile, element: etree._Element) -> Reply:
    """The reply a document is.

    Raises:
        Unreadable: as `read`; or its status is not one the profile lists.
    """
    document, tree = read(profile, element)
    kind = document.kind
    if document.status:
        status = str(tree.get(document.status, ""))
        if status not in document.statuses:
            raise unreadable(f"état « {status[:40]} » inconnu")
        kind = document.statuses[status]
    if kind is None:
        raise unreadable("document sans état")
    alone = deepcopy(element)
    alone.tail = None
    return Reply(
        kind,
        document.operation,
        str(tree.get(document.key, "")) or None,
        xml.serialize(alone),
        "application/xml",
        partner_reference=str(tree.get(document.number, "")) if document.number else "",
        text=str(tree.get(document.text, "")) if document.text else "",
    )


def cut(profile: Profile, body: bytes) -> list[Reply]:
    """One reply for each part of a notice; all of one notice carry its number.

    Raises:
        Unreadable: no notice of the profile, a wrong control total, or a part that is wrong.
    """
    root = xml_strict.parse(body)
    notices = profile.files.notices if profile.files is not None else ()
    notice = next((n for n in notices if _is(profile, root, n)), None)
    if notice is None:
        raise unreadable("ce n'est pas un avis de ce partenaire")
    wanted = tag(profile.models_by_name[notice.part])
    parts = [child for child in root if child.tag == wanted]
    if len(parts) != len(root):
        raise unreadable("un élément inconnu dans l'avis")
    replies = [reply(profile, part) for part in parts]
    _control(profile, notice, root, parts)
    number = root.get(notice.number, "") if notice.number else ""
    return [replace(r, partner_reference=number or r.partner_reference) for r in replies]


def _is(profile: Profile, root: etree._Element, notice: Notice) -> bool:
    namespace = profile.models_by_name[notice.part].namespace
    name = etree.QName(root)
    return name.localname == notice.root and (name.namespace or "") == namespace


def _control(
    profile: Profile, notice: Notice, root: etree._Element, parts: list[etree._Element]
) -> None:
    if notice.count and root.get(notice.count) != str(len(parts)):
        raise unreadable("le nombre annoncé est faux")
    if not notice.total:
        return
    amounts = (Decimal(read(profile, part)[1][notice.amount]) for part in parts)
    try:
        right = Decimal(root.get(notice.total, "")) == sum(amounts, Decimal(0))
    except InvalidOperation:
        right = False
    if not right:
        raise unreadable("le total de contrôle est faux")


def unreadable(why: str) -> errors.Unreadable:
    """Why what came back is set aside, in French; the reason's words are the partner's."""
    return errors.Unreadable(
        errors.Issue(
            "structure",
            f"la réponse reçue est mise de côté : {why} ; demandez au partenaire de la refaire.",
            f"the answer received is set aside ({why}); ask the partner to issue it again.",
        )
    )
