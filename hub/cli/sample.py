"""Realistic fictitious claims of the demo world, the same for the same seed.

The proportions come from field surveys (domain facts): 4.7 lines a sheet (CHU Gabriel Touré,
2019–2020), 52.1 % for the insured in person and 16.23 % off-list drugs (17 pharmacies, 2014).
Everything else is illustrative.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from random import Random

from hub.cli.demo import BASE, Row, organizations, table
from hub.cli.sample_lines import Line, lines_of
from hub.errors import Invalid, Issue
from hub.model import Tree
from hub.settings import Settings

REFERENCE_DATE = date(2026, 10, 31)
BEGINS = date(2024, 8, 1)  #: before it, some tariff of mappings/demo/tariffs.csv is missing
CARE_DAYS = 60  #: care lies at most so many days before the reference date
IN_PERSON = 0.521  #: sheets for the insured person, not for a dependant
TROUBLED = 0.04  #: sheets for people whose rights make a test case
HOME = "ML"
ABROAD = 0.1  #: sheets of insured people of the other country
NO_PRESCRIBER = 0.015  #: sheets whose prescriber is not identified
CURRENCIES = {"ML": "XOF", "GN": "GNF"}
STRUCTURES = f"{BASE}/CodeSystem/type-structure"
CLAIM_TYPE = "http://terminology.hl7.org/CodeSystem/claim-type"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of sheet: where it is made out and how often."""

    name: str  #: code of CodeSystem/type-feuille
    claim_type: str
    structures: tuple[str, ...]
    weight: int


KINDS = (
    Kind("pharmacie", "pharmacy", ("OFF",), 60),
    Kind("consultation", "professional", ("CSCOM", "CSREF", "CAB", "CHU", "HR"), 14),
    Kind("examens", "professional", ("LAB", "CSREF", "CHU"), 10),
    Kind("hospitalisation", "institutional", ("EPH", "CHU", "CSREF", "HR"), 14),
    Kind("maternite", "professional", ("CSREF", "CHU"), 2),
)


def connected() -> list[str]:
    """Codes of managing bodies, in order: partners of BENKAN_PARTNERS, else those installed."""
    routing = json.loads(files("mappings").joinpath("routing.json").read_text(encoding="utf-8"))
    installed = set(Settings().partners) or {
        entry.name for entry in entry_points(group="benkan.adapters")
    }
    return [
        code
        for code, body in routing["bodies"].items()
        if body["role"] == "manager" and body["partner"] in installed
    ]


def generate(
    claims: int,
    seed: int,
    partners: set[str] | None = None,
    reference: date = REFERENCE_DATE,
    days: int = CARE_DAYS,
) -> Iterator[tuple[str, Tree]]:
    """(file name, FHIR R4 Claim) of so many sheets; the same arguments give the same bytes.

    Args:
        claims: how many.
        seed: sheet numbers contain it, so that two seeds never give the same sheet.
        partners: codes of managing bodies; None for the connected ones.
        reference: the day on which the last sheets are made out.
        days: care lies at most so many days before it, and never on it.

    Raises:
        Invalid: the demo world has no insured people of these bodies.
    """
    bodies = set(connected()) if partners is None else partners
    people = [p for p in table("people") if p["gestionnaire"] in bodies]
    if not people:
        known = ", ".join(sorted({p["gestionnaire"] for p in table("people")}))
        asked = ", ".join(sorted(bodies)) or "—"
        raise Invalid(
            Issue(
                "not-found",
                f"Aucun assuré de démonstration ne relève de : {asked}. Choisissez parmi {known}.",
                f"No insured person of the demo world belongs to: {asked}. Choose among {known}.",
            )
        )
    random = Random(f"benkan-sample-{seed}")  # noqa: S311 - sample data, not a secret
    for number in range(1, claims + 1):
        sheet = f"{seed:04d}-{number:07d}"
        yield f"claim-{sheet}.json", _claim(random, sheet, people, reference, days)


def month_of(text: str) -> tuple[date, int]:
    """(reference, days) with which `generate` gives a month's sheets: all care lies in it.

    Args:
        text: YYYY-MM.

    Raises:
        Invalid: it is not a month.
    """
    try:
        year, month = (int(part) for part in text.split("-"))
        reference = date(year + month // 12, month % 12 + 1, 1)
        first = date(year, month, 1)
    except ValueError as error:
        fr = f"« {text} » n'est pas un mois. Écrivez AAAA-MM, par exemple 2026-10."
        en = f"{text!r} is not a month. Write YYYY-MM, for example 2026-10."
        raise Invalid(Issue("value", fr, en)) from error
    if first < BEGINS:
        fr = f"Le monde de démonstration commence en {BEGINS:%Y-%m} (tarifs de Guinée). "
        en = f"The demo world begins in {BEGINS:%Y-%m} (tariffs of Guinea). "
        fr, en = f"{fr}Choisissez ce mois ou un suivant.", f"{en}Choose that month or a later one."
        raise Invalid(Issue("value", fr, en))
    return reference, (reference - first).days


def _claim(random: Random, sheet: str, people: list[Row], reference: date, days: int) -> Tree:
    person = _person(random, people)
    day = reference - timedelta(days=random.randint(1, days))
    country = person["pays"]
    kind = _kind(random, person, day)
    provider, structure = provider_of(random, kind, country) or ("", "")
    lines = lines_of(random, kind.name, structure, country, day)
    nights = sum(line.quantity for line in lines if line.code == "journee-hosp")
    end = min(day + timedelta(days=nights), reference)
    currency = CURRENCIES[country]
    team = _team(random, structure, country)
    diagnosis = _diagnosis(random, kind.name, person["sexe"], lines)
    return {
        "resourceType": "Claim",
        "identifier": [{"system": f"{BASE}/sid/feuille", "value": sheet}],
        "status": "active",
        "type": {"coding": [{"system": CLAIM_TYPE, "code": kind.claim_type}]},
        "subType": {"coding": [{"system": f"{BASE}/CodeSystem/type-feuille", "code": kind.name}]},
        "use": "claim",
        "patient": {"reference": f"Patient/amo-{person['numero_amo']}"},
        "billablePeriod": {"start": day.isoformat(), "end": end.isoformat()},
        "created": min(end + timedelta(days=random.randint(0, 3)), reference).isoformat(),
        "insurer": {"reference": f"Organization/{person['payeur']}"},
        "provider": {"reference": f"Organization/{provider}"},
        "priority": {"coding": [{"code": "stat" if random.random() < 0.03 else "normal"}]},
        "payee": {"type": {"coding": [{"code": "provider"}]}},
        **({"careTeam": [team]} if team else {}),
        "diagnosis": [diagnosis],
        "insurance": [
            {
                "sequence": 1,
                "focal": True,
                "coverage": {"reference": f"Coverage/amo-{person['numero_amo']}"},
            }
        ],
        "item": [
            _item(n, line, currency, day, bool(team)) for n, line in enumerate(lines, start=1)
        ],
        "total": {"value": sum(line.net for line in lines), "currency": currency},
    }


def _person(random: Random, people: list[Row]) -> Row:
    """The country, the body by its share of the people, in person or not; rarely a test case."""
    if len({p["pays"] for p in people}) > 1:
        # The demo world has few insured people in Guinea: every tenth sheet is theirs all the same.
        abroad = random.random() < ABROAD
        people = [p for p in people if (p["pays"] != HOME) == abroad]
    body = random.choice(people)["gestionnaire"]
    own = [p for p in people if p["gestionnaire"] == body]
    troubled = [p for p in own if p["cas"]]
    if troubled and random.random() < TROUBLED:
        return random.choice(troubled)
    in_person = random.random() < IN_PERSON
    rest = [p for p in own if not p["cas"] and (p["qualite"] == "ASS") == in_person]
    return random.choice(rest or own)


def _kind(random: Random, person: Row, day: date) -> Kind:
    age = day.year - int(person["naissance"][:4])
    mother = person["sexe"] == "F" and 16 <= age <= 45
    places = _structures(person["pays"])
    kinds = [
        k for k in KINDS if (mother or k.name != "maternite") and places.intersection(k.structures)
    ]
    return random.choices(kinds, weights=[k.weight for k in kinds])[0]


@cache
def _structures(country: str) -> frozenset[str]:
    """The types of structure that the demo world has in a country."""
    return frozenset(
        c["code"]
        for organization in organizations()
        if organization["address"][0]["country"] == country
        for t in organization["type"]
        for c in t["coding"]
        if c["system"] == STRUCTURES
    )


def provider_of(random: Random, kind: Kind, country: str) -> tuple[str, str] | None:
    """(Organization id, type of structure); a suspended provider turns up now and then.

    None: the demo world has no such provider in this country.
    """
    found = []
    for organization in organizations():
        types = [c for t in organization["type"] for c in t["coding"] if c["system"] == STRUCTURES]
        if types and types[0]["code"] in kind.structures:
            number = organization["identifier"][0]["value"]
            suspended = any(r["convention"] == number for r in table("providers_suspended"))
            if organization["address"][0]["country"] == country:
                weight = 1 if suspended else 20
                found.append((organization["id"], types[0]["code"], weight))
    if not found:
        return None
    chosen = random.choices(found, weights=[f[2] for f in found])[0]
    return chosen[0], chosen[1]


def _team(random: Random, structure: str, country: str) -> Tree | None:
    """The prescriber, unless the sheet does not identify one."""
    if random.random() < NO_PRESCRIBER:
        return None
    fitting = [
        p
        for p in table("prescribers")
        if p["pays"] == country and structure in p["structures"].split(" ")
    ]
    prescriber = random.choice(fitting)
    return {
        "sequence": 1,
        "provider": {
            "type": "Practitioner",
            "identifier": {"system": f"{BASE}/sid/ordre", "value": prescriber["numero_ordre"]},
            "display": prescriber["nom"],
        },
        "responsible": True,
        "qualification": {"text": prescriber["specialite"]},
    }


def _diagnosis(random: Random, kind: str, sex: str, lines: list[Line]) -> Tree:
    category = "MAT" if kind == "maternite" else lines[0].category
    fitting = [
        d
        for d in table("diagnoses")
        if category in d["categories"].split(" ") and d["sexe"] in ("", sex)
    ]
    found = random.choice(fitting)
    coding = {
        "system": "http://hl7.org/fhir/sid/icd-10",
        "code": found["code"],
        "display": found["libelle"],
    }
    return {"sequence": 1, "diagnosisCodeableConcept": {"coding": [coding]}}


def _item(sequence: int, line: Line, currency: str, day: date, team: bool) -> Tree:
    return {
        "sequence": sequence,
        **({"careTeamSequence": [1]} if team else {}),
        "diagnosisSequence": [1],
        "category": {"coding": [{"system": f"{BASE}/CodeSystem/categorie", "code": line.category}]},
        "productOrService": {
            "coding": [{"system": line.system, "code": line.code, "display": line.display}]
        },
        "servicedDate": day.isoformat(),
        "quantity": {"value": line.quantity},
        "unitPrice": {"value": line.price, "currency": currency},
        "net": {"value": line.net, "currency": currency},
    }
