"""French as the pages are written, and English from the catalogue locale/en.po.

Source: https://www.gnu.org/software/gettext/manual/gettext.html#PO-Files
"""

from __future__ import annotations

import gettext
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("fr", "en")
COOKIE = "benkan-lang"


class _French(gettext.NullTranslations):
    """As the pages are written, where nought is singular: « 0 échange »."""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return msgid1 if n < 2 else msgid2


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The sentences of a language; French ones are their own translation."""
    if language == "fr":
        return _French()
    text = files("hub.console").joinpath("locale", f"{language}.po").read_bytes()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(text), locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def marked(text: str) -> str:
    """A sentence that is translated where it is shown; extraction finds it by this name."""
    return text
