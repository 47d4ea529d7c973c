"""What generated code calls `T`: the transforms of FML and the writing of target trees.

Source: https://hl7.org/fhir/R5/mapping-language.html#transforms
"""

from __future__ import annotations

import html
import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from hub.mapping.concept_map import Target
from hub.mapping.fhirpath import limits
from hub.mapping.fhirpath.strings import written
from hub.mapping.fhirpath.temporal import Quantity, temporal
from hub.mapping.findings import Failure
from hub.mapping.run import Run

_DATES = ("date", "dateTime", "instant", "time")
_FORMS = {
    "code": r"\S+( \S+)*",
    "id": r"[A-Za-z0-9\-.]{1,64}",
    "oid": r"urn:oid:[0-2](\.(0|[1-9]\d*))+",
    "uuid": r"urn:uuid:[0-9a-fA-F-]{36}",
    "base64Binary": r"[0-9A-Za-z+/=\s]*",
}
_LEAST = {"unsignedInt": 0, "positiveInt": 1}


def cast(value: Any, wanted: str) -> Any:
    """The value as a primitive of this type, keeping the digits and the precision it has.

    Raises:
        Failure: it has not the form of this type.
    """
    if value is None:
        return value
    if isinstance(value, dict):
        raise Failure(
            f"a {wanted} is wanted, not a value with elements: name one of them",
            f"Il faut un {wanted}, et non une valeur à plusieurs éléments : nommez l’un d’eux",
        )
    text = value if isinstance(value, str) else written(value)
    try:
        return _cast(value, str(text), wanted)
    except (ValueError, InvalidOperation):
        raise Failure(
            f"'{text[:60]}' is not a {wanted}",
            f"« {text[:60]} » n’est pas de type {wanted} : corrigez la source ou la carte",
        ) from None


def _cast(value: Any, text: str, wanted: str) -> Any:
    if wanted in ("integer", "integer64", "unsignedInt", "positiveInt"):
        number = value if type(value) is int else _integer(text)
        if number < _LEAST.get(wanted, number):
            raise ValueError(text)
        return number
    if wanted == "decimal":
        return value if type(value) is int or type(value) is Decimal else _decimal(text)
    if wanted == "boolean":
        if text not in ("true", "false", "1", "0"):
            raise ValueError(text)
        return text in ("true", "1")
    if wanted in _DATES:
        moment = temporal(text)
        if moment is None or (moment.kind == "time") != (wanted == "time"):
            raise ValueError(text)
        if wanted == "date" and moment.kind == "dateTime":
            return text.split("T")[0]
    form = _FORMS.get(wanted)
    if form and not re.fullmatch(form, text):
        raise ValueError(text)
    return text


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,20}", text.strip()):
        raise ValueError(text)
    return int(text)


def _decimal(text: str) -> Decimal:
    if not re.fullmatch(r"[+-]?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?", text.strip()):
        raise ValueError(text)
    return Decimal(text.strip())


def plain(value: Any) -> Any:
    """A FHIRPath value as a tree holds it: its own copy, without FHIRPath's own types."""
    if type(value) is str or type(value) is int or value is None:
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Quantity):
        if value.calendar:
            return {"value": value.value, "unit": value.unit}
        return {"value": value.value, "unit": value.unit, "system": UCUM, "code": value.unit}
    return copy(value)


UCUM = "http://unitsofmeasure.org"


def copy(value: Any) -> Any:
    """A deep copy, so that source and target never share.

    Raises:
        Failure: all copies of this run together are too large: trees copied into themselves.
    """
    if type(value) is dict:
        limits.copied.spend(len(value))
        return {key: copy(inner) for key, inner in value.items()}
    if type(value) is list:
        limits.copied.spend(len(value))
        return [copy(inner) for inner in value]
    return value


def append(*parts: Any) -> str | None:
    """append(a, b, …): what is missing counts as the empty text.

    Raises:
        Failure: the text is longer than one may become: groups that double it never end otherwise.
    """
    if all(part is None for part in parts):
        return None
    return limits.text("".join("" if part is None else written(part) for part in parts))


def truncate(value: Any, length: Any) -> str | None:
    """truncate(text, length)

    Raises:
        Failure: the length is no number, or below zero.
    """
    if not str(length).isdecimal():
        raise Failure(
            f"truncate() needs a number of characters, not '{str(length)[:60]}'",
            f"truncate() demande un nombre de caractères, et non « {str(length)[:60]} »",
        )
    return None if value is None else written(value)[: int(length)]


_MARKED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})


def escape(value: Any, source: Any, target: Any = None) -> str | None:
    """escape(text, from, to): html, xml, json or plain; with one format, from plain text.

    Raises:
        Failure: a format that is none of these, or a text that is not written in it.
    """
    if value is None:
        return None
    first, second = ("plain", source) if target is None else (source, target)
    text = written(value)
    try:
        if first in ("html", "xml"):
            text = html.unescape(text)
        elif first == "json":
            text = str(json.loads(f'"{text}"', parse_float=Decimal))
        elif first not in ("plain", "text"):
            raise ValueError(first)
        if second in ("html", "xml"):
            return text.translate(_MARKED)
        if second == "json":
            return json.dumps(text, ensure_ascii=False)[1:-1]
        if second in ("plain", "text"):
            return text
        raise ValueError(second)
    except ValueError:
        raise Failure(
            f"escape() cannot go from {first} to {second}; use html, xml, json or plain",
            f"escape() ne va pas de {first} à {second} : utilisez html, xml, json ou plain",
        ) from None


def reference(run: Run, value: Any, type_name: str) -> str | None:
    """reference(resource): "Type/id"; gives the resource an id when it has none."""
    if value is None:
        return None
    name = value.get("resourceType", type_name) if isinstance(value, dict) else ""
    if not name:
        raise Failure(
            "reference() needs a resource", "reference() demande une ressource : passez-en une"
        )
    return f"{name}/{value.setdefault('id', run.identifier())}"


def pointer(run: Run, value: Any) -> str | None:
    """pointer(resource): "urn:uuid:" and its id."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Failure(
            "pointer() needs a resource", "pointer() demande une ressource : passez-en une"
        )
    return "urn:uuid:" + str(value.setdefault("id", run.identifier()))


def _filled(**members: Any) -> dict[str, Any]:
    return {name.rstrip("_"): copy(value) for name, value in members.items() if value is not None}


def coding(system: Any, code: Any, display: Any = None) -> dict[str, Any] | None:
    """c(system, code[, display])"""
    return None if code is None else _filled(system=system, code=code, display=display)


def concept(system: Any, code: Any = None, display: Any = None) -> dict[str, Any] | None:
    """cc(text) or cc(system, code[, display])"""
    if code is None:
        return None if system is None or display is not None else {"text": written(system)}
    return {"coding": [coding(system, code, display)]}


def quantity(value: Any, unit: Any = None, system: Any = None, code: Any = None) -> Any:
    """qty(text) or qty(value, unit[, system, code])"""
    if value is None:
        return None
    comparator = None
    if unit is None and isinstance(value, str):
        match = re.fullmatch(r"\s*(<=|>=|<|>)?\s*([+-]?\d+(?:\.\d+)?)\s*(\S.*)?", value)
        if match is None:
            raise Failure(
                f"'{value[:60]}' is not a quantity", f"« {value[:60]} » n’est pas une quantité"
            )
        comparator, value, unit = match.groups()
    return _filled(
        value=cast(value, "decimal"), comparator=comparator, unit=unit, system=system, code=code
    )


def identifier(system: Any, value: Any, type_code: Any = None) -> dict[str, Any] | None:
    """id(system, value[, type])"""
    if value is None:
        return None
    table = "http://terminology.hl7.org/CodeSystem/v2-0203"
    kind = {"coding": [{"system": table, "code": type_code}]} if type_code else None
    return _filled(type=kind, system=system, value=cast(value, "string"))


def contact(system: Any, value: Any = None) -> dict[str, Any] | None:
    """cp(value) or cp(system, value)"""
    if value is None:
        system, value = None, system
    if value is None:
        return None
    text = str(value)
    if system is None:
        mail = text.startswith("mailto:") or "@" in text
        system = "email" if mail else "url" if text.startswith("http") else "phone"
    return {"system": system, "value": text.removeprefix("mailto:").removeprefix("tel:")}


def attribute(name: Any) -> str:
    """The name of what a row of a ConceptMap depends on.

    Raises:
        Failure: it is no text.
    """
    if isinstance(name, str):
        return str(name)
    raise Failure(
        "translate(): the name of what rows depend on must be a text, the uri or code of it",
        "translate() : le nom de ce dont les lignes dépendent doit être un texte (son uri ou code)",
    )


def translated(targets: list[Target], output: str) -> Any:
    """What translate() gives: code, system, display, Coding or CodeableConcept."""
    if not targets:
        return None
    first = targets[0]
    if output.startswith("product:"):
        return first.produced(output.removeprefix("product:"))
    if output == "CodeableConcept":
        return {"coding": [translated([t], "Coding") for t in targets]}
    if output == "Coding":
        return _filled(system=first.system or None, code=first.code, display=first.display or None)
    return {"system": first.system, "display": first.display}.get(output, first.code) or None
