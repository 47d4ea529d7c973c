"""Somebody else was quicker: who, when, and both texts, so that nothing is lost."""

from __future__ import annotations

from hub.authoring.people import Person
from hub.errors import Conflict, Issue, NotFound
from hub.ports.releases import Draft
from hub.wiring import Hub


class Overtaken(Conflict):
    """The draft is not the one that was seen any more.

    Carries both texts: what this person wanted to save, and what another has saved.
    """

    def __init__(self, issue: Issue, yours: str, theirs: Draft | None) -> None:
        super().__init__(issue)
        self.yours = yours
        self.theirs = theirs


def overtaken(hub: Hub, url: str, yours: str = "") -> Overtaken:
    """The conflict of somebody who has seen an older draft."""
    theirs = hub.store.draft(url)
    if theirs is None:
        last = [entry for entry in hub.maps.entries() if entry.url == url][-1:]
        who = (
            f"{last[0].actor} l'a publié le {last[0].at:%d/%m/%Y à %H:%M:%S} UTC"
            if last
            else "quelqu'un l'a abandonné"
        )
        told = f"{last[0].actor} published it {last[0].at:%Y-%m-%d %H:%M:%S} UTC" if last else ""
        fr = f"Ce brouillon n'existe plus : {who}. Gardez votre texte, puis ouvrez un brouillon."
        en = f"This draft is gone: {told or 'somebody threw it away'}. Keep your text, then open "
        return Overtaken(Issue("conflict", fr, en + "a new draft."), yours, None)
    at = f"{theirs.edited:%d/%m/%Y à %H:%M:%S} UTC"
    return Overtaken(
        Issue(
            "conflict",
            f"{theirs.editor} a changé ce brouillon le {at}, après que vous l'avez ouvert. Rien "
            "n'a été écrasé : comparez les deux textes, puis enregistrez de nouveau.",
            f"{theirs.editor} changed this draft at {theirs.edited:%Y-%m-%d %H:%M:%S} UTC, after "
            "you opened it. Nothing was overwritten: compare the two texts, then save again.",
        ),
        yours,
        theirs,
    )


def present(hub: Hub, url: str) -> Draft:
    """The draft of an artefact.

    Raises:
        NotFound: it has none.
    """
    found = hub.store.draft(url)
    if found is None:
        raise NotFound(
            Issue(
                "not-found",
                f"Pas de brouillon de {url} : ouvrez-en un (benkan release draft).",
                f"No draft of {url}: open one (benkan release draft).",
            )
        )
    return found


def being_decided(draft: Draft) -> Conflict:
    """A proposed draft stays as it was proposed."""
    return Conflict(
        Issue(
            "conflict",
            f"Ce brouillon est proposé par {draft.proposer} et attend une décision : renvoyez-le "
            "à son auteur avant de le changer.",
            f"This draft was proposed by {draft.proposer} and waits for a decision: send it back "
            "to its author before changing it.",
        )
    )


def act_of(person: Person, draft: Draft) -> str:
    """The object of the audit rows about an artefact."""
    return f"{draft.kind}/{draft.url}"
