"""Search parameters read into criteria the store understands.

https://hl7.org/fhir/R4/search.html#prefix, #modifiers, #chaining, #escaping

A comma separates alternatives (OR), a repeated parameter adds a condition (AND).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hub.api.query import Parameters
from hub.errors import Invalid, Issue
from hub.fhir.search_index import PARAMETERS, normalize
from hub.ports import Criterion, Store

#: What a reference parameter may be followed by ".identifier" to reach.
_TARGETS = {
    "patient": "Patient",
    "beneficiary": "Patient",
    "subscriber": "Patient",
    "insurer": "Organization",
    "payor": "Organization",
    "provider": "Organization",
    "requestor": "Organization",
    "payment-issuer": "Organization",
    "request": "Claim",
}
_PREFIXED = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb)?([0-9].*)", re.DOTALL)
_MOST_VALUES = 200  #: alternatives in all parameters together
_MOST_CONDITIONS = 20  #: parameters that narrow one search
_MOST_LINKED = 200  #: resources one chained condition may lead through

Value = tuple[str, str, str]


def known(type_name: str, given: Parameters) -> Parameters:
    """The parameters this type has, for a client that asked to have the others ignored."""
    names = PARAMETERS[type_name]
    return [(name, value) for name, value in given if re.split("[:.]", name)[0] in names]


def read(type_name: str, given: Parameters, base: str, store: Store) -> list[Criterion]:
    """The criteria of a search; all must hold. ``base`` is the address of the FHIR base.

    Raises:
        Invalid: 400, an unknown parameter or modifier, a value that cannot be read, or too many.
    """
    if len(given) > _MOST_CONDITIONS or sum(v.count(",") for _, v in given) > _MOST_VALUES:
        raise _too_many()
    return [_criterion(type_name, name, value, base, store) for name, value in given]


def unreadable(text: str) -> Invalid:
    """The answer to a value that cannot be read."""
    return Invalid(
        Issue(
            "value",
            f"Valeur de recherche illisible : « {text[:80]} ». Voyez "
            "https://hl7.org/fhir/R4/search.html pour la forme attendue.",
            f'Search value that cannot be read: "{text[:80]}". See '
            "https://hl7.org/fhir/R4/search.html for the expected form.",
        ),
        status=400,
    )


def _criterion(type_name: str, name: str, value: str, base: str, store: Store) -> Criterion:
    plain, chain, _ = name.partition(".")
    plain, _, modifier = plain.partition(":")
    kind = PARAMETERS[type_name].get(plain)
    if kind is None:
        raise _unknown(type_name, name)
    values = _split(value)
    if chain:
        return _chained(type_name, name, plain, values, store)
    if modifier == "identifier" and kind == "reference":
        return Criterion(f"{plain}:identifier", [_token(one) for one in values])
    if plain == "_id" and not modifier:
        return Criterion(plain, [("eq", "", one) for one in values], "id")
    if kind == "reference" and (not modifier or modifier == _TARGETS.get(plain)):
        return Criterion(plain, [_reference(one, base, modifier) for one in values], kind)
    if modifier:
        raise _modifier(name)
    if kind == "date":
        return Criterion(plain, [_date(one) for one in values], kind)
    if kind == "token":
        return Criterion(plain, [_token(one) for one in values])
    return Criterion(plain, [("eq", "", normalize(_plain(one))) for one in values], kind)


def _chained(
    type_name: str, name: str, plain: str, values: Sequence[str], store: Store
) -> Criterion:
    """patient.identifier=…: first the patients, then what refers to one of them."""
    target = _TARGETS.get(plain)
    if target is None or name != f"{plain}.identifier":
        raise _unknown(type_name, name)
    wanted = Criterion("identifier", [_token(one) for one in values])
    page = store.search(target, [wanted], _MOST_LINKED, None)
    if page.after is not None:
        raise unreadable(name)
    linked = [("eq", "", f"{one.type}/{one.id}") for one in page.resources]
    return Criterion(plain, linked, "reference")


def _split(value: str) -> list[str]:
    """The alternatives of a value: cut at commas that are not escaped."""
    parts = _cut(value, ",")
    if not all(parts):
        raise unreadable(value)
    return parts


def _token(value: str) -> Value:
    """[system]|[code]; for the store "|" as system means: without one, "" means: any."""
    parts = _cut(value, "|")
    if len(parts) > 2 or not any(parts):
        raise unreadable(value)
    if len(parts) == 1:
        return ("eq", "", _plain(parts[0]))
    return ("eq", _plain(parts[0]) or "|", _plain(parts[1]))


def _reference(value: str, base: str, modifier: str) -> Value:
    """Type/id, id, or an address; an address of this hub becomes Type/id."""
    local = _plain(value).removeprefix(f"{base}/")
    return ("eq", "", f"{modifier}/{local}" if modifier and "/" not in local else local)


def _date(value: str) -> Value:
    found = _PREFIXED.fullmatch(value)
    if found is None:
        raise unreadable(value)
    return (found[1] or "eq", "", found[2])


def _cut(value: str, separator: str) -> list[str]:
    """Cut at a separator; a backslash takes away the meaning of the character after it."""
    parts = [""]
    for piece in re.findall(r"\\.|[^\\]|\\$", value, re.DOTALL):
        if piece == separator:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def _plain(value: str) -> str:
    return re.sub(r"\\([\\,|$])", r"\1", value)


def _too_many() -> Invalid:
    return Invalid(
        Issue(
            "too-costly",
            f"Cette recherche a trop de conditions : {_MOST_CONDITIONS} paramètres et "
            f"{_MOST_VALUES} valeurs au plus. Faites-en plusieurs.",
            f"This search has too many conditions: {_MOST_CONDITIONS} parameters and "
            f"{_MOST_VALUES} values at most. Make several of it.",
        ),
        status=400,
    )


def _unknown(type_name: str, name: str) -> Invalid:
    names = ", ".join(sorted(PARAMETERS[type_name]))
    chains = ", ".join(f"{n}.identifier" for n in sorted(PARAMETERS[type_name]) if n in _TARGETS)
    return Invalid(
        Issue(
            "not-supported",
            f"« {name[:64]} » n’est pas un paramètre de recherche de {type_name} ici. Paramètres "
            f"offerts : {names}{', ' if chains else ''}{chains}, _count. Pour qu’un paramètre "
            "inconnu soit ignoré, envoyez Prefer: handling=lenient.",
            f'"{name[:64]}" is not a search parameter of {type_name} here. Parameters offered: '
            f"{names}{', ' if chains else ''}{chains}, _count. To have an unknown parameter "
            "ignored, send Prefer: handling=lenient.",
        ),
        status=400,
    )


def _modifier(name: str) -> Invalid:
    return Invalid(
        Issue(
            "not-supported",
            f"« {name[:64]} » : ce modificateur n’est pas offert. Un paramètre de type reference "
            "accepte :identifier et le nom du type visé ; les autres n’en acceptent aucun.",
            f'"{name[:64]}": this modifier is not offered. A parameter of type reference takes '
            ":identifier and the name of the target type; the others take none.",
        ),
        status=400,
    )
