"""JSON that keeps every digit: a strict reader and a writer without floats.

Source: RFC 8259, and https://hl7.org/fhir/R4/datatypes.html#decimal (precision is kept).
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn, TypeAlias

from hub.errors import Invalid, Issue
from hub.formats.quick_json import QuickReader, quickly_written
from hub.formats.write_json import written

#: What JSON text can say: a Tree, or any part of one.
Json: TypeAlias = Any

#: A deeper tree is refused: no FHIR resource of the insurance types comes near it.
MAX_DEPTH = 64
#: A longer number is refused: the longest amounts of our partners have 15 digits.
MAX_NUMBER = 64
#: 1e999999999 is short to write and endless to compute with; a double ends at 1e308.
MAX_EXPONENT = 308

TOKEN = re.compile(
    r'"(?:[^"\\]++|\\.)*+"|[{}\[\]]|-?(?:NaN|Infinity)|-?[0-9][0-9.eE+-]*', re.DOTALL
)
ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)", re.DOTALL)
ESCAPES = ("\\u", "\\b", "\\f")


class _Fault(ValueError):
    """The C scanner met something JSON allows and we do not."""


def loads(body: bytes) -> Json:
    """The tree of a JSON text: dict, list, str, int, Decimal, bool, None.

    12.50 becomes Decimal("12.50"), 1e2 becomes Decimal("1E+2"); whole numbers become int.

    Raises:
        Invalid: status 400, with line and column, when the text is not UTF-8 JSON, or has a key
            twice in one object, NaN or Infinity, half a surrogate pair, a control character, more
            than MAX_DEPTH levels or a number longer than MAX_NUMBER characters.
    """
    quick = _quickly(body)
    if quick is not None:
        return quick
    text = _decode(body)
    try:
        tree = _DECODER.decode(text)
    except json.JSONDecodeError as fault:
        _refuse(
            text,
            fault.pos,
            "ce n’est pas du JSON correct ; corrigez le texte à cet endroit",
            f"this is not correct JSON ({fault.msg}); correct the text there",
        )
    except (_Fault, RecursionError):
        _refuse_first_fault(text)
    if _too_deep(tree):
        _refuse_first_fault(text)
    if any(escape in text for escape in ESCAPES):
        _check_escapes(text)
    return tree


def dumps(tree: Json) -> bytes:
    """The JSON text of a tree, UTF-8, without white space, keys in their order.

    A Decimal is written with exactly its digits: 12.50 stays 12.50.

    Raises:
        TypeError: for a float, or any value a Tree cannot have.
        ValueError: for a Decimal that is not a number, or text with half a surrogate pair.
    """
    quick = quickly_written(tree)
    return quick if quick is not None else written(tree).encode("utf-8")


def _decode(body: bytes) -> str:
    if body.startswith(b"\xef\xbb\xbf"):
        _refuse(
            "",
            0,
            "le texte commence par une marque d’ordre des octets (BOM) ; "
            "envoyez de l’UTF-8 sans BOM",
            "the text begins with a byte order mark (BOM); send UTF-8 without BOM",
        )
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as fault:
        good = body[: fault.start].decode("utf-8")
        _refuse(
            good,
            len(good),
            "le texte n’est pas de l’UTF-8 ; enregistrez-le en UTF-8 et renvoyez-le",
            "the text is not UTF-8; save it as UTF-8 and send it again",
        )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) != len(pairs):
        raise _Fault
    return tree


def _whole(digits: str) -> int | Decimal:
    if len(digits) > MAX_NUMBER:
        raise _Fault
    # int would drop the sign, and what we write would differ from what came.
    return Decimal(digits) if digits == "-0" else int(digits)


def _exact(digits: str) -> Decimal:
    try:
        number = Decimal(digits)
    except InvalidOperation as fault:
        raise _Fault from fault
    if len(digits) > MAX_NUMBER or abs(number.adjusted()) > MAX_EXPONENT:
        raise _Fault
    return number


def _constant(name: str) -> NoReturn:
    raise _Fault(name)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_exact, parse_int=_whole, parse_constant=_constant
)

_quickly = QuickReader(MAX_DEPTH, MAX_NUMBER, MAX_EXPONENT).loads


def _too_deep(tree: Json) -> bool:
    level = [tree]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            if node.__class__ is dict or node.__class__ is list
            for child in (node.values() if node.__class__ is dict else node)
        ]
        if not level:
            return False
    return any(node.__class__ in (dict, list) for node in level)


def _refuse_first_fault(text: str) -> NoReturn:
    """Read the text again, slowly, to say where the fault is."""
    keys: list[set[str] | None] = []
    for token in TOKEN.finditer(text):
        word = token[0]
        if word in "{[":
            keys.append(set() if word == "{" else None)
            if len(keys) > MAX_DEPTH:
                _refuse(
                    text,
                    token.start(),
                    f"plus de {MAX_DEPTH} niveaux d’imbrication ; simplifiez la structure",
                    f"more than {MAX_DEPTH} levels of nesting; make the structure flatter",
                )
        elif word in "}]":
            keys.pop()
        elif word[0] == '"':
            _check_key(text, token, keys)
        else:
            _check_number(text, token)
    _refuse(
        text, len(text), "le texte ne peut être lu ; vérifiez-le", "it cannot be read; check it"
    )


def _check_key(text: str, token: re.Match[str], keys: list[set[str] | None]) -> None:
    if not keys or keys[-1] is None or not re.compile(r"\s*:").match(text, token.end()):
        return
    key = json.loads(token[0], strict=False)
    if key in keys[-1]:
        shown = key[:64]
        _refuse(
            text,
            token.start(),
            f"la clé « {shown} » est écrite deux fois dans le même objet ; n’en gardez qu’une",
            f'the key "{shown}" is written twice in the same object; keep only one',
        )
    keys[-1].add(key)


def _check_number(text: str, token: re.Match[str]) -> None:
    word = token[0]
    if "N" in word or "I" in word:
        _refuse(
            text,
            token.start(),
            f"« {word} » n’est pas un nombre JSON ; écrivez un nombre ou retirez l’élément",
            f'"{word}" is not a JSON number; write a number or remove the element',
        )
    try:
        _exact(word) if set("eE.") & set(word) else _whole(word)
    except _Fault:
        _refuse(
            text,
            token.start(),
            f"un nombre dépasse {MAX_NUMBER} caractères ou 10 puissance {MAX_EXPONENT} ; "
            "écrivez un nombre plus court",
            f"a number is longer than {MAX_NUMBER} characters or beyond 10 to the power of "
            f"{MAX_EXPONENT}; write a shorter number",
        )


def _check_escapes(text: str) -> None:
    high: re.Match[str] | None = None
    for escape in ESCAPE.finditer(text):
        code = int(escape[0][2:], 16) if escape[0][1] == "u" else ord(escape[0][1])
        if high is not None and (escape.start() != high.end() or not 0xDC00 <= code < 0xE000):
            _refuse_surrogate(text, high)
        if escape[0][1] != "u":
            if escape[0][1] in "bf":
                _refuse_control(text, escape)
            high = None
            continue
        if code < 0x20 and code not in (9, 10, 13):
            _refuse_control(text, escape)
        if 0xDC00 <= code < 0xE000 and high is None:
            _refuse_surrogate(text, escape)
        high = escape if 0xD800 <= code < 0xDC00 else None
    if high is not None:
        _refuse_surrogate(text, high)


def _refuse_control(text: str, escape: re.Match[str]) -> NoReturn:
    _refuse(
        text,
        escape.start(),
        f"le caractère de commande {escape[0]} n’est pas permis dans un texte ; retirez-le",
        f"the control character {escape[0]} is not allowed in text; remove it",
    )


def _refuse_surrogate(text: str, escape: re.Match[str]) -> NoReturn:
    _refuse(
        text,
        escape.start(),
        f"{escape[0]} est la moitié d’un caractère (demi-zone isolée) ; écrivez-le en entier",
        f"{escape[0]} is half a character (lone surrogate); write the whole character",
    )


def _refuse(text: str, position: int, fr: str, en: str) -> NoReturn:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    raise Invalid(
        Issue(
            "structure",
            f"JSON, ligne {line}, colonne {column} : {fr}.",
            f"JSON, line {line}, column {column}: {en}.",
        ),
        status=400,
    )
