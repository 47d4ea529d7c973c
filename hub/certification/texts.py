"""Offline checks of hard text: names of the region, in what each partner's encoding carries.

Sources: names as on Malian and Guinean papers (synthetic); https://www.unicode.org/reports/tr15/
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hub import errors
from hub.certification.bench import Bench
from hub.certification.findings import Checks, Failed, Note, Part, must
from hub.model import Tree
from hub.ports.certification import CARRIED, CUT, REFUSED, TRANSLITERATED

CHECKS: Checks[Bench] = Checks()

#: What each text tries.
HARD = {
    "Keïta Traoré": "accents",
    "Mohamed Ag Alhousseïni": "particle",
    "N'Diaye": "apostrophe",
    "N’Diaye": "typographic apostrophe",
    "Mme Coulibaly née Dembélé": "married name",
    "Fatoumata Bintou Aïssata Mariam Djénéba Sidibé épouse Konaté": "60 characters",
    "Mohamed ɛ ɔ ŋ ɲ Ɲ": "letters of Bambara",
    "Œ — « Sœur »": "ligature and guillemets",
    "Kei\u0308ta": "decomposed accent",
    "A|B;C^D&E<F": "separators and markup",
    "محمد": "Arabic script",
}

LOSSES = {
    TRANSLITERATED: Note("translittéré", "transliterated"),
    CUT: Note("coupé ou translittéré", "cut or transliterated"),
    REFUSED: Note("refusé, avec le nom du champ", "refused, naming the field"),
}


@CHECKS.add(
    Part.DOMAIN,
    "hard-text",
    "Les textes difficiles sont portés, ou leur perte est déclarée champ par champ",
    "Hard texts are carried, or their loss is stated field by field",
)
def hard_text(bench: Bench) -> list[Note]:
    """Every text in every field; a loss nobody stated fails."""
    case = bench.case
    bench.need(case.texts or None, "le cas ne nomme aucun champ", "the case names no field")
    notes = []
    for path, stated in case.texts.items():
        lost = [text for text in HARD if not _carried(bench, path, text, stated)]
        if lost:
            how, tried = LOSSES[stated], ", ".join(f"« {text} »" for text in lost)
            notes.append(Note(f"{path} : {how.fr} : {tried}", f"{path}: {how.en}: {tried}"))
    return notes


def _carried(bench: Bench, path: str, text: str, stated: str) -> bool:
    """Did the text arrive as it was? False: it was lost in the way the case states.

    Raises:
        Failed: it was lost in another way.
    """
    case = bench.case
    read = bench.need(case.read, "le cas ne relit rien", "the case reads nothing back")
    try:
        message = bench.adapter().encode(case.operation, placed(case.tree, path, text), "s-1")
    except errors.Refused as refusal:
        if stated == CARRIED:
            raise Failed(f"{path} : « {text} » refusé", f"{path}: “{text}” refused") from refusal
        return False
    found = "".join(map(str, values(read(message.body), path)))
    if found == text:
        return True
    shown = f"{path}: « {text} » → « {found} »"
    must(found and stated in (TRANSLITERATED, CUT), shown, shown)
    return False


def placed(tree: Tree, path: str, text: str) -> Tree:
    """A copy of the tree with this text at a path; a path goes into the first of a list."""
    result = copy.deepcopy(tree)
    node: Any = result
    *parents, last = path.split(".")
    for name in parents:
        node = node[name][0] if isinstance(node[name], list) else node[name]
    node[last] = [text] if isinstance(node.get(last), list) else text
    return result


def values(tree: Any, path: str) -> Iterator[Any]:
    """What stands at a path of a tree, in the first of each list."""
    name, _, rest = path.partition(".")
    found = tree.get(name) if isinstance(tree, dict) else None
    found = found[0] if isinstance(found, list) and found else found
    if rest:
        yield from values(found, rest)
    elif found is not None:
        yield found
