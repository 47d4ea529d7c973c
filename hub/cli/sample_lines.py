"""The lines of a fictitious sheet: acts and drugs of the demo world at their prices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from random import Random

from hub.cli.demo import BASE, Row, table

ACTS = f"{BASE}/CodeSystem/acte"
DRUGS = f"{BASE}/CodeSystem/medicament"
OFF_LIST = 0.1623  #: of the drugs prescribed (17 pharmacies of Bamako, 2014)
BRAND = 0.04  #: brands that a generic could replace
OVER_TARIFF = 0.03  #: acts priced above the reference tariff
UNAUTHORISED = 0.01  #: acts that need a prior authorisation nobody asked for
#: How many tablets or capsules are dispensed; everything else goes by one to three.
TABLETS = (6, 10, 12, 14, 15, 20, 20, 28, 30, 30, 60)
#: Lines by kind of sheet; weighted by the kinds' shares they give 4.7 on average.
DRUG_LINES = (2, 3, 4, 4, 5, 5, 5, 6, 6, 8)
STAY_DRUGS = (2, 3, 4, 5, 6, 8)
EXTRAS = (1, 1, 2, 2, 3)


@dataclass(frozen=True, slots=True)
class Line:
    """One line; amounts are whole XOF or GNF."""

    system: str
    code: str
    display: str
    category: str
    quantity: int
    price: int

    @property
    def net(self) -> int:
        """What the line claims."""
        return self.quantity * self.price


def lines_of(random: Random, kind: str, structure: str, country: str, day: date) -> list[Line]:
    """The lines of one sheet of a kind (code of CodeSystem/type-feuille), at least one."""
    if kind == "pharmacie":
        return _drugs(random, random.choice(DRUG_LINES), "PHA", country, day)
    if kind == "hospitalisation":
        stay = _stay(random, structure, country, day)
        return stay + _drugs(random, random.choice(STAY_DRUGS), "HOS", country, day)
    first = {
        "consultation": ("consult-gen", "consult-gen", "consult-spec"),
        "maternite": ("consult-sf",),
        "examens": ("bio-nfs", "bio-glycemie"),
    }[kind]
    allowed = _acts(structure)
    codes = [random.choice([code for code in first if code in allowed] or sorted(allowed))]
    codes += _extras(random, kind, allowed, codes[0])
    return [act_line(random, code, country, day) for code in codes]


def _extras(random: Random, kind: str, allowed: frozenset[str], first: str) -> list[str]:
    wanted = {
        "consultation": ("bio-tdr-palu", "soins-inf-pansement", "bio-glycemie", "consult-ctrl"),
        "maternite": ("img-echo-obs", "bio-nfs", "bio-glycemie"),
        "examens": ("bio-tdr-palu", "bio-glycemie", "bio-nfs", "img-radio-thorax"),
    }[kind]
    pool = [code for code in wanted if code in allowed and code != first]
    extras = random.sample(pool, min(random.choice(EXTRAS), len(pool)))
    if "img-scanner" in allowed and random.random() < UNAUTHORISED:
        extras.append("img-scanner")
    return extras


def _stay(random: Random, structure: str, country: str, day: date) -> list[Line]:
    nights = random.randint(1, 7)
    operation = random.random() < 0.3
    codes = ["appendicectomie" if operation else "soins-inf-pansement", "bio-nfs"]
    allowed = _acts(structure)
    acts = [act_line(random, code, country, day, "HOS") for code in codes if code in allowed]
    return [act_line(random, "journee-hosp", country, day, "HOS", nights), *acts]


def act_line(
    random: Random, code: str, country: str, day: date, category: str = "", quantity: int = 1
) -> Line:
    """One act at its tariff of that day, now and then above it."""
    act = _act_rows()[code]
    price = _tariff(code, country, day)
    if price and random.random() < OVER_TARIFF:
        price += 500 * random.randint(1, 4)
    return Line(ACTS, code, act["libelle"], category or act["categorie"], quantity, price)


def _drugs(random: Random, count: int, category: str, country: str, day: date) -> list[Line]:
    listed, brands, unlisted = _drug_rows(day.isoformat())
    lines: dict[str, Line] = {}
    while len(lines) < count:
        chance = random.random()
        rows = unlisted if chance < OFF_LIST else brands if chance < OFF_LIST + BRAND else listed
        row = random.choice(rows)
        loose = row["forme"] in ("comprimé", "gélule")
        quantity = random.choice(TABLETS) if loose else random.randint(1, 3)
        name = row["marque"] or row["dci"]
        display = " ".join(part for part in (name, row["dosage"], row["forme"]) if part)
        # drugs.csv has the prices of Mali, tariffs.csv those of everywhere else
        price = int(row["price_xof"]) if country == "ML" else _tariff(row["code"], country, day)
        line = Line(DRUGS, row["code"], display, category, quantity, price)
        lines.setdefault(row["code"], line)
    return list(lines.values())


@cache
def _act_rows() -> dict[str, Row]:
    return {row["acte"]: row for row in table("acts")}


@cache
def _acts(structure: str) -> frozenset[str]:
    found = {c for c, row in _act_rows().items() if structure in row["structures"].split(" ")}
    return frozenset(found)


def _in_force(row: Row, start: str, end: str, day: str) -> bool:
    return bool(row[start]) and row[start] <= day and (not row[end] or day <= row[end])


@cache
def _tariff(code: str, country: str, day: date) -> int:
    rows = [r for r in table("tariffs") if (r["acte"], r["country"]) == (code, country)]
    return int(next(r for r in rows if _in_force(r, "from", "until", day.isoformat()))["amount"])


@cache
def _drug_rows(day: str) -> tuple[list[Row], list[Row], list[Row]]:
    """Drugs on the list that day, brands that a generic replaces, drugs not on the list."""
    rows = table("drugs")
    replaced = {r["generic_of"] for r in rows if r["generic_of"]}
    on = [r for r in rows if _in_force(r, "list_from", "list_until", day)]
    return (
        [r for r in on if r["code"] not in replaced],
        [r for r in on if r["code"] in replaced],
        [r for r in rows if r not in on],
    )
