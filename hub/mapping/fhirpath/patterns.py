"""Regular expressions in linear time: RE2, with the spellings of XPath, PCRE and Java it lacks.

Sources: https://hl7.org/fhirpath/N1/#matches and https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import re2  # type: ignore[import-untyped]

from hub.mapping.fhirpath.limits import LONGEST_TEXT, too_long
from hub.mapping.findings import Failure

_LONGEST_PATTERN = 2000
_MEMORY = 8 << 20  #: bytes RE2 may use for one compiled expression
#: escapes of XML Schema, PCRE and Java → RE2, outside and inside a character class
_ESCAPES = {
    "i": (r"[\p{L}_:]", r"\p{L}_:"),
    "c": (r"[\p{L}\p{M}\p{N}._:\-]", r"\p{L}\p{M}\p{N}._:\-"),
    "h": (r"[ \t\x{A0}]", r" \t\x{A0}"),
    "R": (r"(?:\r\n|[\n-\r\x{85}\x{2028}\x{2029}])", None),
    "Z": (r"\z", None),
    "e": (r"\x1B", r"\x1B"),
}
_LACKING = {
    r"(?=": ("look-ahead", "assertion avant"),
    r"(?!": ("look-ahead", "assertion avant"),
    r"(?<=": ("look-behind", "assertion arrière"),
    r"(?<!": ("look-behind", "assertion arrière"),
    r"(?>": ("atomic group", "groupe atomique"),
}
_PIECE = re.compile(
    r"\\u([0-9A-Fa-f]{4})|\\(.)|(\[\^?\]?)|(\(\?(?:<?[=!]|>))|(\{,\d+\})|([*+?}]\+)|.", re.DOTALL
)
_IN_CLASS = re.compile(r"\\u([0-9A-Fa-f]{4})|\\(.)|(\[:\^?\w+:\])|(-\[|&&|\[)|(\])|.", re.DOTALL)
_GROUP = re.compile(r"\\(.)|\$(?:\{(\w+)\}|(\d))", re.DOTALL)


@lru_cache(maxsize=256)
def pattern(text: str) -> Any:
    """The compiled expression; `.` matches line ends too.

    Raises:
        Failure: it is no regular expression, or uses what linear time cannot have.
    """
    if len(text) > _LONGEST_PATTERN:
        raise too_long(f"regular expression of {len(text)} characters", len(text), _LONGEST_PATTERN)
    options = re2.Options()
    options.dot_nl, options.log_errors, options.max_mem = True, False, _MEMORY
    try:
        return re2.compile(_translated(text), options)
    except re2.error as error:
        why = error.args[0] if error.args else ""
        why = why.decode(errors="replace") if isinstance(why, bytes) else str(why)
        raise Failure(
            f"not a regular expression: {text[:60]} ({why})",
            f"Ce n’est pas une expression régulière : {text[:60]} ({why}) ; corrigez-la",
        ) from None


def substitute(expression: str, text: str, by: str) -> str:
    """Every match replaced; `$1`, `${1}`, `${name}` are its groups, `\\$` a dollar.

    Raises:
        Failure: a group the expression does not have, or a result that is too long.
    """
    compiled, made = pattern(expression), 0
    groups = {str(n) for n in range(compiled.groups + 1)} | set(compiled.groupindex)
    for match in _GROUP.finditer(by):
        wanted = match.group(2) or match.group(3)
        if wanted is not None and wanted not in groups:
            raise Failure(
                f"the expression has no group {wanted}: {by[:60]}",
                f"L’expression n’a pas de groupe {wanted} : {by[:60]} ; corrigez le remplacement",
            )

    def one(found: Any) -> str:
        nonlocal made
        result = _GROUP.sub(lambda m: m.group(1) or _group(found, m), by)
        made += len(result)
        if made > LONGEST_TEXT:
            raise too_long("text after replaceMatches", made, LONGEST_TEXT)
        return result

    return str(compiled.sub(one, text))


def _group(found: Any, reference: re.Match[str]) -> str:
    name = reference.group(2) or reference.group(3)
    return found.group(int(name) if name.isdecimal() else name) or ""


def _translated(text: str) -> str:
    written: list[str] = []
    here = 0
    while here < len(text):
        piece = _PIECE.match(text, here)
        if piece is None:
            break
        here = piece.end()
        code, escape, opening, lacking, repeat, possessive = piece.groups()
        if opening:
            inside, here = _class(text, here)
            written.append(opening.replace("]", r"\]") + inside)
        elif lacking:
            raise _lacks(text, *_LACKING[lacking])
        elif possessive:
            raise _lacks(text, "possessive repetition", "répétition possessive")
        elif repeat:
            written.append("{0" + repeat[1:])
        else:
            written.append(_escaped(text, code, escape, 0) or piece.group())
    return "".join(written)


def _class(text: str, start: int) -> tuple[str, int]:
    """The rest of a character class and where it ends."""
    written: list[str] = []
    here = start
    while here < len(text):
        piece = _IN_CLASS.match(text, here)
        if piece is None:
            break
        here = piece.end()
        code, escape, posix, nested, closing = piece.groups()
        if nested in ("-[", "&&"):
            raise _lacks(text, "character class arithmetic", "calcul de classes de caractères")
        if nested:
            written.append(r"\[")
        else:
            written.append(posix or _escaped(text, code, escape, 1) or piece.group())
        if closing:
            break
    return "".join(written), here


def _escaped(text: str, code: str | None, escape: str | None, place: int) -> str | None:
    if code:
        return r"\x{" + code + "}"
    if escape is None:
        return None
    if escape in "123456789k" and not place:
        raise _lacks(text, "reference to a group", "renvoi à un groupe")
    if escape in "GK" or (escape in _ESCAPES and _ESCAPES[escape][place] is None):
        raise _lacks(text, f"\\{escape}", f"\\{escape}")
    if escape in _ESCAPES:
        return _ESCAPES[escape][place]
    return escape if not escape.isascii() else None


def _lacks(text: str, en: str, fr: str) -> Failure:
    return Failure(
        f"regular expression refused, it cannot run in linear time ({en}): {text[:60]}",
        f"Expression régulière refusée, elle ne s’exécute pas en temps linéaire ({fr}) : "
        f"{text[:60]} ; écrivez-la autrement",
    )
