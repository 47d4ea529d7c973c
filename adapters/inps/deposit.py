"""Deposits: a file of lots, one a currency, each with its sheets and their totals."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from adapters.inps import layouts
from hub import errors
from hub.formats.records_model import Written, exact_sum
from hub.model import Money, Tree


def sheet(tree: Tree) -> Written:
    """One sheet's records, with its totals; a claim without a total gets the sum of its lines.

    Raises:
        Refused: the sheet is not complete, or its total is not the sum of its lines.
    """
    return layouts.dumps(tree, layouts.part("facture"))


def asked(tree: Tree) -> Money:
    """What a sheet asks for: the sum of its lines, as its currency writes it.

    Raises:
        Refused: an amount has decimals that its currency does not have.
    """
    currency = str(tree["devise"])
    total = exact_sum([line["montant"] for line in tree["ligne"]])
    try:
        for line in tree["ligne"]:
            layouts.plain(Decimal(line["montant"]), currency)
        return Money(layouts.plain(total, currency), currency)
    except errors.Unreadable as error:
        raise errors.Refused(
            errors.Issue(
                "value",
                f"un montant en {currency} a des décimales que cette devise n'a pas : corrigez la "
                "demande.",
                f"an amount in {currency} has decimals this currency does not have: correct the "
                "claim.",
                "Facture.ligne.montant",
            )
        ) from error


def sums(sheets: Sequence[Tree]) -> list[Money]:
    """What these sheets ask for together, one amount a currency."""
    amounts: dict[str, list[Decimal]] = {}
    for one in sheets:
        money = asked(one)
        amounts.setdefault(money.currency, []).append(money.amount)
    return [Money(exact_sum(found), currency) for currency, found in sorted(amounts.items())]


def read(body: bytes) -> Tree:
    """The tree of one sheet's records, amounts as their currency writes them.

    Raises:
        Unreadable: they are not a sheet's.
    """
    tree = layouts.loads(body, layouts.part("facture"))
    found: Tree = layouts.plain(tree, tree["devise"])
    return found


def file(number: str, sender: str, sheets: Sequence[Tree]) -> bytes:
    """The deposit of these sheets, in lots by currency.

    Its date is that of the newest care, so that the same members always give the same bytes.

    Raises:
        Refused: see `sheet`; or the number is too long.
    """
    currencies = sorted({str(one["devise"]) for one in sheets})
    lots = [
        {
            "rang": rank,
            "devise": currency,
            "facture": [one for one in sheets if one["devise"] == currency],
        }
        for rank, currency in enumerate(currencies, 1)
    ]
    tree = {
        "emetteur": sender,
        "numero": number,
        "date": max(str(one["dateSoins"]) for one in sheets),
        "lot": lots,
    }
    return layouts.dumps(tree, layouts.whole("depot")).body


def open_file(body: bytes) -> Tree:
    """A deposit as INPS reads it: every count and total checked.

    Raises:
        Unreadable: it is none, or a total is wrong, or a sheet is in another currency than its
            lot.
    """
    tree = layouts.loads(body, layouts.whole("depot"))
    for lot in tree["lot"]:
        currency = lot["devise"]
        if any(one["devise"] != currency for one in lot["facture"]):
            raise _mixed(currency)
    tree["lot"] = [layouts.plain(lot, lot["devise"]) for lot in tree["lot"]]
    return tree


def sheets(tree: Tree) -> list[Tree]:
    """The sheets of a deposit that was read, in order."""
    return [one for lot in tree["lot"] for one in lot["facture"]]


def totals(body: bytes) -> tuple[int, dict[str, Decimal]]:
    """The control totals of a deposit: sheets, exact sum by currency.

    Raises:
        Unreadable: see `open_file`.
    """
    tree = open_file(body)
    sums = {lot["devise"]: lot["fin"]["total"] for lot in tree["lot"]}
    return tree["fin"]["nombreFactures"], sums


def _mixed(currency: str) -> errors.Unreadable:
    return layouts.unreadable(
        f"une facture du lot en {currency} est dans une autre devise",
        f"a sheet of the lot in {currency} is in another currency",
    )
