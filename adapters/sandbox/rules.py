"""How a sandbox liquidates a care sheet. Pure: sheet and world in, verdict out (illustrative).

Source: domain facts on AMO benefits (rates by category and date), reference tariffs, drug list at
the day of dispensing, prior authorisation, frequency; rounding is an assumption.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

from adapters.sandbox.people import Person
from adapters.sandbox.reasons import Reason, reason
from adapters.sandbox.rights import rights
from adapters.sandbox.world import CURRENCIES, Product, World

ECHOS_PER_PREGNANCY = 3
HOSPITAL_DAYS = 10
_PREGNANCY = timedelta(days=280)
_CONSULTATIONS = ("consult-gen", "consult-spec", "consult-sf")
_ZERO = Decimal(0)
_EXACT = Context(prec=100)


@dataclass(frozen=True, slots=True)
class Line:
    """One act or drug of a sheet, under its hub code."""

    rank: int
    code: str
    quantity: Decimal
    amount: Decimal  #: total asked for the line, currency of the sheet
    discipline: str = ""  #: speciality, for consultations


@dataclass(frozen=True, slots=True)
class Sheet:
    """A care sheet as an institution reads it."""

    number: str
    body: str  #: the institution that is asked to pay: CMSS, INPS, CNPS
    beneficiary: str
    provider: str  #: convention number
    care_date: date
    currency: str
    lines: Sequence[Line]
    nina: str = ""
    scheme: str = ""  #: the scheme claimed (AMO, RAMED); empty: the person's own
    hospitalised: bool = False  #: everything given while hospitalised is category HOS
    emergency: bool = False
    authorization: str = ""  #: prior authorisation number
    diagnoses: frozenset[str] = frozenset()
    agreement: str = ""  #: cross-border agreement in force, by its number


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """The decision on one line; share + copay = base, and base + adjusted = claimed."""

    rank: int
    code: str
    claimed: Decimal
    base: Decimal
    rate: Decimal  #: per cent
    share: Decimal  #: what the fund pays
    copay: Decimal  #: ticket modérateur
    adjusted: Decimal  #: claimed above the base, everything when rejected
    reasons: tuple[Reason, ...] = ()

    @property
    def rejected(self) -> bool:
        """Nothing of this line is taken on (R09 alone only adjusts)."""
        return any(r.code != "R09" for r in self.reasons)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision on one sheet."""

    sheet: str
    currency: str
    lines: tuple[LineVerdict, ...]
    reasons: tuple[Reason, ...] = ()  #: why the whole sheet is rejected
    right_body: str = ""  #: with R16: the institution to send it to
    claimed: Decimal = field(default=_ZERO)
    share: Decimal = field(default=_ZERO)
    copay: Decimal = field(default=_ZERO)
    adjusted: Decimal = field(default=_ZERO)

    @property
    def status(self) -> str:
        """paid | partial | rejected."""
        if self.reasons or (self.lines and all(line.rejected for line in self.lines)):
            return "rejected"
        return "partial" if any(line.reasons for line in self.lines) else "paid"


def liquidate(sheet: Sheet, world: World, history: Sequence[Sheet], today: date) -> Verdict:
    """Decide on one sheet.

    Args:
        sheet: the sheet, amounts exact in its own currency.
        world: rights, tariffs and lists.
        history: sheets this institution accepted before (this one not among them).
        today: the institution's date.
    """
    found, right_body = _whole(sheet, world, history, today)
    if found:
        lines = tuple(_rejected(line, ()) for line in sheet.lines)
    else:
        person = world.person(sheet.beneficiary, sheet.care_date)
        assert person is not None  # noqa: S101 - `_whole` rejects unknown people
        lines = tuple(_line(sheet, i, person, world, history) for i in range(len(sheet.lines)))
    return Verdict(
        sheet.number,
        sheet.currency,
        lines,
        (found,) if found else (),
        right_body,
        *(_sum([getattr(v, name) for v in lines]) for name in _TOTALS),
    )


_TOTALS = ("claimed", "share", "copay", "adjusted")


def _sum(amounts: Sequence[Decimal]) -> Decimal:
    total = _ZERO
    for amount in amounts:
        total = _EXACT.add(total, amount)
    return total


def _whole(
    sheet: Sheet, world: World, history: Sequence[Sheet], today: date
) -> tuple[Reason | None, str]:
    if sheet.care_date > today:
        return reason("R13", "La date des soins est dans le futur : corrigez-la."), ""
    if any((s.number, s.provider) == (sheet.number, sheet.provider) for s in history):
        return reason("R12", f"La feuille {sheet.number} a déjà été liquidée."), ""
    provider = world.provider(sheet.provider)
    if provider is None or any(span.has(sheet.care_date) for span in provider.suspended):
        hint = f"Convention « {sheet.provider} » sans effet à la date des soins."
        return reason("R05", hint), ""
    found = rights(world, sheet.beneficiary, sheet.care_date, sheet.nina)
    if found.person is None:
        return found.reason, ""
    if found.person.body != sheet.body:
        hint = f"Adressez la feuille à {found.person.body}, gestionnaire à la date des soins."
        return reason("R16", hint), found.person.body
    if provider.country != found.person.country and not sheet.agreement:
        return reason("R17", "Aucun accord entre caisses n'est en vigueur pour ces soins."), ""
    if found.reason:
        return found.reason, ""
    return _scheme_claimed(sheet, found.person) or _money(sheet, found.person), ""


def _scheme_claimed(sheet: Sheet, person: Person) -> Reason | None:
    if sheet.scheme in ("", person.scheme):
        return None
    hint = f"Le bénéficiaire relève du régime {person.scheme}, pas du régime {sheet.scheme}."
    return reason("R02", hint)


def _money(sheet: Sheet, person: Person) -> Reason | None:
    currency, exponent = CURRENCIES[person.country]
    if sheet.currency != currency:
        hint = f"La feuille est en {sheet.currency} ; ce régime paie en {currency}."
        return reason("R99", hint)
    for line in sheet.lines:
        decimals = line.amount.normalize(_EXACT).as_tuple().exponent
        if not isinstance(decimals, int) or -decimals > exponent or line.amount < 0:
            hint = f"Ligne {line.rank} : {line.amount} n'est pas un montant en {currency}."
            return reason("R99", hint)
    return None


def _line(
    sheet: Sheet, index: int, person: Person, world: World, history: Sequence[Sheet]
) -> LineVerdict:
    line = sheet.lines[index]
    product = world.product(line.code)
    category = "HOS" if sheet.hospitalised else product.category if product else ""
    rate = world.rate(person.scheme, category, sheet.care_date)
    tariff = world.tariff(line.code, person.country, sheet.care_date)
    if product is None or tariff is None or rate is None or not _listed(product, sheet.care_date):
        hint = f"« {line.code} » n'est pas pris en charge à la date des soins."
        return _rejected(line, (reason("R07", hint),))
    found = (
        _generic(product, world)
        or _structure(product, sheet, world)
        or _same_line(sheet, index, history)
        or _approval(product, sheet, line, history)
        or _frequency(sheet, line, history)
    )
    if found:
        return _rejected(line, (found,))
    return _priced(line, tariff, rate, CURRENCIES[person.country][1])


def _priced(line: Line, tariff: Decimal, rate: Decimal, exponent: int) -> LineVerdict:
    unit = Decimal(1).scaleb(-exponent)
    ceiling = (tariff * line.quantity).quantize(unit, ROUND_HALF_UP)
    base = min(line.amount, ceiling)
    share = (base * rate / 100).quantize(unit, ROUND_HALF_UP)
    over = line.amount - base
    hint = f"Tarif de référence : {ceiling} ; {over} restent hors prise en charge."
    why = (reason("R09", hint),) if over else ()
    return LineVerdict(
        line.rank, line.code, line.amount, base, rate, share, base - share, over, why
    )


def _rejected(line: Line, why: tuple[Reason, ...]) -> LineVerdict:
    return LineVerdict(
        line.rank, line.code, line.amount, _ZERO, _ZERO, _ZERO, _ZERO, line.amount, why
    )


def _listed(product: Product, day: date) -> bool:
    return product.listed is not None and product.listed.has(day)


def _generic(product: Product, world: World) -> Reason | None:
    generic = world.product(product.generic) if product.generic else None
    return reason("R08", f"Délivrez plutôt : {generic.label}.") if generic else None


def _structure(product: Product, sheet: Sheet, world: World) -> Reason | None:
    provider = world.provider(sheet.provider)
    if not product.structures or provider is None or provider.country != "ML":
        return None
    if provider.structure in product.structures:
        return None
    hint = f"« {product.label} » n'est pas admis pour une structure {provider.structure}."
    return reason("R06", hint)


def _same_line(sheet: Sheet, index: int, history: Sequence[Sheet]) -> Reason | None:
    line = sheet.lines[index]
    key = (line.code, line.quantity, line.amount, line.discipline)
    earlier = [(other, sheet) for other in sheet.lines[:index]]
    earlier += [
        (other, s)
        for s in history
        if (s.beneficiary, s.provider, s.care_date)
        == (sheet.beneficiary, sheet.provider, sheet.care_date)
        for other in s.lines
    ]
    for other, source in earlier:
        if (other.code, other.quantity, other.amount, other.discipline) == key:
            hint = f"Déjà facturé à la ligne {other.rank} de la feuille {source.number}."
            return reason("R12", hint)
    return None


def _approval(
    product: Product, sheet: Sheet, line: Line, history: Sequence[Sheet]
) -> Reason | None:
    if sheet.authorization:
        return None
    if product.needs_approval:
        return reason("R10", f"« {product.label} » demande un accord préalable de la CANAM.")
    if product.code == "journee-hosp" and line.quantity > HOSPITAL_DAYS:
        hint = f"Au-delà de {HOSPITAL_DAYS} jours, demandez une prolongation."
        return reason("R10", hint)
    if product.code == "img-echo-obs" and _echos(sheet, line, history) > ECHOS_PER_PREGNANCY:
        hint = f"Plus de {ECHOS_PER_PREGNANCY} échographies obstétricales pour une grossesse."
        return reason("R10", hint)
    return None


def _echos(sheet: Sheet, asked: Line, history: Sequence[Sheet]) -> Decimal:
    before = [
        line.quantity
        for s in history
        if s.beneficiary == sheet.beneficiary and abs(sheet.care_date - s.care_date) <= _PREGNANCY
        for line in s.lines
        if line.code == "img-echo-obs"
    ]
    return _sum([asked.quantity, *before])


def _frequency(sheet: Sheet, line: Line, history: Sequence[Sheet]) -> Reason | None:
    if line.code not in _CONSULTATIONS or sheet.emergency or sheet.authorization:
        return None
    for earlier in history:
        if earlier.beneficiary != sheet.beneficiary:
            continue
        days = abs((sheet.care_date - earlier.care_date).days)
        same_day = days == 0 and bool(sheet.diagnoses & earlier.diagnoses)
        for other in earlier.lines:
            same = (other.code, other.discipline) == (line.code, line.discipline)
            if other.code in _CONSULTATIONS and (same_day or (same and days < 7)):
                hint = f"Consultation déjà prise en charge le {earlier.care_date:%d/%m/%Y}."
                return reason("R11", hint)
    return None
