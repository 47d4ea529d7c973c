"""How a sandbox liquidates a care sheet. Pure: sheet and world in, verdict out (illustrative).

Source: domain facts on AMO benefits (rates by category and date), reference tariffs, drug list at
the day of dispensing, prior authorisation, frequency; rounding is an assumption.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

from adapters.sandbox import conditions
from adapters.sandbox.people import Person
from adapters.sandbox.reasons import Reason, reason
from adapters.sandbox.rights import rights
from adapters.sandbox.sheets import Line, LineVerdict, Sheet, Verdict
from adapters.sandbox.world import CURRENCIES, Product, World

__all__ = ["Line", "LineVerdict", "Sheet", "Verdict", "liquidate"]
_ZERO = Decimal(0)
_EXACT = Context(prec=100)


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
    country = _tariff_country(sheet, found.person, world)
    return _scheme_claimed(sheet, found.person) or _money(sheet, country), ""


def _scheme_claimed(sheet: Sheet, person: Person) -> Reason | None:
    if sheet.scheme in ("", person.scheme):
        return None
    hint = f"Le bénéficiaire relève du régime {person.scheme}, pas du régime {sheet.scheme}."
    return reason("R02", hint)


def _tariff_country(sheet: Sheet, person: Person, world: World) -> str:
    """Whose currency and tariffs apply: under an agreement, those of the country of care."""
    provider = world.provider(sheet.provider)
    return provider.country if sheet.agreement and provider else person.country


def _money(sheet: Sheet, country: str) -> Reason | None:
    currency, exponent = CURRENCIES[country]
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
    country = _tariff_country(sheet, person, world)
    tariff = world.tariff(line.code, country, sheet.care_date)
    if product is None or tariff is None or rate is None or not _listed(product, sheet.care_date):
        hint = f"« {line.code} » n'est pas pris en charge à la date des soins."
        return _rejected(line, (reason("R07", hint),))
    found = (
        _generic(product, world)
        or _structure(product, sheet, world)
        or _same_line(sheet, index, history)
        or conditions.approval(product, sheet, index, history)
        or conditions.frequency(sheet, index, history)
    )
    if found:
        return _rejected(line, (found,))
    return _priced(line, tariff, rate, CURRENCIES[country][1])


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
