"""Why a value cannot be written, for people: French and English."""

from __future__ import annotations


class Impossible(ValueError):
    """A value that a field or an encoding cannot say."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.fr = fr
        self.en = en


def reason(error: ValueError) -> tuple[str, str]:
    """(French, English) of a refusal; a general word for one without its own."""
    if isinstance(error, Impossible):
        return error.fr, error.en
    return "valeur impossible", "impossible value"
