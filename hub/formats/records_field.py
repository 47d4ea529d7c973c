"""One field of a record layout, from its element definition."""

from __future__ import annotations

import re
from typing import Any

from hub.formats import primitives
from hub.formats.logical import Element
from hub.formats.records_model import FIELD, TOTAL, Field, File, Total
from hub.formats.records_settings import Settings, settings
from hub.model import Tree

_NUMBERS = {"decimal", "integer", "positiveInt", "unsignedInt"}


def field(element: Element, row: Tree, file: File, cell: int, most: int) -> Field:
    """The field of a leaf element; `cell` is the next free cell of a delimited record.

    Raises:
        ValueError: its settings are unknown, missing or contradict each other.
    """
    given = settings(row, FIELD)
    fixed_width = file.form == "fixed"
    number = element.type in _NUMBERS
    pad = str(given.get("padding", "0" if number else " "))
    if len(pad) != 1:
        raise ValueError(f"{element.path}: padding is one character")
    length = int(given.need("length") if fixed_width else given.get("length", 0))
    step = int(given.get("step", length)) if fixed_width else 1
    date = _date(given, element)
    made = Field(
        element=element,
        at=int(given.need("position")) - 1 if fixed_width else cell,
        length=length,
        most=most,
        step=step,
        title=str(given.get("column", element.written + ("{n}" if most > 1 else ""))),
        right=given.choice("align", *(("right", "left") if number else ("left", "right")))
        == "right",
        pad=pad,
        decimals=_decimals(given, element, fixed_width),
        sign_at=int(given.get("sign-position", 0)) - 1,
        date=date,
        century=_century(given, date, element),
        yes=str(given.get("true", "true")),
        no=str(given.get("false", "false")),
        fixed=_constant(row, element),
        total=_total(row, element),
        unencodable=given.choice("unencodable", file.unencodable, "refuse", "transliterate"),
    )
    given.all_known()
    _sound(made, file)
    return made


def _sound(made: Field, file: File) -> None:
    where = made.element.path
    if file.form == "delimited" and made.sign_at >= 0:
        raise ValueError(f"{where}: a sign field belongs to fixed positions")
    if made.at < 0 or (file.form == "fixed" and made.length < 1):
        raise ValueError(f"{where}: position and length count from 1")
    if made.element.type == "boolean" and (made.yes == made.no or not made.yes or not made.no):
        raise ValueError(f"{where}: true and false need two different texts")
    if made.pad in "123456789" and made.element.type in _NUMBERS:
        raise ValueError(f"{where}: a number cannot be padded with {made.pad}")
    if made.pad != " " and not made.right and made.element.type in _NUMBERS:
        raise ValueError(f"{where}: a number on the left cannot be padded with {made.pad}")


def _decimals(given: Settings, element: Element, fixed_width: bool) -> int | None:
    said = given.get("decimals")
    if said is not None and element.type != "decimal":
        raise ValueError(f"{element.path}: implied decimals belong to a decimal")
    if said is None:
        return 0 if fixed_width and element.type == "decimal" else None
    return int(said)


def _date(given: Settings, element: Element) -> str:
    form = str(given.get("date", "ISO"))
    if form == "ISO":
        return ""
    parts = re.findall("AAAA|AA|MM|JJ", form)
    if element.type != "date" or sorted(parts) not in (["AA", "JJ", "MM"], ["AAAA", "JJ", "MM"]):
        raise ValueError(f"{element.path}: {form} is no date form")
    return form


def _century(given: Settings, form: str, element: Element) -> int:
    said = given.get("century-from")
    if (said is None) == bool(form and "AAAA" not in form):
        raise ValueError(f"{element.path}: century-from goes with a year of two digits")
    return int(said or 0)


def _constant(row: Tree, element: Element) -> Any:
    found = next((value for key, value in row.items() if key.startswith("fixed")), None)
    if found is not None:
        return primitives.read(primitives.write(found, element), element)
    return None


def _total(row: Tree, element: Element) -> Total | None:
    given = settings(row, TOTAL)
    if not given:
        return None
    kind = given.choice("kind", "count", "sum", "records")
    path = str(given.need("of"))
    given.all_known()
    own, counted = element.path.split("."), path.split(".")
    depth = 0
    while depth < min(len(own) - 1, len(counted)) and own[depth] == counted[depth]:
        depth += 1
    if not depth:
        raise ValueError(f"{element.path}: {path} lies outside the model")
    return Total(kind, depth, tuple(counted[depth:]), path)
