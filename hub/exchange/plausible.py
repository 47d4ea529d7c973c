"""Is a decision one about this claim? What cannot be is set aside before anybody believes it.

An institution grants at most what was asked for, in its currency, for lines that were sent, each
once; its total is not more than its lines. Less is its own affair (ceilings, deductibles).
Source: https://hl7.org/fhir/R4/claimresponse-definitions.html, adjudication category `benefit`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hub.errors import Issue, Unreadable
from hub.fhir import amounts
from hub.fhir.bindings import minor_units
from hub.model import Tree

_BENEFIT = "benefit"


def check(claim: Tree, response: Tree) -> None:
    """Hold a ClaimResponse against the Claim it answers.

    Raises:
        Unreadable: it grants what was not asked for.
    """
    asked = amounts.claimed(claim)
    granted = list(_amounts(response.get("total", [])))
    lines = [*response.get("item", []), *response.get("addItem", [])]
    by_line = [list(_amounts(line.get("adjudication", []))) for line in lines]
    every = [*granted, *(one for line in by_line for one in line)]
    if asked and asked.currency and any(currency != asked.currency for _, _, currency in every):
        raise _wrong(
            f"la décision n'est pas en {asked.currency}, la devise de la feuille",
            f"the decision is not in {asked.currency}, the currency of the sheet",
        )
    if any(code == _BENEFIT and value < 0 for code, value, _ in every):
        raise _wrong("la décision accorde un montant négatif", "the decision grants less than 0")
    _check_lines(claim, response)
    total = max((value for code, value, _ in granted if code == _BENEFIT), default=None)
    if total is None:
        return
    if asked and total > asked.amount:
        raise _wrong(
            f"la décision accorde {total} {asked.currency} pour {asked.amount} demandés",
            f"the decision grants {total} {asked.currency} where {asked.amount} was asked for",
        )
    benefits = [[value for code, value, _ in line if code == _BENEFIT] for line in by_line]
    if benefits and all(benefits) and total > sum((max(line) for line in benefits), Decimal()):
        raise _wrong(
            f"le total accordé ({total}) dépasse la somme des lignes",
            f"the total granted ({total}) exceeds the sum of the lines",
        )


def check_payment(claim: Tree, line: Tree) -> None:
    """Hold one claim's PaymentReconciliation against the Claim it pays.

    Another amount than was decided is recorded and told to a person (payments.py); what no
    institution pays on this claim is not.

    Raises:
        Unreadable: nothing or less than nothing is said, more than was asked for is paid, or
            not in the claim's currency and its decimals.
    """
    told, asked = line.get("paymentAmount") or {}, amounts.claimed(claim)
    if "value" not in told:
        raise _wrong("l'avis ne dit pas le montant payé", "the notice does not say the amount")
    value, currency = Decimal(str(told["value"])), str(told.get("currency", ""))
    if value < 0:
        raise _wrong(
            f"l'avis paie un montant négatif ({value})", f"the notice pays less than 0 ({value})"
        )
    if asked is None:
        return
    if asked.currency and currency != asked.currency:
        raise _wrong(
            f"l'avis paie en « {currency} » une feuille en {asked.currency}",
            f"the notice pays in “{currency}” a sheet in {asked.currency}",
        )
    if value > asked.amount:
        raise _wrong(
            f"l'avis paie {value} {currency} pour {asked.amount} demandés",
            f"the notice pays {value} {currency} where {asked.amount} was asked for",
        )
    units, exponent = minor_units().get(currency), value.as_tuple().exponent
    if units is not None and isinstance(exponent, int) and -exponent > units:
        raise _wrong(
            f"l'avis paie {value} {currency}, qui a trop de décimales",
            f"the notice pays {value} {currency}, which has too many decimals",
        )


def _check_lines(claim: Tree, response: Tree) -> None:
    sent = {item.get("sequence") for item in claim.get("item", [])}
    decided = [item.get("itemSequence") for item in response.get("item", [])]
    strange = sorted({str(number) for number in decided if sent and number not in sent})
    if strange:
        raise _wrong(
            f"la décision porte sur une ligne que la feuille n'a pas ({', '.join(strange[:5])})",
            f"the decision is about a line the sheet does not have ({', '.join(strange[:5])})",
        )
    if len(set(decided)) != len(decided):
        raise _wrong("la décision a deux fois la même ligne", "the decision has a line twice")


def _amounts(told: list[Tree]) -> Iterator[tuple[str, Decimal, str]]:
    """(category, value, currency) of each amount."""
    for one in told:
        amount: Any = one.get("amount") or {}
        if "value" in amount:
            codes = [c.get("code", "") for c in one.get("category", {}).get("coding", [])]
            code = _BENEFIT if _BENEFIT in codes else "".join(codes[:1])
            yield code, Decimal(str(amount["value"])), str(amount.get("currency", ""))


def _wrong(fr: str, en: str) -> Unreadable:
    return Unreadable(
        Issue(
            "business-rule",
            f"Réponse mise de côté : {fr}. Rien n'en est repris ; demandez à l'organisme de la "
            "vérifier et de la refaire.",
            f"Answer set aside: {en}. Nothing of it is used; ask the institution to check it and "
            "issue it again.",
        )
    )
