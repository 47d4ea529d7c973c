"""The figures of a month of care: volumes, times, reasons, codes, arrears, positions, regions.

The console, the command line and the API show the same. A supervisor's are those of one body.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hub.errors import Invalid, Issue
from hub.formats import exact_json
from hub.model import State
from hub.watching import books, regions
from hub.watching.books import Wanted
from hub.watching.figures import Cell, Column, Figure, middle
from hub.wiring import Hub, packaged

KEYS = (
    "volumes",
    "answers",
    "reasons",
    "codes",
    "arrears",
    "cash",
    "positions",
    "regions",
)
HOUR, DAY = 3_600, 86_400  #: seconds
COUNT = Column("claims", "Feuilles", "Claims", counts=True)


def month_of(text: str) -> str:
    """A month as asked for; "" is the present one.

    Raises:
        Invalid: it is no month.
    """
    if not text:
        return f"{datetime.now(UTC):%Y-%m}"
    if not re.fullmatch(r"20\d{2}-(0[1-9]|1[0-2])", text):
        raise Invalid(
            Issue(
                "value",
                f"« {text[:20]} » n'est pas un mois : écrivez AAAA-MM, par exemple 2026-10.",
                f"'{text[:20]}' is no month: write YYYY-MM, for example 2026-10.",
            )
        )
    return text


def figures(hub: Hub, month: str = "", body: str = "", only: str = "") -> list[Figure]:
    """The figures of a month, small counts hidden; with `only`, the one of this key.

    Raises:
        Invalid: no such month or figure.
    """
    if only and only not in KEYS:
        raise Invalid(
            Issue(
                "value",
                f"Aucune figure « {only[:20]} ». Choisissez parmi : {', '.join(KEYS)}.",
                f"No figure '{only[:20]}'. Choose among: {', '.join(KEYS)}.",
            )
        )
    wanted = Wanted(hub, month_of(month), body)
    positions = hub.store.positions(wanted.month, wanted.partner)
    makers: dict[str, Callable[[], Figure]] = {
        "volumes": lambda: _volumes(positions),
        "answers": lambda: _answers(wanted, positions),
        "reasons": lambda: _reasons(positions),
        "codes": lambda: _codes(wanted),
        "arrears": lambda: books.arrears_by_age(wanted),
        "cash": lambda: _cash(wanted, positions),
        "positions": lambda: books.positions(wanted),
        "regions": lambda: _regions(wanted, positions),
    }
    threshold = hub.settings.masking
    return [makers[key]().masked(threshold) for key in KEYS if not only or key == only]


def _volumes(positions: list[dict[str, Any]]) -> Figure:
    days: dict[str, Counter[str]] = defaultdict(Counter)
    for one in positions:
        day = f"{one['created']:%Y-%m-%d}"
        days[day]["all"] += 1
        days[day]["answered"] += one["answer"] is not None
        days[day]["held"] += bool(one["held"])
    columns = (
        Column("day", "Jour de réception", "Day received"),
        COUNT,
        Column("answered", "Répondues", "Answered", counts=True),
        Column("held", "Retenues", "Held", counts=True, shown=False),
    )
    rows: list[list[Cell]] = [
        [day, of["all"], of["answered"], of["held"]] for day, of in sorted(days.items())
    ]
    labels = {day: (f"{day[8:]}/{day[5:7]}/{day[:4]}",) * 2 for day in days}
    titles = ("Feuilles reçues par jour", "Claims received a day")
    return Figure("volumes", *titles, columns, rows, labels=labels)


def _by_body(
    wanted: Wanted, positions: list[dict[str, Any]], end: str, unit: int
) -> tuple[dict[str, list[float]], Counter[str]]:
    """How long from reception to a moment, by body; and how many wait for it."""
    names = wanted.bodies()
    took: dict[str, list[float]] = defaultdict(list)
    waits: Counter[str] = Counter()
    for one in positions:
        code = names.get(one["partner"] or "", one["partner"] or "?")
        if one[end] is not None:
            took[code].append((one[end] - one["created"]).total_seconds() / unit)
        elif one["state"] != State.CANCELLED.value:
            waits[code] += 1
    return took, waits


def _times(
    key: str,
    titles: tuple[str, str],
    units: tuple[str, str],
    took: Mapping[str, list[float]],
    waits: Counter[str],
) -> Figure:
    fr_unit, en_unit = units
    columns = (
        Column("body", "Organisme", "Institution"),
        Column("done", "Feuilles", "Claims", counts=True, of=("median", "p90"), shown=False),
        Column("median", f"Médiane ({fr_unit})", f"Median ({en_unit})"),
        Column("p90", f"9 sur 10 en moins de ({fr_unit})", f"9 of 10 within ({en_unit})"),
        Column("waiting", "Encore en attente", "Still waiting", counts=True, shown=False),
    )
    rows: list[list[Cell]] = []
    for code in sorted({*took, *waits}):
        half, most = middle(took.get(code, []), 0.5), middle(took.get(code, []), 0.9)
        rows.append([code, len(took.get(code, [])), _rounded(half), _rounded(most), waits[code]])
    return Figure(key, *titles, columns, rows)


def _rounded(value: float | None) -> Cell:
    return None if value is None else Decimal(f"{value:.2f}")


def _answers(wanted: Wanted, positions: list[dict[str, Any]]) -> Figure:
    took, waits = _by_body(wanted, positions, "answered", HOUR)
    titles = ("Délai de réponse par organisme", "Time to answer by institution")
    return _times("answers", titles, ("heures", "hours"), took, waits)


def _cash(wanted: Wanted, positions: list[dict[str, Any]]) -> Figure:
    owed = [one for one in positions if one["answer"] is None or one["share"]]
    took, waits = _by_body(wanted, owed, "paid", DAY)
    titles = ("De la feuille au paiement par organisme", "Claim to cash by institution")
    return _times("cash", titles, ("jours", "days"), took, waits)


def _reasons(positions: list[dict[str, Any]]) -> Figure:
    found: Counter[str] = Counter()
    for one in positions:
        found.update(one["reasons"])
    columns = (Column("reason", "Motif", "Reason"), COUNT)
    rows: list[list[Cell]] = [[code, number] for code, number in found.most_common()]
    fr, en = "Motifs de rejet et d'ajustement", "Reasons of refusal and adjustment"
    return Figure("reasons", fr, en, columns, rows, labels=_words())


def _words() -> dict[str, tuple[str, str]]:
    """What the hub's reasons are called."""
    path = packaged("shared/codesystems/motif-rejet.json")
    told = exact_json.loads(path.read_bytes())["concept"]
    named = {}
    for one in told:
        words = {d.get("language", ""): d["value"] for d in one.get("designation", ())}
        french = words.get("fr", one["display"])
        named[one["code"]] = (f"{one['code']} {french}", f"{one['code']} {words.get('en', french)}")
    return named


def _codes(wanted: Wanted) -> Figure:
    found: Counter[tuple[str, str, str]] = Counter()
    for one in wanted.hub.store.exchanges(held=True, partner=wanted.partner, limit=100_000):
        if f"{one.care_date:%Y-%m}" == wanted.month:
            for lack in one.detail.get("missing") or []:
                found[lack["code"], lack["system"], lack["map"].rpartition("/")[2]] += 1
    columns = (
        Column("code", "Code", "Code"),
        Column("system", "Système", "System"),
        Column("table", "Table", "Table"),
        COUNT,
    )
    rows: list[list[Cell]] = [[*key, number] for key, number in found.most_common()]
    fr, en = "Codes sans correspondance, feuilles retenues", "Codes without a row, claims held"
    return Figure("codes", fr, en, columns, rows, kind="table")


def _regions(wanted: Wanted, positions: list[dict[str, Any]]) -> Figure:
    known: dict[str, str] = {}
    claims: Counter[str] = Counter()
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for one in positions:
        if one["provider"] not in known:
            known[one["provider"]] = _region(wanted.hub, one["provider"])
        region = known[one["provider"]]
        claims[region] += 1
        if one["currency"] == "XOF":
            amounts[region] += one["claimed"] or Decimal()
    columns = (
        Column("region", "Région", "Region"),
        Column("claims", "Feuilles", "Claims", counts=True, of=("amount",)),
        Column("amount", "Demandé (F CFA)", "Claimed (XOF)", shown=False),
    )
    names = [*sorted(regions.NAMES), *(n for n in (regions.ABROAD, regions.UNKNOWN) if claims[n])]
    rows: list[list[Cell]] = [[name, claims[name], amounts[name]] for name in names]
    return Figure(
        "regions",
        "Feuilles par région du prestataire",
        "Claims by the provider's region",
        columns,
        rows,
        kind="map",
        fr_note="Carte schématique : une case par région (découpage de 2023), à peu près à sa "
        "place ; ni les formes ni les tailles ne sont exactes.",
        en_note="Schematic map: one tile a region (division of 2023), roughly in its place; "
        "neither shapes nor sizes are exact.",
        labels={regions.ABROAD: (regions.ABROAD, "Outside Mali")}
        | {regions.UNKNOWN: (regions.UNKNOWN, "Region unknown")},
    )


def _region(hub: Hub, provider: str) -> str:
    system, _, value = provider.rpartition("|")
    stored = hub.store.find("Organization", "identifier", system, value)
    told = exact_json.loads(stored.body) if stored else {}
    address: Mapping[str, Any] = next(iter(told.get("address", ())), {})
    return regions.named(str(address.get("state", "")), str(address.get("country", "")))
