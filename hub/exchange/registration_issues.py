"""What is said about a notice that cannot be applied: French and English, with what to do next."""

from __future__ import annotations

from hub.errors import Issue
from hub.exchange import crosswalk


def listed(keys: list[crosswalk.Key]) -> str:
    """The values of some identifiers, for a sentence."""
    return ", ".join(value for _, value in keys) or "aucun"


def impossible(source: str) -> Issue:
    """Something in the notice cannot be read."""
    return Issue(
        "structure",
        fr=f"Avis {source} : une date ou une référence y est impossible à lire. Demandez à "
        "l'organisme de le corriger et de le renvoyer.",
        en=f"Notice {source}: a date or reference in it cannot be read. Ask the institution to "
        "correct it and send it again.",
    )


def again(source: str) -> Issue:
    """The number of a notice that was applied, with other content."""
    return Issue(
        "conflict",
        fr=f"Avis {source} : un avis de ce numéro a déjà été appliqué avec un autre contenu. Rien "
        "n'a changé : demandez à l'organisme lequel vaut, et de renvoyer l'autre sous un nouveau "
        "numéro.",
        en=f"Notice {source}: a notice of this number was applied with other content. Nothing "
        "changed: ask the institution which one holds, and to send the other under a new number.",
    )


def nameless(source: str) -> Issue:
    """A person without any number."""
    return Issue(
        "required",
        fr=f"Avis {source} : une personne n'y a aucun numéro. Demandez à l'organisme de la "
        "désigner par un de ses numéros.",
        en=f"Notice {source}: a person has no number there. Ask the institution to name them by "
        "one of their numbers.",
    )


def several(source: str, keys: list[crosswalk.Key]) -> Issue:
    """Numbers of several people."""
    return Issue(
        "multiple-matches",
        fr=f"Avis {source} : les numéros {listed(keys)} mènent à plusieurs personnes. Vérifiez "
        "avec l'organisme, puis indiquez le bon numéro (benkan task resolve).",
        en=f"Notice {source}: the numbers {listed(keys)} lead to several people. Check with the "
        "institution, then give the right number (benkan task resolve).",
    )


def contradicts(source: str, keys: list[crosswalk.Key]) -> Issue:
    """The number of somebody of another name and birth date."""
    return Issue(
        "multiple-matches",
        fr=f"Avis {source} : le numéro {listed(keys)} est déjà celui d'une personne d'un autre "
        "nom et d'une autre date de naissance. Vérifiez avec l'organisme, puis indiquez le bon "
        "numéro (benkan task resolve).",
        en=f"Notice {source}: the number {listed(keys)} is that of a person with another name and "
        "another birth date. Check with the institution, then give the right number (benkan task "
        "resolve).",
    )


def nobody(source: str, keys: list[crosswalk.Key]) -> Issue:
    """A cover for a number that nobody has."""
    return Issue(
        "not-found",
        fr=f"Avis {source} : une couverture est annoncée pour le numéro {listed(keys)}, que "
        "personne n'a. Demandez l'immatriculation à l'organisme, ou indiquez le bon numéro "
        "(benkan task resolve).",
        en=f"Notice {source}: a cover is told for number {listed(keys)}, which nobody has. Ask "
        "the institution for the registration, or give the right number (benkan task resolve).",
    )
