"""The demo world the sandboxes live in: people, rights, providers, rates, tariffs, drug list.

Columns of the files: mappings/demo/README.md. All of it is illustrative.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from adapters.sandbox import people
from adapters.sandbox.people import Person, Span
from adapters.sandbox.reference import ReferenceRow

#: currency and ISO 4217 minor unit of each scheme's country
CURRENCIES = {"ML": ("XOF", 0), "GN": ("GNF", 0)}
_SID = "https://benkan.example/fhir/sid/convention"
_STRUCTURE = "https://benkan.example/fhir/CodeSystem/type-structure"


@dataclass(frozen=True, slots=True)
class Product:
    """An act or a drug, with the codes the bodies use for it."""

    code: str
    label: str
    category: str
    drug: bool
    codes: Mapping[str, str]  #: body → the code by which it names this (CANAM → CON-GEN)
    listed: Span | None  #: None: never on the list
    needs_approval: bool = False
    structures: frozenset[str] = frozenset()
    generic: str = ""  #: for a brand: the code of its generic


@dataclass(frozen=True, slots=True)
class Provider:
    """A care provider under convention."""

    convention: str
    name: str
    structure: str
    country: str
    suspended: tuple[Span, ...]


class World:
    """What the institutions know. Read once, never changed."""

    def __init__(self, folder: Traversable | Path) -> None:
        self._people: dict[str, list[Person]] = {}
        self._by_nina: dict[str, list[Person]] = {}
        for person in people.people(folder):
            self._people.setdefault(person.number, []).append(person)
            if person.nina:
                self._by_nina.setdefault(person.nina, []).append(person)
        self._providers = {p.convention: p for p in _providers(folder)}
        self._products = {p.code: p for p in (*_acts(folder), *_drugs(folder))}
        self._rates = [
            (r["scheme"], r["category"], Decimal(r["rate"]), people.span(r["from"], r["until"]))
            for r in people.rows(folder, "rates.csv")
        ]
        self._tariffs = [
            (r["acte"], r["country"], Decimal(r["amount"]), people.span(r["from"], r["until"]))
            for r in people.rows(folder, "tariffs.csv")
        ] + [
            (r["code"], "ML", Decimal(r["price_xof"]), Span(None, None))
            for r in people.rows(folder, "drugs.csv")
        ]

    @classmethod
    def load(cls, folder: Path | None = None) -> World:
        """The world of a folder; None: the one packaged in mappings/demo."""
        return cls(folder if folder is not None else files("mappings").joinpath("demo"))

    def person(self, number: str, day: date) -> Person | None:
        """The row in force on a day; else the last one known; None for an unknown number."""
        rows = self._people.get(number, [])
        return next((p for p in rows if p.rights.has(day)), rows[-1] if rows else None)

    def first_declarant(self, person: Person) -> str:
        """The insured to whom a dependant was attached first; people.csv is in that order."""
        rows = self._by_nina.get(person.nina, [])
        return next((p.insured for p in rows if p.quality in ("ASC", "ENF")), person.insured)

    def provider(self, convention: str) -> Provider | None:
        """A provider by its convention number."""
        return self._providers.get(convention)

    def product(self, code: str) -> Product | None:
        """An act or a drug by its hub code."""
        return self._products.get(code)

    def named(self, code: str) -> Product | None:
        """An act or a drug by the code of a body (``CON-GEN``, ``M10007``, ``C 1``)."""
        return next((p for p in self._products.values() if code in p.codes.values()), None)

    def rate(self, scheme: str, category: str, day: date) -> Decimal | None:
        """The fund's share in per cent on a day; None when the scheme does not cover it."""
        found = [
            r for s, c, r, span in self._rates if (s, c) == (scheme, category) and span.has(day)
        ]
        return found[-1] if found else None

    def rates(self, scheme: str, day: date) -> dict[str, Decimal]:
        """Category → per cent, for what a scheme covers on a day."""
        return {c: rate for s, c, rate, span in self._rates if s == scheme and span.has(day)}

    def reference(self, name: str, day: date) -> list[ReferenceRow] | None:
        """Rows of a reference list that hold on a day, under CANAM's codes; None: no such list.

        Lists: `LISTS`. Suspensions, drugs, rates and tariffs tell since when and until when.
        """
        providers = self._providers.values()
        stopped = [(p, s) for p in providers for s in p.suspended if s.has(day)]
        free = [p for p in providers if all(p is not stop for stop, _ in stopped)]
        listed = [p for p in self._products.values() if p.listed and p.listed.has(day)]
        rows = {
            "conventions": [ReferenceRow(p.convention, p.name) for p in free],
            "suspensions": [ReferenceRow(p.convention, p.name, valid=s) for p, s in stopped],
            "actes": [_named(p) for p in listed if not p.drug],
            "medicaments": [_named(p) for p in listed if p.drug],
            "taux": [
                ReferenceRow(f"{s}/{c}", f"Part de la caisse, {s}, {c}", rate, valid=span)
                for s, c, rate, span in self._rates
                if span.has(day)
            ],
            "tarifs": [
                replace(_named(self._products[code]), value=a, currency=CURRENCIES[k][0], valid=s)
                for code, k, a, s in self._tariffs
                if k == "ML" and s.has(day) and self._products[code] in listed
            ],
        }
        return rows.get(name)

    def tariff(self, code: str, country: str, day: date) -> Decimal | None:
        """Reference tariff of one unit, in the country's currency."""
        key = (code, country)
        found = [a for c, k, a, span in self._tariffs if (c, k) == key and span.has(day)]
        return found[-1] if found else None


def _named(product: Product) -> ReferenceRow:
    return ReferenceRow(
        product.codes["CANAM"], product.label, valid=product.listed or Span(None, None)
    )


def _acts(folder: Traversable | Path) -> Iterator[Product]:
    for row in people.rows(folder, "acts.csv"):
        codes = {
            "CMSS": f"{row['lettre']} {row['coefficient']}",
            "INPS": row["code_inps"],
            "CANAM": row["code_canam"],
            "CNPS": row["code_gn"],
        }
        yield Product(
            code=row["acte"],
            label=row["libelle"],
            category=row["categorie"],
            drug=False,
            codes=codes,
            listed=Span(None, None),
            needs_approval=row["accord_prealable"] == "oui",
            structures=frozenset(row["structures"].split()),
        )


def _drugs(folder: Traversable | Path) -> Iterator[Product]:
    rows = list(people.rows(folder, "drugs.csv"))
    generics = {row["generic_of"]: row["code"] for row in rows if row["generic_of"]}
    for row in rows:
        yield Product(
            code=row["code"],
            label=" ".join(filter(None, (row["marque"] or row["dci"], row["dosage"]))),
            category="PHA",
            drug=True,
            codes={
                "CANAM": row["code_canam"],
                "CMSS": row["code_cmss"],
                "INPS": row["code_inps"],
            },
            listed=people.span(row["list_from"], row["list_until"]) if row["list_from"] else None,
            generic=generics.get(row["code"], ""),
        )


def _providers(folder: Traversable | Path) -> Iterator[Provider]:
    suspended: dict[str, list[Span]] = {}
    for row in people.rows(folder, "providers_suspended.csv"):
        suspended.setdefault(row["convention"], []).append(people.span(row["from"], row["until"]))
    for found in json.loads(folder.joinpath("organizations.json").read_text(encoding="utf-8")):
        convention = _value(found["identifier"], lambda i: i["system"] == _SID, "value")
        if not convention:
            continue
        codings = [coding for kind in found["type"] for coding in kind["coding"]]
        yield Provider(
            convention=convention,
            name=found["name"],
            structure=_value(codings, lambda c: c["system"] == _STRUCTURE, "code"),
            country=found["address"][0]["country"],
            suspended=tuple(suspended.get(convention, ())),
        )


def _value(items: list[dict[str, str]], wanted: Callable[[dict[str, str]], bool], key: str) -> str:
    return next((item[key] for item in items if wanted(item)), "")
