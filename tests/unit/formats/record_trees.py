"""Any tree that a record layout admits, for hypothesis."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from hub.formats.records_model import Field, Group, Record, RecordModel
from hub.formats.repertoire import mistaken


def trees(model: RecordModel) -> st.SearchStrategy[dict[str, Any]]:
    """Trees without constants and totals."""
    return record(model.root, model)


def record(kind: Record, model: RecordModel) -> st.SearchStrategy[dict[str, Any]]:
    required, optional = slots(kind.slots, model)
    for child in kind.records:
        if child.automatic and child.element.required:
            continue
        inner = record(child, model)
        wanted = 1 if child.element.required else 0
        if child.element.many:
            inner = st.lists(inner, min_size=max(wanted, 1), max_size=min(child.most or 3, 3))
        (required if wanted else optional)[child.element.name] = inner
    return st.fixed_dictionaries(required, optional=optional)


def slots(given: tuple[Any, ...], model: RecordModel) -> tuple[dict[str, Any], dict[str, Any]]:
    required: dict[str, Any] = {}
    optional: dict[str, Any] = {}
    for slot in given:
        if isinstance(slot, Field) and slot.given:
            continue
        if isinstance(slot, Group):
            value = st.fixed_dictionaries(slots(slot.slots, model)[0])
        else:
            value = values(slot, model)
        if slot.many:
            value = st.lists(value, min_size=1, max_size=slot.most)
        (required if slot.element.required else optional)[slot.element.name] = value
    return required, optional


def values(slot: Field, model: RecordModel) -> st.SearchStrategy[Any]:
    kind, fixed = slot.element.type, model.file.form == "fixed"
    if kind == "boolean":
        return st.booleans()
    if kind == "date":
        first = date(slot.century, 1, 1) if slot.century else date(1, 1, 1)
        last = date(slot.century + 99, 12, 31) if slot.century else date(9999, 12, 31)
        cut = st.sampled_from([4, 7, 10])
        return st.tuples(st.dates(first, last), cut).map(lambda d: d[0].isoformat()[: d[1]])
    if kind in ("positiveInt", "unsignedInt"):
        return st.integers(1 if kind == "positiveInt" else 0, 10 ** min(slot.length or 9, 9) - 1)
    if kind == "decimal":
        most = 10**slot.length - 1 if fixed else 10**15
        negative = not fixed or slot.sign_at >= 0
        places = slot.decimals if slot.decimals is not None else 4
        whole = st.integers(-most if negative else 0, most)
        return whole.map(lambda n: Decimal(n).scaleb(-places))
    size = slot.length or 20
    alphabet = st.characters(codec=model.file.encoding, exclude_categories=["Cc", "Cs"])
    if not fixed:
        alphabet = st.one_of(alphabet, st.sampled_from(';,"\r\n\t'))
    return st.text(alphabet, min_size=1, max_size=size).filter(lambda t: plain(t, slot, model))


def plain(text: str, slot: Field, model: RecordModel) -> bool:
    """Neither padding nor text that looks like another encoding."""
    if "\ufeff" in text or mistaken(text, model.file.encoding):
        return False
    return model.file.form != "fixed" or not text.endswith(" ")
