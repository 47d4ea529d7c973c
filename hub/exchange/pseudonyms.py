"""Claims told without telling whose: rows for statistics, in which nobody can be recognised.

No name, no number, no day and no diagnosis leaves: persons, providers and sheets get pseudonyms
(the same for the same export key), a birth date becomes five years of age, a day its month. Of
rows that few others resemble, what they differ by is hidden too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from hub.model import Tree

#: Gives the pseudonym of somebody or something of a kind: (kind, what) → text.
Pseudonym = Callable[[str, str], str]

HIDDEN = "*"
#: By these, together, somebody could be recognised.
TELLING = ("gender", "age", "region", "month")
COLUMNS = (
    *("sheet", "person", "provider", "body", "month", "gender", "age", "region", "category"),
    *("state", "outcome", "claimed", "share", "currency", "days"),
)
#: What aggregates are counted by.
GROUPS = ("body", "month", "region", "category", "outcome", "currency")
_BAND = 5
_OLDEST = 85


def row(position: Mapping[str, Any], body: str, patient: Tree, name: Pseudonym) -> dict[str, Any]:
    """One claim of hub.store.positions, told without telling whose.

    Args:
        patient: the FHIR Patient, empty when it is not known.
    """
    care = date.fromisoformat(str(position["care_date"])[:10])
    person = str(patient.get("id") or position["resource"])
    sent, answered = position.get("sent"), position.get("answered")
    return {
        "sheet": name("sheet", str(position["id"])),
        "person": name("person", person),
        "provider": name("provider", str(position["provider"])),
        "body": body,
        "month": f"{care:%Y-%m}",
        "gender": str(patient.get("gender", "")),
        "age": _age(str(patient.get("birthDate", "")), care),
        "region": _region(patient),
        "category": str(position.get("category", "")),
        "state": str(position["state"]),
        "outcome": str(position.get("outcome", "")),
        "claimed": _text(position.get("claimed")),
        "share": _text(position.get("share")),
        "currency": str(position["currency"]),
        "days": str((answered - sent).days) if sent and answered else "",
    }


def hide_rare(rows: Sequence[dict[str, Any]], threshold: int) -> int:
    """Hide what tells few people apart: groups of fewer persons than `threshold` lose the columns
    of TELLING. Gives how many rows lost them."""
    people: dict[tuple[str, ...], set[str]] = {}
    for one in rows:
        people.setdefault(_key(one, TELLING), set()).add(one["person"])
    rare = [one for one in rows if len(people[_key(one, TELLING)]) < threshold]
    for one in rare:
        one |= dict.fromkeys(TELLING, HIDDEN)
    return len(rare)


def aggregates(rows: Iterable[Mapping[str, Any]], threshold: int) -> list[dict[str, Any]]:
    """Counts and exact sums by GROUPS. Cells about fewer persons than `threshold` are hidden."""
    count: Counter[tuple[str, ...]] = Counter()
    people: dict[tuple[str, ...], set[str]] = {}
    sums: dict[tuple[str, ...], list[Decimal]] = {}
    for one in rows:
        key = _key(one, GROUPS)
        count[key] += 1
        people.setdefault(key, set()).add(one["person"])
        total = sums.setdefault(key, [Decimal(), Decimal()])
        for place, column in enumerate(("claimed", "share")):
            total[place] += Decimal(one[column] or 0)
    return [
        dict(zip(GROUPS, key, strict=True))
        | _cell(count[key], sums[key], few=len(people[key]) < threshold)
        for key in sorted(count)
    ]


def _cell(count: int, sums: Sequence[Decimal], *, few: bool) -> dict[str, str]:
    told = (str(count), *(format(one, "f") for one in sums))
    return dict(zip(("claims", "claimed", "share"), [HIDDEN] * 3 if few else told, strict=True))


def _key(one: Mapping[str, Any], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(one[name]) for name in names)


def _age(born: str, care: date) -> str:
    """Five years of age on the day of care, from a FHIR date (year, month or day)."""
    if not born[:4].isdigit():
        return ""
    age = min(max(care.year - int(born[:4]), 0), _OLDEST)
    low = age - age % _BAND
    return f"{_OLDEST}+" if age == _OLDEST else f"{low}-{low + _BAND - 1}"


def _region(patient: Tree) -> str:
    """The state or district of the address; never the city or the line."""
    addresses = patient.get("address") or [{}]
    first = addresses[0] if isinstance(addresses[0], dict) else {}
    return str(first.get("state") or first.get("district") or "")


def _text(amount: Decimal | None) -> str:
    return "" if amount is None else format(amount, "f")
