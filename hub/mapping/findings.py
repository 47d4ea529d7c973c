"""What is wrong with a map: one finding with its place, and the exceptions that carry findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.errors import Issue

MOST = 50  #: findings reported for one file
SPECIFICATION = "https://build.fhir.org/ig/HL7/mapping-language-ig/"
GRAMMAR = SPECIFICATION + "grammar.html"
IMPORTS = SPECIFICATION + "fml.html"
DECLARATIONS = SPECIFICATION + "fml.html"
RULES = SPECIFICATION + "fml.html#rules"
TYPING = SPECIFICATION + "fml.html#typing"
TRANSFORMS = SPECIFICATION + "transforms.html"
FHIRPATH = "https://hl7.org/fhirpath/N1/"
#: in English and French: Python could not go on with this source
UNFIT = (
    "the source does not have the form this rule expects; see which of its elements are lists, "
    "texts or objects",
    "La source n’a pas la forme que cette règle attend : voyez lesquels de ses éléments sont des "
    "listes, des textes ou des objets",
)


@dataclass(frozen=True, slots=True)
class MapError:
    """One finding in a map's text."""

    line: int
    column: int
    message: str  #: English
    rule: str = ""  #: group, or group/rule
    spec: str = GRAMMAR
    fr: str = ""  #: the same in French
    file: str = ""
    severity: str = "error"  #: error | warning

    def issue(self) -> Issue:
        """The finding as an Issue; the path is file:line:column."""
        place = f"{self.file}:{self.line}:{self.column}"
        rule = f" [{self.rule}]" if self.rule else ""
        return Issue("processing", (self.fr or self.message) + rule, self.message + rule, place)


class Wrong(Exception):
    """A finding at an offset of the text; the parser records it and goes on."""

    def __init__(self, offset: int, en: str, fr: str) -> None:
        super().__init__(en)
        self.offset, self.en, self.fr = offset, en, fr


def unclosed(offset: int, mark: str, en: str = "text", fr: str = "texte") -> Wrong:
    """A text or comment that begins at an offset and never ends."""
    return Wrong(
        offset,
        f"expected the closing {mark} of this {en} before the end of the file",
        f"Ce {fr} n’est pas fermé : écrivez {mark} à sa fin",
    )


def shown(text: str) -> tuple[str, str]:
    """What a token says, for a person, in English and French; "" is the end."""
    printed = "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in text[:40])
    return printed or "end of text", printed or "fin du texte"


class Defective(Exception):
    """A map that does not parse or compile, with every finding."""

    def __init__(self, findings: Sequence[MapError]) -> None:
        super().__init__("; ".join(f"{f.line}:{f.column}: {f.message}" for f in findings))
        self.findings = list(findings)


class Failure(Exception):
    """A map refused its input while running: a check, a cast, an exhausted budget."""

    def __init__(self, en: str, fr: str) -> None:
        super().__init__(en)
        self.en, self.fr = en, fr
