"""Regular expressions of maps, refused when their time could grow without bound.

Python's engine backtracks; nested repetition is exponential and several repetitions in a row
are polynomial in the length of the text. Source: https://hl7.org/fhirpath/N1/#matches
"""

from __future__ import annotations

import re
from functools import lru_cache

from hub.mapping.findings import Failure

_LONGEST_PATTERN = 500
_MOST_WORK = 10_000_000
_CLASS = re.compile(r"\[\^?\]?(?:[^\]\\]|\\.)*\]", re.DOTALL)


class Pattern:
    """A compiled expression that knows how much work a text can cost."""

    def __init__(self, text: str) -> None:
        if len(text) > _LONGEST_PATTERN:
            raise _refused(text)
        self.text, self.repetitions = text, _repetitions(text)
        try:
            self.compiled = re.compile(text, re.DOTALL)
        except (re.error, OverflowError, RecursionError) as error:
            raise Failure(
                f"not a regular expression: {text[:60]} ({error})",
                f"Ce n’est pas une expression régulière : {text[:60]} ; corrigez-la",
            ) from None

    def on(self, subject: str) -> re.Pattern[str]:
        """The expression, for use on this text.

        Raises:
            Failure: the text is too long for an expression with so many repetitions.
        """
        if len(subject) ** max(self.repetitions + 1, 1) > _MOST_WORK * max(len(subject), 1):
            raise Failure(
                f"text of {len(subject)} characters too long for {self.text[:60]}",
                f"Texte de {len(subject)} caractères trop long pour {self.text[:60]} ; "
                "coupez-le d’abord avec substring",
            )
        return self.compiled


@lru_cache(maxsize=256)
def pattern(text: str) -> Pattern:
    """A compiled regular expression.

    Raises:
        Failure: it is no regular expression, or it repeats what already repeats.
    """
    return Pattern(text)


def _refused(text: str) -> Failure:
    return Failure(
        f"regular expression refused (nested repetition, look-around, reference): {text[:60]}",
        f"Expression régulière refusée (répétition imbriquée, renvoi ou assertion) : {text[:60]} ; "
        "simplifiez-la",
    )


def _repetitions(text: str) -> int:
    """How many repetitions the expression has.

    Raises:
        Failure: one of them is inside another, or the expression looks around or back.
    """
    plain = _CLASS.sub("x", re.sub(r"\\[^1-9]", "x", text, flags=re.DOTALL))
    if "\\" in plain or re.search(r"\(\?(?!:)", plain):
        raise _refused(text)
    plain = plain.replace("(?:", "(")
    groups = [0]  #: weight of what can vary inside each open group
    closed, total = 0, 0
    for sign in plain:
        if sign == "(":
            groups.append(0)
        elif sign == ")" and len(groups) > 1:
            closed = groups.pop()
            groups[-1] += closed
            continue
        elif sign in "*+{":
            if closed > 1:
                raise _refused(text)
            groups[-1] += 2
            total += 1
        elif sign in "|?":
            groups[-1] += 2 if sign == "|" else 1
        closed = 0
    return total
