"""Narrative: https://hl7.org/fhir/R4/narrative.html (txt-1, txt-2), read with expat, no DTD."""

from __future__ import annotations

import re
from xml.parsers import expat

from hub.fhir.findings import Finding, Node, Place, fault, shown
from hub.fhir.primitives import wrong_json

NAMESPACE = "http://www.w3.org/1999/xhtml"
#: HTML 4.0 chapters 7 to 11 (without section 4 of chapter 9) and 15, `a` and images.
_ELEMENTS = (
    "a abbr acronym address b bdo big blockquote br caption center cite code col colgroup dd "
    "dfn div dl dt em font h1 h2 h3 h4 h5 h6 hr i img kbd li ol p pre q s samp small span "
    "strike strong sub sup table tbody td tfoot th thead tr tt u ul var del ins map area"
)
_ATTRIBUTES = (
    "abbr accesskey align alt axis background bgcolor border cellhalign cellpadding cellspacing "
    "cellvalign char charoff charset cite class clear color colspan compact coords dir face frame "
    "headers height href hreflang hspace id ismap lang longdesc name noshade nowrap rel rev "
    "rowspan rules scope shape size span src start style summary tabindex title type usemap "
    "valign value vspace width"
)
ELEMENTS = frozenset(_ELEMENTS.split())
ATTRIBUTES = frozenset(_ATTRIBUTES.split())
LANGUAGE = "http://www.w3.org/XML/1998/namespace lang"
LINK = re.compile(r"(?i)(https?:|ftp:|mailto:|tel:|#|urn:|[^:]*$)")
PICTURE = re.compile(r"(?i)(#|data:image/(png|jpeg|gif);|[^:]*$)")
#: A style may draw a picture it holds itself, and nothing from elsewhere.
STYLE = re.compile(
    r"(?i)url\s*\((?!\s*['\"]?\s*data:\s*image/(?:png|jpeg|gif)[;,])|expression\s*\(|@import|javascript:|behavior\s*:|\\"
)


class _Forbidden(Exception):
    """Holds what the narrative may not have."""


class _Reader:
    """Walks through the div; `filled` tells whether there was something to read."""

    def __init__(self) -> None:
        self.filled = False
        self.first = True
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self.start
        self.parser.CharacterDataHandler = self.text
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.ProcessingInstructionHandler = self.instruction

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        if self.first and (namespace != NAMESPACE or local != "div"):
            raise _Forbidden(f'<{local}>: <div xmlns="{NAMESPACE}"> …')
        self.first = False
        if namespace != NAMESPACE or local not in ELEMENTS:
            raise _Forbidden(f"<{local}>")
        self.filled = self.filled or local == "img"
        for key, value in attributes.items():
            self.attribute(local, key, value)

    def attribute(self, element: str, key: str, value: str) -> None:
        allowed = key in ATTRIBUTES or key == LANGUAGE
        value = "".join(value.split()) if key in ("href", "src", "background") else value
        if key in ("href", "cite", "longdesc"):
            allowed = bool(LINK.match(value))
        elif key in ("src", "background"):
            allowed = element == "img" and bool(PICTURE.match(value))
        elif key == "style":
            allowed = not STYLE.search(value)
        if not allowed:
            raise _Forbidden(f'<{element} {key}="{shown(value)}">')

    def text(self, data: str) -> None:
        self.filled = self.filled or not data.isspace()

    def doctype(self, name: str, system: str | None, public: str | None, internal: bool) -> None:
        raise _Forbidden("<!DOCTYPE>")

    def instruction(self, target: str, data: str) -> None:
        raise _Forbidden(f"<?{target}?>")


def check_narrative(value: Node, place: Place) -> list[Finding] | None:
    """The findings of one Narrative.div, None when it is good."""
    if value.__class__ is not str:
        return wrong_json(value, "un texte entre guillemets", "a string in quotes")
    reader = _Reader()
    try:
        reader.parser.Parse(value.encode("utf-8", "surrogatepass"), True)
    except expat.ExpatError as error:
        return fault(
            "structure",
            f"Le texte libre n’est pas du XHTML bien formé ({error}). Corrigez-le ou retirez-le.",
            f"The narrative is not well-formed XHTML ({error}). Correct it or remove it.",
        )
    except _Forbidden as found:
        return fault(
            "invariant",
            f"Le texte libre contient {found}, qui n’est pas permis (txt-1). "
            "N’y laissez que de la mise en forme simple.",
            f"The narrative has {found}, which is not allowed (txt-1). "
            "Leave only simple formatting in it.",
        )
    if reader.filled:
        return None
    return fault(
        "invariant",
        "Le texte libre est vide (txt-2). Écrivez-le ou retirez « text ».",
        "The narrative is empty (txt-2). Write it or remove text.",
    )
