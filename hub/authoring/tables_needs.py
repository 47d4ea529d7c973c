"""What code tables lack: codes that held exchanges wait for, and codes without a row, by traffic.

How often a code occurs is counted where it happens (hub/exchange/sightings.py): claims when they
are first translated, answers when they are stored. Codes of an institution count when an answer
carries them with their system, and always while an exchange is held for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hub import map_wiring
from hub.authoring import releases
from hub.authoring.catalogue import newest
from hub.authoring.tables import Table
from hub.errors import NotFound
from hub.formats import exact_json
from hub.model import Exchange
from hub.ports.releases import When, effective
from hub.wiring import Hub

#: (table, system, code, what the rows depend on as JSON)
Code = tuple[str, str, str, str]
MOST_HELD = 10_000
#: What the story of a resumed exchange says.
REASON = "Les codes qui manquaient sont là."
NOT_A_TARGET = ("disjoint", "unmatched", "not-related-to", "no-map", "")


@dataclass
class Lack:
    """One code without a row, and the held exchanges that wait for it."""

    table: str
    system: str
    code: str
    depends: str = ""  #: what the map gave besides the code: {attribute: value} as JSON
    display: str = ""
    exchanges: list[Exchange] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A code of one side that no row of a table names."""

    side: str  #: source | target
    system: str
    code: str
    display: str
    seen: int  #: in traffic
    held: int = 0  #: exchanges held for it


def waiting(hub: Hub) -> tuple[dict[Code, Lack], list[Exchange]]:
    """Codes still missing, and exchanges held for codes of which none is missing any more.

    A code is there when somebody added it at once, or when the table that holds for the dates of
    the exchange has a row for it.
    """
    added: dict[tuple[str, str, str], list[Mapping[str, str]]] = {}
    for row in hub.store.concept_rows():
        key = row.concept_map.partition("|")[0], row.source_system, row.source_code
        added.setdefault(key, []).append(map_wiring.given_of(row.depends))
    tables = _Held(hub)
    lacks: dict[Code, Lack] = {}
    ready = []
    for exchange in hub.store.browse(held=True, limit=MOST_HELD):
        missing = exchange.detail.get("missing") or []
        still = [one for one in missing if not _added(one, added) and not tables.has(exchange, one)]
        if missing and not still:
            ready.append(exchange)
        for one in still:
            lack = lacks.setdefault(_key(one), Lack(*_key(one), display=one.get("display", "")))
            lack.exchanges.append(exchange)
    return lacks, ready


def _added(
    missing: Mapping[str, str], rows: Mapping[tuple[str, str, str], Sequence[Mapping[str, str]]]
) -> bool:
    """Did somebody add a row of which all that it depends on was given?"""
    *key, depends = _key(missing)
    given = map_wiring.given_of(depends)
    return any(row.items() <= given.items() for row in rows.get((key[0], key[1], key[2]), ()))


def uncovered(hub: Hub, table: Table, lacks: Mapping[Code, Lack]) -> list[Uncovered]:
    """Codes of both sides without a row: first those that exchanges wait for, then by traffic."""
    seen = {(one.system, one.code): one for one in hub.store.codes_seen()}
    held = {
        (lack.system, lack.code): len(lack.exchanges)
        for lack in lacks.values()
        if lack.table == table.url
    }
    found = []
    for side in ("source", "target"):
        covered = _covered(table, side)
        systems = {system for system, _ in covered} | _declared(table, side)
        names = {(s, c): name for s in systems for c, name in _codes(hub, s).items()}
        names |= {key: one.display for key, one in seen.items() if key[0] in systems}
        if side == "source":
            names |= {key: names.get(key, "") for key in held}
        for (system, code), name in names.items():
            if (system, code) not in covered:
                count = seen[system, code].count if (system, code) in seen else 0
                waits = held.get((system, code), 0) if side == "source" else 0
                found.append(Uncovered(side, system, code, name, count, waits))
    return sorted(found, key=lambda one: (-one.held, -one.seen, one.side, one.code))


def names(hub: Hub) -> list[str]:
    """Every code table's url."""
    return [one.url for one in releases.artefacts(hub) if one.kind == "ConceptMap"]


def _covered(table: Table, side: str) -> set[tuple[str, str]]:
    made = set()
    for row in table.rows:
        if row.get("relationship", "") not in NOT_A_TARGET and row.get("target_code"):
            system = row.get(f"{side}_system", "").partition("|")[0]
            made.add((system, row.get(f"{side}_code", "")))
    return made


def _declared(table: Table, side: str) -> set[str]:
    systems = {row.get(f"{side}_system", "").partition("|")[0] for row in table.rows}
    return systems - {""}


def _codes(hub: Hub, system: str) -> Mapping[str, str]:
    """code → name of a code system the hub knows; {} when it does not."""
    try:
        known = releases.artefact(hub, system)
        if known.kind != "CodeSystem":
            return {}
        told = exact_json.loads(releases.version(hub, system, known.version).text.encode())
    except NotFound:
        return {}
    found: dict[str, str] = {}
    left: list[Iterable[Mapping[str, object]]] = [told.get("concept", [])]
    while left:
        for one in left.pop():
            found[str(one.get("code", ""))] = str(one.get("display", ""))
            below = one.get("concept")
            if isinstance(below, list):
                left.append(below)
    return found


@dataclass
class _Held:
    """The tables that hold for exchanges, each read once."""

    hub: Hub
    read: dict[tuple[str, str], Callable[[str, str, str, str], bool]] = field(default_factory=dict)

    def has(self, exchange: Exchange, missing: Mapping[str, str]) -> bool:
        """Has the table that holds for this exchange a row for the code now?"""
        url, system, code, depends = _key(missing)
        when = When(exchange.care_date, exchange.created)
        entry = effective([e for e in self.hub.maps.entries() if e.url == url], when).get(url)
        shipped = newest(self.hub.maps.packaged.get(url, ()))
        version = entry.version if entry is not None else shipped
        if not version:
            return False
        if (url, version) not in self.read:
            text = releases.version(self.hub, url, version).text
            self.read[url, version] = map_wiring.rows_of(exact_json.loads(text.encode()))
        return self.read[url, version](system, code, exchange.care_date.isoformat(), depends)


def _key(missing: Mapping[str, str]) -> Code:
    url, depends = missing["map"].partition("|")[0], missing.get("depends", "")
    return url, missing.get("system", ""), missing["code"], depends
