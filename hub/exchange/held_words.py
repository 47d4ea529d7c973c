"""What a provider is told of a held claim: what the provider may do, never a command of the hub's.

The reason of a held exchange is written for operators, who see it whole.
"""

from __future__ import annotations

import re

from hub.model import Exchange

#: A sentence with one of these tells an operator what to do.
_FOR_OPERATORS = re.compile(
    r"\bbenkan\b|\breprene[zr]\b|\breprendre\b|\bretirez\b|\bsignalez\b|Vérifiez avec l'organisme"
    r"|Corrigez la cause|l'exploitant en est averti|annulez l'échange|\bcomplétez\b",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀÂÉÈÊÎÔÛ])")

CANCEL_FR = "annulez-la par une Task « cancel »"
CANCEL_EN = "cancel it with a Task 'cancel'"
WAITS = "une personne doit l'examiner."


def held(exchange: Exchange, language: str) -> str:
    """Why it waits and what to do about it, in French or English."""
    missing = exchange.detail.get("missing") or []
    codes = ", ".join(f"{m['code']} ({m['system']})" for m in missing)
    if codes:
        return _said(
            language,
            f"Retenue : aucune traduction pour {codes}. Les administrateurs du hub complètent la "
            "table de codes et la libèrent ; ne renvoyez pas la feuille.",
            f"Held: no translation for {codes}. The hub's administrators complete the code table "
            "and release it; do not send the claim again.",
        )
    if exchange.detail.get("doubles"):
        return _said(
            language,
            "Retenue : un acte de cette feuille semble déjà facturé à un autre organisme. Si c'est "
            f"une erreur de votre part, {CANCEL_FR} ; sinon attendez : l'exploitant du hub décide "
            "avec les organismes.",
            "Held: an act of this claim seems to be billed to another institution already. If that "
            f"was your mistake, {CANCEL_EN}; otherwise wait: the hub's operator decides with the "
            "institutions.",
        )
    why = plain(exchange.reason)
    if why.startswith("R01"):
        return _said(
            language,
            f"Retenue : {why} Comparez le numéro avec la carte de l'assuré : s'il est faux, "
            f"{CANCEL_FR}, puis envoyez une feuille corrigée ; s'il est juste, ne renvoyez rien : "
            "l'exploitant du hub le vérifie auprès de l'organisme.",
            "Held: the insured person's number leads to nobody, or to several people. Compare it "
            f"with the card: if it is wrong, {CANCEL_EN}, then send a corrected claim; if it is "
            f"right, send nothing again: the hub's operator checks with the institution. ({why})",
        )
    return _said(
        language,
        f"Retenue par le hub : {why or WAITS} Ne renvoyez pas la feuille : l'exploitant s'en "
        f"occupe. Si elle ne doit plus partir, {CANCEL_FR}.",
        "Held by the hub for a person to look at; do not send again: the operator takes care of "
        f"it. If it must not leave any more, {CANCEL_EN}." + (f" ({why})" if why else ""),
    )


def plain(reason: str) -> str:
    """A reason without the sentences and asides that speak to operators."""
    without = re.sub(r"\s*\([^()]*\bbenkan\b[^()]*\)", "", reason)
    kept = [one for one in _SENTENCES.split(without) if not _FOR_OPERATORS.search(one)]
    return " ".join(kept).strip()


def _said(language: str, french: str, english: str) -> str:
    return english if language == "en" else french
