"""No text of the console is left untranslated."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from hub.console.language import translations

CONSOLE = Path(__file__).parents[3] / "hub" / "console"
TEMPLATES = sorted((CONSOLE / "templates").glob("*.html"))
#: What reads the same in every language.
SAME = {"Benkan", "English", "Français", "sha256", "s", "ms", "JSON"}
SPOKEN = ("title", "alt", "placeholder", "aria-label")


def marked() -> set[str | tuple[str, str]]:
    """All that is to be translated; two forms where a number decides between them."""
    found = extract_from_dir(
        CONSOLE,
        [("templates/**.html", "jinja2"), ("**.py", "python")],
        keywords={"_": None, "ngettext": (1, 2)},
    )
    return {text if isinstance(text, str) else text[:2] for _, _, text, *_ in found}


def sentences() -> set[str]:
    return {form for text in marked() for form in ([text] if isinstance(text, str) else text)}


class Words(HTMLParser):
    """Collects what a reader or a screen reader would be told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self.code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.code = tag in ("pre", "script", "style")
        self.told += [value or "" for name, value in attrs if name in SPOKEN]

    def handle_data(self, data: str) -> None:
        if not self.code:
            self.told.append(data)


def bare(template: str) -> list[str]:
    """Words of a template that no translation reaches."""
    plain = re.sub(r"\{[{%#].*?[}%#]\}", "", template, flags=re.DOTALL)
    words = Words()
    words.feed(plain)
    found = re.findall(r"[^\W\d_][\w'’-]*", " ".join(words.told))
    return [word for word in found if word not in SAME]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_holds_no_text_outside_the_catalogue(path: Path) -> None:
    assert bare(path.read_text(encoding="utf-8")) == []


def test_a_bare_word_is_found() -> None:
    assert bare('<p title="Ici">Bonjour {{ _("vous") }}</p>') == ["Ici", "Bonjour"]


def test_every_sentence_is_in_the_english_catalogue_and_nothing_else() -> None:
    catalogue = read_po(BytesIO((CONSOLE / "locale" / "en.po").read_bytes()), locale="en")
    english = {message.id: message.string for message in catalogue if message.id}
    told = {
        key for key, value in english.items() if (value if isinstance(key, str) else all(value))
    }
    assert marked() - told == set()
    assert set(english) - marked() == set()


def test_a_translation_keeps_the_places_of_its_values() -> None:
    places = re.compile(r"%\(\w+\)s")
    english = translations("en")
    for text in marked():
        forms = (text, text) if isinstance(text, str) else text
        for number, form in enumerate(forms, start=1):
            told = (
                english.gettext(form) if isinstance(text, str) else english.ngettext(*forms, number)
            )
            assert sorted(places.findall(form)) == sorted(places.findall(told)), form


def test_a_number_agrees_with_its_noun_in_both_languages() -> None:
    forms = ("Importer : %(count)s changement", "Importer : %(count)s changements")
    told = {
        lang: [translations(lang).ngettext(*forms, n) for n in (0, 1, 2)] for lang in ("fr", "en")
    }
    assert told["fr"] == [forms[0], forms[0], forms[1]]
    assert told["en"] == [f"Import: %(count)s {word}" for word in ("changes", "change", "changes")]


def test_no_sentence_leaves_the_choice_of_a_plural_to_its_reader() -> None:
    assert [text for text in sentences() if re.search(r"\w\((s|es|x)\)", text)] == []
