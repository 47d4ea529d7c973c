"""What a body says of a person, merged into what is known: nothing newer is undone.

Pure. A definitive number makes the provisional one of the same system `old`; it still finds the
person. What a notice does not say stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from hub.exchange import dossier, names
from hub.model import Tree
from hub.ports import Identity

#: A Patient's elements that the newest notice replaces whole.
REPLACED = ("gender", "telecom", "address", "maritalStatus", "deceasedBoolean", "deceasedDateTime")


def content(resource: Tree) -> str:
    """sha256 of what a resource says, without id, meta and text."""
    said = {k: v for k, v in resource.items() if k not in ("id", "meta", "text")}
    return dossier.hashed(_sorted(said))


def _sorted(node: object) -> object:
    if isinstance(node, dict):
        return {key: _sorted(node[key]) for key in sorted(node)}
    return [_sorted(n) for n in node] if isinstance(node, list) else node


def patient(known: Tree | None, told: Tree, as_of: datetime, *, late: bool) -> Tree:
    """The Patient after a notice.

    Args:
        late: a newer notice was applied already: only identifiers nobody told before are added.
    """
    day = as_of.date().isoformat()
    if known is None:
        return {**told, "identifier": numbers([], told.get("identifier", []), day)}
    merged = dict(known)
    old, new = known.get("identifier", []), told.get("identifier", [])
    merged["identifier"] = numbers(new, old, day) if late else numbers(old, new, day)
    if late:
        return merged
    merged["name"] = _names(known.get("name", []), told.get("name", []))
    birth = str(told.get("birthDate", ""))
    if birth and not _less_exact(birth, str(known.get("birthDate", ""))):
        merged["birthDate"] = birth
    merged |= {name: told[name] for name in REPLACED if name in told}
    return {name: value for name, value in merged.items() if value}


def _less_exact(birth: str, known: str) -> bool:
    """A year alone says nothing against the full date of that year."""
    return len(birth) < len(known) and names.same_birth(birth, known)


def _names(known: list[Tree], told: list[Tree]) -> list[Tree]:
    """A name takes the place of the one with the same use; the others stay."""
    uses = {str(name.get("use", "official")) for name in told}
    return [*told, *(n for n in known if str(n.get("use", "official")) not in uses)]


def numbers(known: Iterable[Tree], told: Iterable[Tree], day: str) -> list[Tree]:
    """The identifiers after a notice of a day; `told` is the newer of the two lists."""
    merged: dict[tuple[str, str], Tree] = {}
    for identifier in [*known, *told]:
        key = str(identifier.get("system", "")), str(identifier.get("value", ""))
        merged[key] = {**merged.get(key, {}), **identifier}
    definitive = {
        system
        for (system, _), i in merged.items()
        if i.get("use", "official") in ("official", "usual")
    }
    for (system, _), identifier in merged.items():
        if identifier.get("use") == "temp" and system in definitive:
            period = {**(identifier.get("period") or {})}
            period.setdefault("end", day)
            identifier |= {"use": "old", "period": period}
    order = {"official": 0, "usual": 0, "secondary": 1, "temp": 2, "old": 3}
    return sorted(merged.values(), key=lambda i: order.get(str(i.get("use", "official")), 1))


def identities(resource: Tree, person: str, source: str) -> list[Identity]:
    """The crosswalk's rows of a Patient."""
    return [
        Identity(
            system=str(i["system"]),
            value=str(i["value"]),
            person=person,
            use=str(i.get("use", "official")),
            start=str((i.get("period") or {}).get("start", ""))[:10],
            end=str((i.get("period") or {}).get("end", ""))[:10],
            source=source,
        )
        for i in resource.get("identifier", [])
        if i.get("system") and i.get("value")
    ]


def cover(known: Tree, told: Tree) -> Tree:
    """The Coverage after a notice about the same cover."""
    merged = {**known, **{k: v for k, v in told.items() if k not in ("id", "meta")}}
    start = (known.get("period") or {}).get("start")
    if start and "start" not in (told.get("period") or {}):
        merged["period"] = {**(told.get("period") or {}), "start": start}
    return merged
